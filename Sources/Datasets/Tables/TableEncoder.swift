import Kernels

/// Makes inputs of a table that was read, by the form of the training table.
struct TableEncoder {
  let form: TableForm
  /// For each column of the form, its place among the columns that were read.
  let places: [Int]

  /// What stored inputs stand for.
  func storedScale(_ table: RawTable) -> StoredScale? {
    guard let scale = table.scale else { return nil }
    var columns: [Int?] = []
    for (column, place) in zip(form.columns, places) {
      switch column.kind {
      case .number, .date: columns.append(place)
      case .oneHot(let texts): columns += Array(repeating: nil, count: texts.count)
      case .ordinal: columns.append(nil)
      }
      if column.marksMissing { columns.append(nil) }
    }
    return scale.picking(columns)
  }

  /// Inputs of some rows, [rows, form.width], and how many cells had texts that the training rows do not have.
  func inputs(_ table: inout RawTable, rows: [Int]) throws(DataError) -> (Buffer<Float>, unknown: [Int]) {
    var unknown = Array(repeating: 0, count: form.columns.count)
    let isPlain = form.columns.allSatisfy { $0.kind == .number && !$0.marksMissing }
    if isPlain, places == Array(table.columns.indices), rows.count == table.count {
      // What was read is what is wanted, but for missing cells.
      var values = table.takeValues()
      let fills = form.columns.indices.map { stored(form.columns[$0].fill, places[$0], table) }
      for index in values.indices where values[index].isNaN { values[index] = fills[index % fills.count] }
      return (Buffer(values), unknown)
    }
    try MemoryDemand(dimensions: [rows.count, form.width], elementBytes: 4).requireMemory(file: table.path)
    let ranks = zip(form.columns, places).map { Self.ranks($0, table.columns[$1]) }
    let fills = form.columns.indices.map { index in
      if case .ordinal = form.columns[index].kind {
        Float(form.columns[index].fill)
      } else {
        stored(form.columns[index].fill, places[index], table)
      }
    }
    let buffer = Buffer<Float>(count: rows.count * form.width)
    let view = buffer.view
    var output = 0
    for row in rows {
      for index in places.indices {
        let value = table.values[row * table.columns.count + places[index]]
        var isMissing = value.isNaN
        switch form.columns[index].kind {
        case .number, .date: view[output] = isMissing ? fills[index] : value
        case .ordinal:
          let rank = isMissing ? nil : rank(value, ranks[index])
          if !isMissing, rank == nil { unknown[index] += 1 }
          view[output] = rank.map(Float.init) ?? fills[index]
          isMissing = rank == nil
        case .oneHot(let texts):
          let rank = isMissing ? nil : rank(value, ranks[index])
          if !isMissing, rank == nil { unknown[index] += 1 }
          for text in texts.indices { view[output + text] = rank == text ? 1 : 0 }
          output += texts.count - 1
        }
        output += 1
        if form.columns[index].marksMissing {
          view[output] = isMissing ? 1 : 0
          output += 1
        }
      }
    }
    return (buffer, unknown)
  }

  private func rank(_ code: Float, _ ranks: [Int?]) -> Int? { Int(code) < ranks.count ? ranks[Int(code)] : nil }

  private func stored(_ number: Double, _ place: Int, _ table: RawTable) -> Float {
    table.scale?.stored(number, column: place) ?? Float(number)
  }

  /// For each text that was read, its place in the form's list.
  private static func ranks(_ column: TableForm.Column, _ read: RawTable.Column) -> [Int?] {
    let texts: [String]
    switch column.kind {
    case .number, .date: return []
    case .oneHot(let list), .ordinal(let list): texts = list
    }
    let places = Dictionary(texts.enumerated().map { (Array($1.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    return read.texts.texts.map { places[$0] }
  }

  /// What a user should know of texts that the training rows do not have.
  func notes(unknown: [Int], path: String) -> [String] {
    let parts = unknown.indices.filter { unknown[$0] > 0 }.map {
      "\"\(form.columns[$0].name)\" (\(grouped(unknown[$0])))"
    }
    guard !parts.isEmpty else { return [] }
    return [
      "\(path): texts that no training row has become all zeros, those of an order the mean: \(parts.prefix(6).joined(separator: ", "))"
    ]
  }
}

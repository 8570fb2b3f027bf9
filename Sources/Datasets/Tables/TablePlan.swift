import Keys

/// What the columns of a training table are taken for, by the config and its first rows.
struct TablePlan {
  /// Columns that are read, in the file's order.
  private(set) var columns: [(position: Int, name: String, reading: CellReading)] = []
  /// The config's rule for each of them.
  private(set) var rules: [ColumnRule?] = []
  /// What a user should know of the others.
  private(set) var notes: [String] = []
  private let header: TableHeader
  private let path: String
  private let point: UInt8
  private let oneHotLimit: Int

  /// - Parameter retyped: columns that turned out to hold something else than their first rows.
  init(
    _ header: TableHeader, _ sample: TableSample, path: String, configuration: CSVConfiguration,
    retyped: [Int: CellReading] = [:]
  ) throws(DataError) {
    self.header = header
    self.path = path
    point = sample.dialect.point.byte
    oneHotLimit = configuration.oneHotLimit
    try requireKnown(configuration.columns)
    let missing = configuration.missingMatcher
    let below = header.isPresent ? Array(sample.rows.dropFirst()) : sample.rows
    for position in 0..<header.count where !header.labels.contains(position) {
      let name = header.names[position]
      let rule = configuration.columns[name]
      let cells = below.compactMap { $0.count > position ? $0[position] : nil }.filter { !missing.contains($0[...]) }
      if rule == .ignore { continue }
      if rule == nil, isRowNumber(name, position, cells, sample) {
        notes.append(
          "\(path): column \(header.description(position)) looks like a row number and is left out; "
            + "\"columns\": { \"\(name)\": \"number\" } would keep it")
        continue
      }
      let known = retyped[position]
      let reading = if let known { known } else { try reading(rule, cells, position, sample) }
      columns.append((position, name, reading))
      rules.append(rule)
    }
    guard !columns.isEmpty else {
      throw DataError(
        file: path, found: "no column that could be an input", allowed: "at least one besides the label",
        remedy: "give the columns to use a rule in data.columns, such as \"number\"")
    }
  }

  private func requireKnown(_ rules: [String: ColumnRule]) throws(DataError) {
    for name in rules.keys.sorted() {
      let isLabel = header.names.firstIndex(of: name).map { header.labels.contains($0) } ?? false
      guard header.names.contains(name), !isLabel else {
        let inputs = header.names.indices.filter { !header.labels.contains($0) }.map { header.names[$0] }
        let nearest = NearestName.among(inputs, to: name).map { "; nearest: \"\($0)\"" } ?? ""
        throw DataError(
          file: path,
          found: isLabel
            ? "data.columns has a rule for \"\(name)\", which is the label"
            : "data.columns has a rule for \"\(name)\", and the table no such column\(nearest)",
          allowed: inputs.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + (inputs.count > 12 ? ", …" : ""),
          remedy: "correct data.columns in the config")
      }
    }
  }

  // MARK: Row numbers

  private static let rowNumberNames: Set<String> = [
    "", "unnamed: 0", "id", "index", "idx", "row", "row_id", "rowid", "rownum", "row_number", "rownames", "rowname",
  ]

  /// The first column without a name, of different whole numbers; and those named like a row number that count the rows.
  private func isRowNumber(_ name: String, _ position: Int, _ cells: [[UInt8]], _ sample: TableSample) -> Bool {
    guard header.isPresent, Self.rowNumberNames.contains(name.lowercased()), cells.count >= 2 else { return false }
    let numbers = cells.compactMap { parseNumber($0, point: sample.dialect.point.byte) }
    guard numbers.count == cells.count, numbers.allSatisfy({ $0 == $0.rounded() }) else { return false }
    let isUnnamed = name.isEmpty || name.lowercased() == "unnamed: 0"
    if isUnnamed, position == 0, Set(numbers).count == numbers.count { return true }
    return zip(numbers, numbers.dropFirst()).allSatisfy { $1 - $0 == 1 }
  }

  // MARK: What columns hold

  private func reading(
    _ rule: ColumnRule?, _ cells: [[UInt8]], _ position: Int, _ sample: TableSample
  ) throws(DataError) -> CellReading {
    switch rule {
    case .number: return .number
    case .oneHot, .ordinal: return .text
    case .date(let format?): return .date(format, inDays: Self.areDays(cells, format))
    case .date(nil):
      guard let reading = try date(cells, position) else {
        throw DataError(
          file: path,
          found:
            "\"\(cells.first.map { String(decoding: $0, as: UTF8.self) } ?? "")\" in column \(header.description(position)), among cells that are not all dates of one form",
          allowed: "dates such as 2024-05-31, 31.5.2024, 31/5/2024 or 5/31/2024, with or without a time",
          remedy: "write them in one form, or name it: { \"date\": \"d/m/yyyy\" }")
      }
      return reading
    case .ignore, nil:
      let numbers = cells.count { parseNumber($0, point: sample.dialect.point.byte) != nil }
      if numbers * 2 >= cells.count { return .number }
      return try date(cells, position) ?? .text
    }
  }

  /// The form in which all cells are dates, if there is one; two that fit are a fault.
  private func date(_ cells: [[UInt8]], _ position: Int) throws(DataError) -> CellReading? {
    let formats = cells.isEmpty ? [] : CellDate.formats(of: cells)
    guard formats.count < 2 else {
      throw DataError(
        file: path,
        found:
          "dates in column \(header.description(position)) such as \"\(String(decoding: cells[0], as: UTF8.self))\", whose day and month cannot be told apart",
        allowed: "dates that can be read in one way",
        remedy: "say which: \"columns\": { \"\(header.names[position])\": { \"date\": \"d/m/yyyy\" } }, or \"m/d/yyyy\""
      )
    }
    return formats.first.map { .date($0, inDays: Self.areDays(cells, $0)) }
  }

  private static func areDays(_ cells: [[UInt8]], _ format: CellDate.Format) -> Bool {
    cells.allSatisfy { CellDate.seconds($0[...], format)?.hasTime != true }
  }

  // MARK: What turned out

  /// Columns without a rule that hold something else than their first rows. A column that holds mostly numbers and some
  /// text is a fault, named by its row.
  func retyped(by table: RawTable) throws(DataError) -> [Int: CellReading] {
    var retyped: [Int: CellReading] = [:]
    for (place, column) in table.columns.enumerated() {
      switch column.reading {
      case .text:
        if rules[place] == nil { try requireWords(column, table) }
      case .number, .date:
        guard let other = column.firstOther else { continue }
        guard rules[place] == nil, column.others > column.numbers, NumberFault(other.text) == nil else {
          throw Self.refusal(other, column, header, path: path)
        }
        retyped[column.position] = .text
      }
    }
    return retyped
  }

  /// Refuses text that looks like numbers or dates that somebody wrote otherwise.
  private func requireWords(_ column: RawTable.Column, _ table: RawTable) throws(DataError) {
    let texts = column.texts.texts.prefix(1000).map { String(decoding: $0, as: UTF8.self) }
    func refuse(_ index: Int, _ fault: NumberFault) throws(DataError) {
      throw Self.refusal(
        (column.texts.rows[index], texts[index]), column, header, path: path, fault: fault)
    }
    let faults = texts.map { NumberFault($0) }
    if let first = faults.firstIndex(where: { $0 != nil }), faults.count(where: { $0 != nil }) * 2 >= texts.count {
      try refuse(first, faults[first]!)
    }
    if let unit = NumberFault.unit(of: texts) { try refuse(0, unit) }
    // A word that stands for a missing number in the first rows.
    let words = column.texts.texts.indices.filter { parseNumber(column.texts.texts[$0], point: point) == nil }
    if column.texts.count > oneHotLimit, words.count * 2 < column.texts.count, let first = words.first {
      throw Self.refusal(
        (column.texts.rows[first], String(decoding: column.texts.texts[first], as: UTF8.self)), column, header,
        path: path)
    }
    for format in CellDate.Format.allCases {
      let others = texts.indices.filter { CellDate.seconds(column.texts.texts[$0][...], format) == nil }
      guard others.count < texts.count, others.count * 2 <= texts.count, let first = others.first else { continue }
      try refuse(
        first,
        NumberFault(found: "no date among dates written \(format.rawValue)", remedy: "write all dates in one form"))
    }
  }

  /// What to say of a cell that does not hold what its column does.
  static func refusal(
    _ cell: (row: Int, text: String), _ column: RawTable.Column, _ header: TableHeader, path: String,
    fault known: NumberFault? = nil
  ) -> DataError {
    let fault = known ?? NumberFault(cell.text)
    return DataError(
      file: path,
      found: "\"\(cell.text)\" in row \(cell.row), column \(header.description(column.position))"
        + (fault.map { ": \($0.found)" } ?? ""),
      allowed: column.reading == .text ? "a number, a date or words" : column.reading.allowed,
      remedy: remedy(cell.text, column, fault))
  }

  private static func remedy(_ text: String, _ column: RawTable.Column, _ fault: NumberFault?) -> String {
    if text.contains("\u{FFFD}") {
      return
        "name the encoding of the table if that is not UTF-8, such as \"encoding\": \"windows-1252\", or correct the cell"
    }
    let rule = "give the column a rule: \"columns\": { \"\(column.name)\": \"oneHot\" }, or \"ignore\""
    guard let fault else {
      return "correct the cell, name it in data.missingWords if it means a missing one, or \(rule)"
    }
    return column.reading == .text ? "\(fault.remedy), or \(rule)" : fault.remedy
  }
}

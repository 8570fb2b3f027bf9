import Foundation

/// The form of a table's inputs, decided from its training rows.
struct TableDecision {
  private(set) var form: TableForm
  /// For each column of the form, its place among the columns that were read.
  private(set) var places: [Int] = []
  /// What a user should know, in words.
  private(set) var notes: [String] = []
  private let table: RawTable
  private let configuration: CSVConfiguration

  /// A further input marks missing cells from this share of the training rows on.
  private static let markedShare = 0.01

  /// - Parameters:
  ///   - rules: the config's rule for each column that was read.
  ///   - rows: the training rows.
  init(_ table: RawTable, rules: [ColumnRule?], rows: [Int], configuration: CSVConfiguration) throws(DataError) {
    self.table = table
    self.configuration = configuration
    let header = table.header
    form = TableForm(
      columns: [], labels: header.labels.map { header.names[$0] }, labelPositions: header.labels,
      hasHeader: header.isPresent, columnCount: header.count, missing: configuration.missing,
      missingWords: configuration.missingWords)
    let (counts, sums) = Self.sums(table, rows)
    for (place, column) in table.columns.enumerated() {
      let known = counts[place]
      guard known > 0 else {
        notes.append("\(table.path): column \(header.description(column.position)) is empty and left out")
        continue
      }
      if column.reading == .text {
        try addText(column, place, rules[place], rows, known: known)
      } else {
        addNumbers(column, place, mean: sums[place] / Double(known), missing: rows.count - known, of: rows.count)
      }
    }
    guard !form.columns.isEmpty else {
      throw DataError(
        file: table.path, found: "no column that could be an input", allowed: "at least one besides the label",
        remedy: "give the columns to use a rule in data.columns, such as \"oneHot\"")
    }
    say()
  }

  /// Of each column, how many cells are not missing, and the sum of what is stored for them.
  private static func sums(_ table: RawTable, _ rows: [Int]) -> (counts: [Int], sums: [Double]) {
    let width = table.columns.count
    var counts = Array(repeating: 0, count: width)
    var sums = Array(repeating: 0.0, count: width)
    for row in rows {
      for place in 0..<width {
        let stored = table.values[row * width + place]
        if stored.isNaN { continue }
        counts[place] += 1
        sums[place] += Double(stored)
      }
    }
    return (counts, sums)
  }

  private mutating func addNumbers(
    _ column: RawTable.Column, _ place: Int, mean: Double, missing: Int, of count: Int
  ) {
    let kind: TableForm.Kind =
      if case .date(let format, let inDays) = column.reading { .date(format, inDays: inDays) } else { .number }
    let fill = table.scale.map { $0.origins[place] + mean * $0.units[place] } ?? mean
    append(column, place, kind, fill: fill, missing: missing, of: count)
  }

  private mutating func append(
    _ column: RawTable.Column, _ place: Int, _ kind: TableForm.Kind, fill: Double, missing: Int, of count: Int
  ) {
    let isOneHot = if case .oneHot = kind { true } else { false }
    let marks =
      configuration.missing == .mean && !isOneHot && missing > 0
      && Double(missing) >= Self.markedShare * Double(count)
    form.columns.append(
      TableForm.Column(name: column.name, position: column.position, kind: kind, fill: fill, marksMissing: marks))
    places.append(place)
    missingCounts.append(missing)
  }

  /// Missing training cells of each column of the form.
  private var missingCounts: [Int] = []

  // MARK: Text

  private mutating func addText(
    _ column: RawTable.Column, _ place: Int, _ rule: ColumnRule?, _ rows: [Int], known: Int
  ) throws(DataError) {
    let width = table.columns.count
    var occurs = Array(repeating: false, count: column.texts.count)
    for row in rows {
      let code = table.values[row * width + place]
      if !code.isNaN, Int(code) < occurs.count { occurs[Int(code)] = true }
    }
    let codes = occurs.indices.filter { occurs[$0] }.sorted {
      column.texts.texts[$0].lexicographicallyPrecedes(column.texts.texts[$1])
    }
    var texts: [String] = []
    for code in codes {
      texts.append(
        try DataError.validText(
          column.texts.texts[code], path: table.path, part: "text",
          place: "row \(column.texts.rows[code]), column \(table.header.description(column.position))"))
    }
    let missing = rows.count - known
    if case .ordinal(let order) = rule {
      try addOrdinal(column, place, order ?? texts, codes, rows, known: known)
      return
    }
    guard try isFewEnough(column, rule, texts, known: known) else { return }
    append(column, place, .oneHot(texts), fill: 0, missing: missing, of: rows.count)
  }

  private mutating func addOrdinal(
    _ column: RawTable.Column, _ place: Int, _ order: [String], _ codes: [Int], _ rows: [Int], known: Int
  ) throws(DataError) {
    let places = Dictionary(order.enumerated().map { (Array($1.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    let ranks = column.texts.texts.map { places[$0] }
    let stray = codes.first { ranks[$0] == nil }
    guard stray == nil, !column.overflows else {
      let text = stray.map {
        "\"\(String(decoding: column.texts.texts[$0], as: UTF8.self))\" in row \(column.texts.rows[$0])"
      }
      throw DataError(
        file: table.path,
        found: "\(text ?? "more texts than are told apart"), column \(table.header.description(column.position))",
        allowed: order.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + ", as data.columns orders them",
        remedy: "add it to the order in the config, or correct the cell")
    }
    var sum = 0.0
    for row in rows {
      let code = table.values[row * table.columns.count + place]
      if !code.isNaN { sum += Double(ranks[Int(code)] ?? 0) }
    }
    append(
      column, place, .ordinal(order), fill: sum / Double(known), missing: rows.count - known, of: rows.count)
  }

  /// Whether a column's texts become inputs; says what it leaves out.
  private mutating func isFewEnough(
    _ column: RawTable.Column, _ rule: ColumnRule?, _ texts: [String], known: Int
  ) throws(DataError) -> Bool {
    let description = table.header.description(column.position)
    let different = column.overflows ? "more than \(grouped(RawTable.mostTexts))" : grouped(texts.count)
    if rule == nil, texts.count == 1 {
      notes.append("\(table.path): column \(description) holds \"\(texts[0])\" in every training row and is left out")
      return false
    }
    if texts.count <= configuration.oneHotLimit || rule == .oneHot && !column.overflows { return true }
    guard rule == nil else {
      throw DataError(
        file: table.path, found: "\(different) different texts in column \(description)",
        allowed: "at most \(grouped(RawTable.mostTexts)) for a column that becomes one input each",
        remedy: "let data.columns ignore the column")
    }
    if column.overflows || texts.count * 2 > known {
      notes.append(
        "\(table.path): column \(description) is left out: \(different) different texts in \(grouped(known)) rows look like "
          + "names or free text; \"columns\": { \"\(column.name)\": \"oneHot\" } would keep it")
      return false
    }
    throw DataError(
      file: table.path, found: "\(different) different texts in column \(description)",
      allowed: "at most \(configuration.oneHotLimit), each of which becomes an input",
      remedy: "give the column a rule: \"columns\": { \"\(column.name)\": \"oneHot\" } makes \(different) inputs, "
        + "\"ignore\" leaves it out; or raise data.oneHotLimit")
  }

  // MARK: What is said

  private mutating func say() {
    func list(_ parts: [String]) -> String {
      parts.prefix(6).joined(separator: ", ") + (parts.count > 6 ? ", … (\(parts.count) columns)" : "")
    }
    let oneHot = form.columns.compactMap { column in
      if case .oneHot(let texts) = column.kind { "\"\(column.name)\" (\(texts.count))" } else { nil }
    }
    if !oneHot.isEmpty { notes.append("\(table.path): text becomes one input for each different one: \(list(oneHot))") }
    for column in form.columns {
      switch column.kind {
      case .date(let format, let inDays):
        notes.append(
          "\(table.path): column \"\(column.name)\" is a date (\(format.rawValue)) and becomes \(inDays ? "days" : "seconds") since 1970-01-01"
        )
      case .ordinal(let order):
        notes.append(
          "\(table.path): column \"\(column.name)\" becomes the place in an order: \(order.prefix(8).joined(separator: " < "))"
            + (order.count > 8 ? " < …" : ""))
      case .number, .oneHot: break
      }
    }
    guard configuration.missing == .mean else { return }
    let missing = form.columns.indices.filter { missingCounts[$0] > 0 }
    guard !missing.isEmpty else { return }
    let parts = missing.map { index in
      let column = form.columns[index]
      return "\"\(column.name)\" (\(grouped(missingCounts[index]))\(column.marksMissing ? ", marked" : ""))"
    }
    notes.append(
      "\(table.path): missing cells become the column's training mean, those of text all zeros; where they are 1 % or more, "
        + "a further input marks them: \(list(parts)); data.missing has other ways")
  }
}

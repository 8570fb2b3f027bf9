import Datasets
import Foundation
import Inspection

/// The keys of a table: which column is the label, and which columns are no inputs.
struct TableStarter {
  let data: StarterData

  /// What label columns are called, as far as a name says so of any table.
  private static let labelNames: Set<String> = [
    "label", "labels", "class", "classes", "target", "targets", "y", "output", "outcome", "response", "category",
    "species",
  ]
  /// `data.oneHotLimit`: a column with more different texts needs a rule.
  private static let oneHotLimit = 32
  /// The table's own rule: at most so many different whole numbers are classes.
  private static let mostClasses = 20

  /// Looks at all rows of one table, of which a share will be the test set.
  init(_ path: String, label: String?, progress: @escaping (LoadingProgress) -> Void) throws {
    let columns = try Self.columns(path, progress)
    data = try Self.data(
      columns, path, label: label,
      files: [
        .init("path", .string(path), "One table; \"train\" and \"test\" in its place name one for each."),
        .init("testShare", 0.2, "A fifth of the rows is set apart for the test, always the same ones (\"splitSeed\")."),
      ])
  }

  /// A folder with tables for training and test.
  static func folder(_ path: String, progress: @escaping (LoadingProgress) -> Void) throws -> StarterData? {
    func table(_ names: [String]) -> String? {
      let files = names.flatMap { name in
        ["csv", "tsv", "csv.gz", "tsv.gz", "txt"].map { "\(path)/\(name).\($0)" }
      }
      return files.first { FileManager.default.fileExists(atPath: $0) }
    }
    guard let train = table(["train", "training"]), let test = table(["test"]) else { return nil }
    var files = [
      StarterData.Key("train", .string(train), "A table for each set."), .init("test", .string(test), ""),
    ]
    if let validation = table(["validation", "valid", "val"]) {
      files.insert(.init("validation", .string(validation), "Chooses the best weights."), at: 1)
    }
    var data = try data(try columns(train, progress), train, label: nil, files: files)
    data = StarterData(
      dataset: data.dataset, name: StarterData.configurationName(path), keys: data.keys, details: data.details)
    return data
  }

  private static func columns(
    _ path: String, _ progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> [ColumnStatistics] {
    var inspector = TableInspector(try BareTable(path: path, progress: progress))
    return try inspector.inspect().columns
  }

  private static func data(
    _ columns: [ColumnStatistics], _ path: String, label: String?, files: [StarterData.Key]
  ) throws(StarterError) -> StarterData {
    let ignored = columns.indices.filter { isNoInput(columns[$0]) }
    let (place, reason) = try self.label(columns, path, label, ignored: ignored)
    var keys = files + [.init("label", labelValue(columns[place], place), reason)]
    let rules = ignored.filter { $0 != place && !columns[$0].name.hasSuffix(" (no name)") }
    if !rules.isEmpty {
      keys.append(
        .init(
          "columns", .object(rules.map { (key: columns[$0].name, value: "ignore") }),
          "Left out as inputs: what counts the rows, or has too many different texts (\"oneHot\" takes such a column).")
      )
    }
    let inputs = columns.indices.filter { $0 != place && !ignored.contains($0) }
    let texts = inputs.filter { columns[$0].texts ?? 0 > 0 }.count
    return StarterData(
      dataset: "csv", name: StarterData.configurationName(path), keys: keys,
      details: [
        plural(inputs.count - texts, "numeric column"), texts > 0 ? plural(texts, "column") + " of text" : nil,
      ].compactMap(\.self))
  }

  /// Whether a column cannot be an input without a rule of its own.
  private static func isNoInput(_ column: ColumnStatistics) -> Bool {
    if column.countsRows == true { return true }
    guard let texts = column.texts, let different = column.differentTexts else { return false }
    // A column with text in more than half of its cells different is left out by the loader itself, with a note.
    return texts > 0 && different > oneHotLimit
  }

  private static func label(
    _ columns: [ColumnStatistics], _ path: String, _ label: String?, ignored: [Int]
  ) throws(StarterError) -> (place: Int, reason: String) {
    let others = "Other columns are the inputs."
    if let label {
      return (try named(label, columns, path), "What is to be predicted. A list of names predicts several. \(others)")
    }
    let named = columns.indices.filter {
      labelNames.contains(columns[$0].name.trimmingCharacters(in: .whitespaces).lowercased())
    }
    let change = "Another column: name it here, or init --label COLUMN. \(others)"
    if named.count == 1 { return (named[0], "The column that is called so. \(change)") }
    let candidates = columns.indices.filter { !ignored.contains($0) && !columns[$0].isConstant }
    guard candidates.count >= 2, let last = candidates.last, let first = candidates.first else {
      throw StarterError(
        subject: path,
        message:
          "found \(plural(columns.count, "column")), of which \(candidates.count) could be used; needed: at least "
          + "an input and a label; name the label with --label COLUMN")
    }
    // Tables of classes have these in front now and then: numbers of many values stand at the end then.
    if !mayBeClasses(columns[last]), mayBeClasses(columns[first]) {
      return (first, "Taken for the label, as the first column has few different values and the last many. \(change)")
    }
    return (last, "Taken for the label, as it is the last column. \(change)")
  }

  private static func named(
    _ label: String, _ columns: [ColumnStatistics], _ path: String
  ) throws(StarterError) -> Int {
    if let place = columns.firstIndex(where: { $0.name == label }) { return place }
    if let number = Int(label) {
      let place = number < 0 ? columns.count + number : number
      if columns.indices.contains(place) { return place }
    }
    let names = columns.prefix(20).map { "\"\($0.name)\"" }.joined(separator: ", ")
    throw StarterError(
      subject: path,
      message: "--label: found \"\(label)\", allowed is a column's name or its number from 0 (-1 is the last): \(names)"
        + (columns.count > 20 ? ", …" : ""))
  }

  /// Names, or a number where there is no header or no name.
  private static func labelValue(_ column: ColumnStatistics, _ place: Int) -> InlineJSON {
    column.name == "\(place)" || column.name.hasSuffix(" (no name)") ? .integer(place) : .string(column.name)
  }

  private static func mayBeClasses(_ column: ColumnStatistics) -> Bool {
    if let texts = column.texts, texts > 0 {
      return column.count == 0 && (column.differentTexts ?? texts) * 2 <= texts
    }
    guard let different = column.differentNumbers, column.count > 0 else { return false }
    let isWhole = column.minimum == column.minimum.rounded() && column.maximum == column.maximum.rounded()
    return isWhole && different <= mostClasses && different * 2 <= column.count
  }
}

/// `1 row`, `2 rows`.
func plural(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }

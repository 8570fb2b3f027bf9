/// The classes of a CSV table: the labels of the training table, sorted.
struct CSVClasses {
  /// By class number.
  let names: [String]
  private let numberOfName: [String: Int32]
  private let numberOfValue: [Double: Int32]

  /// Labels that are all numbers are sorted as numbers, where 1, 01 and 1.0 are the same; others by their UTF-8 bytes.
  init(of training: CSVTable) throws(DataError) {
    let texts = training.labelTexts.map(\.text)
    let values = texts.compactMap { parseNumber(Array($0.utf8)) }
    if values.count == texts.count {
      let sorted = Set(values).sorted()
      names = sorted.map { $0 == $0.rounded() && abs($0) < 1e15 ? String(Int($0)) : String($0) }
      numberOfValue = Dictionary(uniqueKeysWithValues: zip(sorted, Int32(0)...))
      numberOfName = [:]
    } else {
      // Not String's order, which follows Unicode tables that may change with the library.
      names = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      numberOfName = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
      numberOfValue = [:]
    }
    guard names.count > 1 else {
      throw DataError(
        file: training.path, found: "the class \"\(names[0])\" in every row", allowed: "at least two classes",
        remedy: "check the label column in the config")
    }
  }

  /// The class number of a label, `nil` if it is no class of the training table.
  func number(of text: String) -> Int32? {
    guard numberOfName.isEmpty else { return numberOfName[text] }
    return parseNumber(Array(text.utf8)).flatMap { numberOfValue[$0] }
  }

  /// All classes, for a message.
  var listing: String {
    names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 12 ? ", … (\(names.count))" : "")
  }
}

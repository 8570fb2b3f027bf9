/// The classes of a table: the labels of the training rows, sorted.
struct CSVClasses: Sendable {
  /// By class number.
  let names: [String]
  private let numberOfBytes: [[UInt8]: Int32]
  private let numberOfValue: [Double: Int32]

  /// Labels that are all numbers are sorted as numbers, where 1, 01 and 1.0 are the same; others by their UTF-8 bytes,
  /// which also tell them apart.
  init(_ texts: CellTexts, path: String, column: Int) throws(DataError) {
    for (text, row) in zip(texts.texts, texts.rows) where String(validating: text, as: UTF8.self) == nil {
      throw DataError.noUTF8(text, path: path, part: "a label", place: "row \(row), column \(column) (from 0)")
    }
    self.init(labels: texts.texts)
    guard names.count > 1 else {
      throw DataError(
        file: path, found: "the class \"\(names[0])\" in every row", allowed: "at least two classes",
        remedy: "check the label column in the config")
    }
  }

  /// The classes of a model, from their names.
  init(names: [String]) {
    self.init(labels: names.map { Array($0.utf8) })
  }

  private init(labels: [[UInt8]]) {
    let values = labels.compactMap(Self.value)
    if values.count == labels.count {
      let sorted = Set(values).sorted()
      names = sorted.map { $0 == $0.rounded() && abs($0) < 1e15 ? String(Int($0)) : String($0) }
      numberOfValue = Dictionary(uniqueKeysWithValues: zip(sorted, Int32(0)...))
      numberOfBytes = [:]
    } else {
      // Not String's order and equality, which follow Unicode tables that may change with the library.
      let sorted = Set(labels).sorted { $0.lexicographicallyPrecedes($1) }
      names = sorted.map { String(decoding: $0, as: UTF8.self) }
      numberOfBytes = Dictionary(uniqueKeysWithValues: zip(sorted, Int32(0)...))
      numberOfValue = [:]
    }
  }

  /// The number that a label is; `nil` for text, and for numbers that double precision might not tell from others.
  private static func value(_ label: [UInt8]) -> Double? {
    // Doubles tell all numbers of 15 digits apart, unless they underflow.
    let mantissa = label.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
    let digits = mantissa.filter { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    let significant = digits.drop { $0 == UInt8(ascii: "0") }
    guard significant.count <= 15, let value = parseNumber(label) else { return nil }
    guard significant.isEmpty || abs(value) >= Double.leastNormalMagnitude else { return nil }
    return value == 0 ? 0 : value
  }

  /// What a user should know of them, in words.
  func notes(path: String) -> [String] {
    var seen: Set<String> = []
    return names.filter { !seen.insert($0).inserted }.prefix(3).map {
      "\(path): two classes are both written \"\($0)\", in different bytes (forms of Unicode); they stay apart"
    }
  }

  /// The class number of a label, `nil` if it is no class of the training table.
  func number(of label: [UInt8]) -> Int32? {
    guard numberOfBytes.isEmpty else { return numberOfBytes[label] }
    return Self.value(label).flatMap { numberOfValue[$0] }
  }

  /// The class number of each of some labels; one that is none of the classes is refused by its row.
  func numbers(of texts: CellTexts, path: String) throws(DataError) -> [Int32] {
    var numbers: [Int32] = []
    for (text, row) in zip(texts.texts, texts.rows) {
      guard let number = number(of: text) else { throw unknown(text, row: row, path: path) }
      numbers.append(number)
    }
    return numbers
  }

  /// What to say of a label that is no class.
  func unknown(_ label: [UInt8], row: Int, path: String) -> DataError {
    guard let text = String(validating: label, as: UTF8.self) else {
      return DataError.noUTF8(label, path: path, part: "a label", place: "row \(row)")
    }
    return DataError(
      file: path, found: "the class \"\(text)\" in row \(row), which does not occur in training",
      allowed: names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ")
        + (names.count > 12 ? ", … (\(names.count))" : ""),
      remedy: names.contains(text)
        ? "write the label with the same bytes as in training: it looks alike in another Unicode form"
        : "correct the label, or add rows of that class to the training table")
  }
}

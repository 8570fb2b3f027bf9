/// The classes of a CSV table: the labels of the training table, sorted.
struct CSVClasses {
  /// By class number.
  let names: [String]
  /// What a user should know of them, in words.
  let notes: [String]
  private let numberOfBytes: [[UInt8]: Int32]
  private let numberOfValue: [Double: Int32]

  /// Labels that are all numbers are sorted as numbers, where 1, 01 and 1.0 are the same; others by their UTF-8 bytes,
  /// which also tell them apart.
  init(of training: CSVTable) throws(DataError) {
    let labels = training.labels.texts.map(\.bytes)
    let values = labels.compactMap(Self.value)
    if values.count == labels.count {
      let sorted = Set(values).sorted()
      names = sorted.map { $0 == $0.rounded() && abs($0) < 1e15 ? String(Int($0)) : String($0) }
      numberOfValue = Dictionary(uniqueKeysWithValues: zip(sorted, Int32(0)...))
      numberOfBytes = [:]
    } else {
      // Not String's order and equality, which follow Unicode tables that may change with the library.
      let sorted = labels.sorted { $0.lexicographicallyPrecedes($1) }
      names = sorted.map { String(decoding: $0, as: UTF8.self) }
      numberOfBytes = Dictionary(uniqueKeysWithValues: zip(sorted, Int32(0)...))
      numberOfValue = [:]
    }
    notes = Self.looksAlike(names).map { "\(training.path): \($0)" }
    guard names.count > 1 else {
      throw DataError(
        file: training.path, found: "the class \"\(names[0])\" in every row", allowed: "at least two classes",
        remedy: "check the label column in the config")
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

  private static func looksAlike(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { !seen.insert($0).inserted }.prefix(3).map {
      "two classes are both written \"\($0)\", in different bytes (forms of Unicode); they stay apart"
    }
  }

  /// The class number of a label, `nil` if it is no class of the training table.
  func number(of label: CSVLabels.Text) -> Int32? {
    guard numberOfBytes.isEmpty else { return numberOfBytes[label.bytes] }
    return Self.value(label.bytes).flatMap { numberOfValue[$0] }
  }

  /// All classes, for a message.
  var listing: String {
    names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 12 ? ", … (\(names.count))" : "")
  }
}

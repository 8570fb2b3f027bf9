import Foundation
import JSON
import Kernels

/// Lines of text, whichever way they end, one after another.
protocol LineSource {
  /// What they are read from, for messages.
  var name: String { get }
  /// The next line without its end; `nil` after the last.
  mutating func next() throws(DataError) -> String?
}

/// The lines of standard input.
struct StandardInputLines: LineSource {
  let name = "standard input"

  mutating func next() throws(DataError) -> String? { readLine() }
}

/// The lines of a file, plain or gzip.
struct FileLines: LineSource {
  let name: String
  private let reader: ByteReader
  private var rest: [UInt8] = []
  private var place = 0
  private var isAtEnd = false

  init(path: String) throws(DataError) {
    name = path
    reader = try ByteReader(path: path) { _ in }
  }

  mutating func next() throws(DataError) -> String? {
    var searched = place
    while true {
      if let end = rest[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        var line = rest[place..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        place = end + 1
        return String(decoding: line, as: UTF8.self)
      }
      guard !isAtEnd else {
        defer { place = rest.count }
        return place < rest.count ? String(decoding: rest[place...], as: UTF8.self) : nil
      }
      rest.removeFirst(place)
      place = 0
      searched = rest.count
      guard rest.count < 1 << 28 else {
        throw DataError(
          file: name, found: "a line of more than \(grouped(1 << 28)) bytes", allowed: "text of one sample a line",
          remedy: "check that this is a .npy, .npz or IDX file, or text")
      }
      let more = try reader.read(upTo: ByteReader.chunkBytes)
      isAtEnd = more.isEmpty
      rest += more
    }
  }
}

/// Reads samples to predict from out of text, a line each: numbers between commas, semicolons, tabs or blanks, or JSON: a
/// list of numbers, or an object with such a list as `x`, `inputs` or `features`.
struct NumberRowReader: InputReader {
  private var lines: any LineSource
  private let preprocessing: Preprocessing
  private let normalizer: Normalizer
  private var lineNumber = 0
  private var sample = 0

  init(_ lines: any LineSource, _ preprocessing: Preprocessing) {
    self.lines = lines
    self.preprocessing = preprocessing
    normalizer = Normalizer(scale: preprocessing.scale.scale, shift: preprocessing.scale.shift)
  }

  mutating func read(atMost count: Int) throws(DataError) -> (any InputBatch)? {
    var rows: [(line: Int, text: String)] = []
    let first = sample
    while rows.count < count, let line = try lines.next() {
      lineNumber += 1
      var text = line.trimmed
      if lineNumber == 1, text.unicodeScalars.first?.value == 0xFEFF { text.unicodeScalars.removeFirst() }
      if text.isEmpty || lineNumber == 1 && Self.isHeader(text) { continue }
      rows.append((lineNumber, text))
    }
    sample += rows.count
    guard !rows.isEmpty else { return nil }
    return NumberRowBatch(
      file: lines.name, first: first, rows: rows, preprocessing: preprocessing, normalizer: normalizer)
  }

  /// Whether a first line names columns: no cell of it is a number.
  private static func isHeader(_ text: String) -> Bool {
    guard !text.hasPrefix("["), !text.hasPrefix("{") else { return false }
    return NumberRowBatch.cells(text).allSatisfy { Double($0) == nil }
  }
}

/// Some lines of text; each is parsed by the worker that needs it.
private struct NumberRowBatch: InputBatch {
  let file: String
  let first: Int
  let rows: [(line: Int, text: String)]
  let preprocessing: Preprocessing
  let normalizer: Normalizer

  var count: Int { rows.count }

  func name(_ index: Int) -> String { String(first + index) }

  func write(_ index: Int, into input: Floats) throws(DataError) {
    let (line, text) = rows[index]
    let numbers = try numbers(text, line: line)
    guard numbers.count == input.count else {
      throw DataError(
        file: file, found: "\(grouped(numbers.count)) numbers in line \(grouped(line))",
        allowed: "\(grouped(input.count)) numbers, as the model was trained on samples of \(preprocessing.shape)",
        remedy: "write one sample a line, and no label")
    }
    try NumberBatch.write(
      numbers[...], into: input, preprocessing.scale, normalizer, file: file, place: "line \(grouped(line))")
  }

  private func numbers(_ text: String, line: Int) throws(DataError) -> [Double] {
    if text.hasPrefix("[") || text.hasPrefix("{") {
      guard let json = try? JSONValue(parsing: text), let numbers = Self.numbers(json) else {
        throw DataError(
          file: file, found: "line \(grouped(line)): \(text.prefix(60))",
          allowed: "a JSON list of numbers, or an object with one as \"x\", \"inputs\" or \"features\"",
          remedy: "correct the line")
      }
      return numbers
    }
    var numbers: [Double] = []
    for cell in Self.cells(text) {
      guard let number = Double(cell) else {
        throw DataError(
          file: file, found: "\"\(cell.prefix(40))\" in line \(grouped(line))", allowed: "numbers",
          remedy: "remove text, or replace it as in the training data")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// All numbers of a list, lists within it included.
  private static func numbers(_ json: JSONValue) -> [Double]? {
    switch json {
    case .integer(let number): return [Double(number)]
    case .number(let number): return [number]
    case .array(let elements):
      var numbers: [Double] = []
      for element in elements {
        if case .object = element { return nil }
        guard let more = Self.numbers(element) else { return nil }
        numbers += more
      }
      return numbers
    case .object(let members):
      guard let list = ["x", "inputs", "features"].compactMap({ members[$0] }).first, case .array = list else {
        return nil
      }
      return Self.numbers(list)
    default: return nil
    }
  }

  /// What stands between separators.
  static func cells(_ text: String) -> [Substring] {
    for separator in [",", ";", "\t"] as [Character] where text.contains(separator) {
      return text.split(separator: separator, omittingEmptySubsequences: false).map {
        $0.drop { $0 == " " }.prefix { $0 != " " }
      }
    }
    return text.split(whereSeparator: \.isWhitespace)
  }
}

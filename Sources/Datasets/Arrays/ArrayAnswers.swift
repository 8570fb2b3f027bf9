import Kernels

/// The labels or targets of one split, as its file has them.
struct ArrayAnswers {
  /// What stands in the file.
  enum Content {
    /// One whole number a sample, of an integer format.
    case whole([Int])
    /// Numbers [samples, width].
    case numbers([Double])
    /// One text a sample.
    case texts([String])
  }

  /// The file, for messages.
  let path: String
  /// Number of samples.
  let count: Int
  /// Numbers of a sample.
  let width: Int
  /// Whether the file's format is an integer's.
  let isInteger: Bool
  let content: Content

  /// Reads all of a file; NaN and infinity are refused by their place.
  init(_ file: ArrayFile) throws(DataError) {
    path = file.path
    count = file.count
    width = file.width
    isInteger = file.format.isInteger
    try MemoryDemand(dimensions: file.dimensions, elementBytes: 8).requireMemory(file: file.path)
    if file.format.isText {
      content = .texts(try Self.texts(file))
    } else if file.format.isInteger, file.width == 1 {
      content = .whole(try Self.wholeNumbers(file))
    } else {
      content = .numbers(try Self.numbers(file))
    }
  }

  private static func texts(_ file: ArrayFile) throws(DataError) -> [String] {
    let (path, format) = (file.path, file.format)
    guard file.width == 1 else {
      throw DataError(
        file: path, found: "\(file.width) texts a sample", allowed: "one class's name a sample, or numbers",
        remedy: "check that this is the file of labels")
    }
    var texts: [String] = []
    try file.readElements(file.order(), part: "labels") { (chunk, first) throws(DataError) in
      for offset in stride(from: 0, to: chunk.count, by: format.bytes) {
        let text = format.text(chunk, at: offset)
        guard !text.isEmpty else {
          throw DataError(
            file: path, found: "an empty label at entry \(grouped(texts.count)) (from 0)",
            allowed: "the name of a class", remedy: "replace or remove such entries")
        }
        texts.append(text)
      }
    }
    return texts
  }

  private static func wholeNumbers(_ file: ArrayFile) throws(DataError) -> [Int] {
    let (path, format) = (file.path, file.format)
    var numbers: [Int] = []
    numbers.reserveCapacity(file.elements)
    try file.readElements(file.order(), part: "labels") { (chunk, _) throws(DataError) in
      for offset in stride(from: 0, to: chunk.count, by: format.bytes) {
        let number = format.integer(chunk, at: offset)
        guard number < .max else {
          throw DataError(
            file: path, found: "a label of 2^63 or more at entry \(grouped(numbers.count)) (from 0)",
            allowed: "whole numbers below 2^63", remedy: "number the classes from 0")
        }
        numbers.append(number)
      }
    }
    return numbers
  }

  private static func numbers(_ file: ArrayFile) throws(DataError) -> [Double] {
    let (path, width) = (file.path, file.width)
    var numbers: [Double] = []
    numbers.reserveCapacity(file.elements)
    try file.readNumbers(file.order(), part: "labels") { (chunk, first) throws(DataError) in
      for index in chunk.indices {
        guard chunk[index].isFinite else {
          let place = first + index
          throw DataError(
            file: path,
            found: (width == 1 ? "" : "element \(place % width) of ")
              + "entry \(grouped(place / width)) (from 0) is \(chunk[index])",
            allowed: "finite numbers", remedy: "replace or remove such entries")
        }
        numbers.append(chunk[index])
      }
    }
    return numbers
  }

  /// The numbers of all samples, [samples, width]; `nil` for text.
  var numbers: [Double]? {
    switch content {
    case .whole(let numbers): numbers.map(Double.init)
    case .numbers(let numbers): numbers
    case .texts: nil
    }
  }

  /// One whole number a sample; `nil` where there are several, or one that is not whole.
  var wholeNumbers: [Int]? {
    switch content {
    case .whole(let numbers): return numbers
    case .numbers(let numbers):
      guard width == 1, numbers.allSatisfy({ $0 == $0.rounded() && abs($0) <= 0x1p53 }) else { return nil }
      return numbers.map { Int($0) }
    case .texts: return nil
    }
  }
}

extension ArrayFile {
  /// Calls `body` with all numbers in an order, a chunk at a time, and the count of those before it. The format is none of
  /// text.
  func readNumbers(
    _ order: ElementOrder, part: String, _ body: (_ chunk: View<Double>, _ first: Int) throws(DataError) -> Void
  ) throws(DataError) {
    guard let encoding = format.encoding else { preconditionFailure("numbers of \(format)") }
    var numbers = Buffer<Double>(count: 0)
    try readElements(order, part: part) { (chunk, first) throws(DataError) in
      let count = chunk.count / format.bytes
      if numbers.view.count < count { numbers = Buffer(count: count) }
      let view = numbers.view.prefix(count)
      view.decode(chunk, as: encoding, isBigEndian: format.isBigEndian)
      try body(view, first)
    }
  }
}

import CZlib
import Datasets
import Foundation
import Kernels
import Testing

/// Writers of small data files, byte by byte, and what tests ask of a load.
enum DataFiles {
  /// Writes bytes, and returns the path.
  @discardableResult
  static func write(_ bytes: [UInt8], _ name: String, in folder: URL) throws -> String {
    let url = folder.appendingPathComponent(name)
    if name.contains("/") {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Writes text.
  @discardableResult
  static func write(_ text: String, _ name: String, in folder: URL) throws -> String {
    try write(Array(text.utf8), name, in: folder)
  }

  /// Writes a gzip file.
  @discardableResult
  static func writeCompressed(_ bytes: [UInt8], _ name: String, in folder: URL) throws -> String {
    let path = folder.appendingPathComponent(name).path
    let file = try #require(gzopen(path, "wb9"))
    #expect(gzwrite(file, bytes, UInt32(bytes.count)) == Int32(bytes.count))
    #expect(gzclose(file) == Z_OK)
    return path
  }

  /// An IDX file of one element type; `elements` are its big-endian bytes.
  static func idx(type: UInt8 = 0x08, _ dimensions: [Int], _ elements: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(dimensions.count)] + dimensions.flatMap { bigEndian(UInt32($0)) } + elements
  }

  static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] { bigEndian(number).reversed() }

  /// A .npy file as NumPy writes it: the header padded with spaces to a multiple of 64.
  static func npy(
    _ type: String, _ shape: String, _ elements: [UInt8], version: UInt8 = 1, order: String = "False"
  ) -> [UInt8] {
    var header = Array("{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }".utf8)
    let prefix = version == 1 ? 10 : 12
    while (prefix + header.count + 1) % 64 != 0 { header.append(UInt8(ascii: " ")) }
    header.append(UInt8(ascii: "\n"))
    let length = version == 1 ? littleEndian(UInt16(header.count)) : littleEndian(UInt32(header.count))
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + header + elements
  }

  /// Loads training files. What loads has test files of its own; only what is refused before they are opened has none.
  static func loadIDX(
    _ inputs: String, _ labels: String, test: ImageLabelPaths? = nil
  ) throws(DataError) -> DataSplits {
    let paths = ImageLabelPaths(inputs: inputs, labels: labels)
    return try load(.idx(train: paths, test: test ?? paths))
  }

  /// The same for .npy files.
  static func loadNPY(
    _ inputs: String, _ labels: String, test: ImageLabelPaths? = nil
  ) throws(DataError) -> DataSplits {
    let paths = ImageLabelPaths(inputs: inputs, labels: labels)
    return try load(.npy(train: paths, test: test ?? paths))
  }

  /// Loads a source; targets stay as the files have them.
  static func load(_ source: DataSource) throws(DataError) -> DataSplits {
    var data = DataConfiguration(source: source)
    data.targets = .none
    return try DatasetLoader.load(data, seed: 1)
  }
}

extension SampleSource {
  /// The set in memory that a loader makes.
  var stored: Dataset {
    guard let dataset = self as? Dataset else { preconditionFailure("\(name) is not in memory") }
    return dataset
  }

  /// The stored numbers of all samples.
  var numbers: [Float] {
    switch stored.samples {
    case .bytes(let buffer): buffer.view.array().map(Float.init)
    case .floats(let buffer): buffer.view.array()
    }
  }

  /// All class numbers.
  var labels: [Int] {
    guard case .classes(let labels, _) = stored.targets else { return [] }
    return labels.view.array().map(Int.init)
  }

  /// All target values.
  var values: [Float] {
    guard case .values(let values, _) = stored.targets else { return [] }
    return values.view.array()
  }
}

/// Expects a load to be refused with a message that has every one of these words.
func expectRefusal(
  _ words: String..., sourceLocation: SourceLocation = #_sourceLocation, by load: () throws -> DataSplits
) {
  do {
    _ = try load()
    Issue.record("nothing was refused; expected \(words)", sourceLocation: sourceLocation)
  } catch {
    let message = String(describing: error)
    #expect(error is DataError, sourceLocation: sourceLocation)
    for word in words where !message.contains(word) {
      Issue.record("\"\(word)\" is missing in: \(message)", sourceLocation: sourceLocation)
    }
    if ProcessInfo.processInfo.environment["ISOTHERM_SHOW_MESSAGES"] != nil { print(message, "\n") }
  }
}

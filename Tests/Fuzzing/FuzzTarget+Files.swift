import Checkpoints
import Datasets
import Fetching
import Foundation
import Kernels
import Pictures

extension FuzzTarget {
  private static let memory = InputFiles.shared

  /// Loads data with a source; arrays of any size are read, none is mapped or kept in the user's cache.
  private static func load(_ source: DataSource) throws {
    _ = try DatasetLoader.load(DataConfiguration(source: source, normalization: .standardize), seed: 1)
  }

  /// Inputs of 4 entries of 2 × 2 bytes, and their labels.
  private static let goodInputs: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 2] + Array(1...16)
  private static let goodLabels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 1, 0]

  /// Files of data.
  static let arrays = [
    FuzzTarget("idx", words: ["\u{8}\u{3}", "\u{8}\u{1}"], bytesOfByte: 4 * 1032) { try readIDX($0) },
    FuzzTarget("gzip", words: ["\u{1F}\u{8B}\u{8}"], bytesOfByte: 8 * 1032) { try readIDX($0) },
    FuzzTarget(
      "npy", otherSeeds: [],
      words: ["'<f4'", "'>i8'", "'|S3'", "'<U2'", "True", "False", "(4,)", "(4, 2)", "'shape': "],
      bytesOfByte: 4 * 1032
    ) { input in
      let labels = try memory.write(npy(goodLabels.suffix(4)), "labels.npy")
      let file = try memory.write(input, "fuzz.npy")
      let pairs = [(file, labels), (file, file)].map { ImageLabelPaths(inputs: $0, labels: $1) }
      try all(pairs.map { pair in { try load(.npy(train: pair, test: pair)) } })
    },
    FuzzTarget("npz", otherSeeds: ["Tests/DatasetsTests/Arrays"], words: ["PK\u{1}\u{2}", "x_train.npy"]) { input in
      try load(.npz(try memory.write(input, "fuzz.npz")))
    },
    FuzzTarget(
      "csv",
      words: [",", ";", "\t", "\"", "\"\"", "\r\n", "\n", "2024-05-31", "1,5", "NA", "#", "sep=;\n", "\u{A0}", "é"],
      bytesOfByte: 8 * 1032
    ) { input in
      let path = try memory.write(input, "fuzz.csv")
      try all(
        [CSVColumn.index(-1), .index(0)].map { label in
          { try load(.csv(path: path, testShare: 0.3, CSVConfiguration(labels: [label]))) }
        })
    },
    FuzzTarget("cifar", bytesOfByte: 8 * 1032) { input in
      _ = try memory.write([1] + [UInt8](repeating: 7, count: 3072), "data_batch_1.bin")
      for batch in 2...5 { _ = try memory.write([1] + [UInt8](repeating: 9, count: 3072), "data_batch_\(batch).bin") }
      // Files are one record and more: the seed's first bytes stand for its pixels.
      let isPacked = input.starts(with: [0x1F, 0x8B])
      _ = try memory.write(
        isPacked ? input : input + [UInt8](repeating: 5, count: max(0, 3073 - input.count)), "test_batch.bin")
      try load(.named(.cifar10, path: memory.path("")))
    },
  ]

  private static func readIDX(_ input: [UInt8]) throws {
    let inputs = try memory.write(goodInputs, "inputs.idx")
    let labels = try memory.write(goodLabels, "labels.idx")
    let file = try memory.write(input, "fuzz.idx")
    let pairs = [(file, labels), (inputs, file)].map { ImageLabelPaths(inputs: $0, labels: $1) }
    try all(pairs.map { pair in { try load(.idx(train: pair, test: pair)) } })
  }

  private static func npy(_ labels: ArraySlice<UInt8>) -> [UInt8] {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }".padding(
      toLength: 117, withPad: " ", startingAt: 0)
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8) + [10] + labels
  }

  /// Tries all, and throws the first error.
  private static func all(_ tries: [() throws -> Void]) throws {
    var failure: (any Error)?
    for one in tries {
      do { try one() } catch { failure = failure ?? error }
    }
    if let failure { throw failure }
  }

  /// Tries all, and throws the first error if none goes well: of forms of which a file has one.
  private static func any(_ tries: [() throws -> Void]) throws {
    var failures: [any Error] = []
    for one in tries {
      do { try one() } catch { failures.append(error) }
    }
    if failures.count == tries.count, let first = failures.first { throw first }
  }

  /// Weights, pictures, archives.
  static let files = [
    FuzzTarget(
      "safetensors", otherSeeds: ["Tests/CheckpointsTests/Fixtures"],
      words: [
        "\"F32\"", "\"BF16\"", "\"I64\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "[", "]", ",", "__metadata__",
      ]
    ) { input in
      let file = try SafetensorsFile(path: try memory.write(input, "fuzz.safetensors"))
      // Each is of one type: the other reader refuses it, and so do both for types that hold neither.
      for entry in file.entries where (try? file.floats(entry.name)) == nil { _ = try? file.integers(entry.name) }
    },
    FuzzTarget(
      "picture", otherSeeds: ["Tests/PicturesTests/Fixtures"],
      words: ["IHDR", "eXIf", "EXIF", "VP8L", "VP8X", "\u{0}\u{0}\u{0}\u{D}", "Exif\u{0}\u{0}MM"],
      bytesOfByte: 12 * 10_000
    ) { input in
      _ = try PictureHeader(of: input)
      _ = try Picture(decoding: input).converted(channels: 1)
    },
    FuzzTarget("archive", words: ["ustar", "data/one.bin", "../", "PK\u{3}\u{4}"], bytesOfByte: 4 * 1032) { input in
      let path = try memory.write(input, "fuzz.archive")
      let target = memory.path("unpacked")
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
      let members = ["data/one.bin", "data/two.bin"].map { RemoteFile.Member(path: $0) }
      try any([
        { try TarArchive(path: path).unpack(members, into: target) { _ in } },
        { try ZipArchive(path: path).unpack(members, into: target) { _ in } },
      ])
    },
  ]
}

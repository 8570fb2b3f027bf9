import Foundation
import TestSupport
import Testing

import Datasets

@Suite("Data of which only the path is known") struct BareDataTests {
  private func load(_ path: String) throws -> BareData? {
    var request = LoadingRequest(seed: 0, normalization: .none)
    request.targets = .none
    return try BareData.load(path, request)
  }

  @Test("an IDX or .npy file is told by its content, and takes the labels that lie beside it")
  func pairs() throws {
    try withTemporaryFolder { folder in
      let images = DataFiles.idx([3, 2, 2], Array(1...12))
      let path = try DataFiles.write(images, "train-images-idx3-ubyte", in: folder)
      let alone = try #require(try load(path))
      #expect(!alone.hasAnswers && alone.train.count == 3)
      #expect(alone.train.shape == .image(height: 2, width: 2, channels: 1))
      try DataFiles.write(DataFiles.idx([3], [1, 2, 1]), "train-labels-idx1-ubyte", in: folder)
      let pair = try #require(try load(path))
      #expect(pair.hasAnswers && pair.train.stored.labels == [0, 1, 0])
      #expect(pair.notes.contains { $0.contains("train-labels") })
      // Labels of another file do not fit: the inputs are looked at by themselves.
      try DataFiles.write(DataFiles.idx([2], [1, 2]), "train-labels-idx1-ubyte", in: folder)
      #expect(try load(path)?.hasAnswers == false)

      let inputs = try DataFiles.write(DataFiles.npy("|u1", "(2, 3)", Array(1...6)), "x_train.npy", in: folder)
      #expect(try load(inputs)?.train.shape == .features(3))
      let zipped = try DataFiles.writeCompressed(DataFiles.npy("|u1", "(2, 3)", Array(1...6)), "z.npy.gz", in: folder)
      #expect(try load(zipped)?.train.stored.numbers == [1, 2, 3, 4, 5, 6])
    }
  }

  @Test("labels alone are classes by the numbers that occur")
  func labels() throws {
    try withTemporaryFolder { folder in
      let path = try DataFiles.write(DataFiles.idx([5], [7, 3, 7, 9, 3]), "y", in: folder)
      let found = try #require(try load(path))
      #expect(found.train.classNames == ["3", "7", "9"] && found.train.stored.labels == [1, 0, 1, 2, 0])
    }
  }

  @Test("NaN and infinity stay, to be counted")
  func notFinite() throws {
    try withTemporaryFolder { folder in
      let values: [Float] = [1, .nan, -.infinity, 4]
      let bytes = values.flatMap { DataFiles.littleEndian($0.bitPattern) }
      let path = try DataFiles.write(DataFiles.npy("<f4", "(2, 2)", bytes), "x.npy", in: folder)
      let numbers = try #require(try load(path)).train.stored.numbers
      #expect(numbers[0] == 1 && numbers[1].isNaN && numbers[2] == -.infinity && numbers[3] == 4)
    }
  }

  @Test("a folder is a well-known data set where it has its files")
  func folders() throws {
    try withTemporaryFolder { folder in
      let record = [UInt8(3), 7] + (0..<3072).map { UInt8(truncatingIfNeeded: $0) }
      try DataFiles.write(record + record, "train.bin", in: folder)
      try DataFiles.write(record, "test.bin", in: folder)
      let found = try #require(try load(folder.path))
      #expect(found.train.name == "cifar100" && found.test?.count == 1)
    }
  }

  @Test("a file of another kind is none of these; nothing at the path, an empty file and a cut one are refused")
  func others() throws {
    try withTemporaryFolder { folder in
      #expect(try load(try DataFiles.write("a,b\n1,2\n", "t.csv", in: folder)) == nil)
      #expect(throws: DataError.self) { try load(folder.path + "/none") }
      let empty = try DataFiles.write("", "empty", in: folder)
      #expect(throws: DataError.self) { try load(empty) }
      let cut = try DataFiles.write(Array(DataFiles.idx([300, 2, 2], [1]).prefix(9)), "cut", in: folder)
      #expect(throws: DataError.self) { try load(cut) }
      let picture = try DataFiles.write([0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0, 0], "p.jpg", in: folder)
      expectRefusal("p.jpg", "one picture") {
        _ = try load(picture)
        return try DataFiles.load(.digits)
      }
      let broken = try DataFiles.write(Array("PK\u{3}\u{4}".utf8), "broken.npz", in: folder)
      #expect(throws: DataError.self) { try load(broken) }
    }
  }
}

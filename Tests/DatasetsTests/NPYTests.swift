import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct NPYTests {
  private let labels = DataFiles.npy("<i8", "(3,)", [2, 0, 1].flatMap { DataFiles.littleEndian(Int64($0)) })

  /// Test files of bytes, which are not the training files.
  private func test(
    _ shape: String, _ bytes: [UInt8], classes: [UInt8], in folder: URL
  ) throws -> ImageLabelPaths {
    ImageLabelPaths(
      inputs: try DataFiles.write(DataFiles.npy("|u1", shape, bytes), "test-x.npy", in: folder),
      labels: try DataFiles.write(DataFiles.npy("|u1", "(\(classes.count),)", classes), "test-y.npy", in: folder))
  }

  @Test("header versions 1, 2 and 3 are read", arguments: [1, 2, 3] as [UInt8])
  func versions(version: UInt8) throws {
    try withTemporaryFolder { folder in
      let inputs = try DataFiles.write(
        DataFiles.npy("|u1", "(3, 2, 2)", Array(1...12), version: version), "x.npy", in: folder)
      let answers = try DataFiles.writeCompressed(labels, "y.npy.gz", in: folder)
      let splits = try DataFiles.loadNPY(
        inputs, answers, test: try test("(2, 2, 2)", Array(21...28), classes: [1, 2], in: folder))
      #expect(splits.train.shape == .image(height: 2, width: 2, channels: 1))
      #expect(splits.train.numbers == (1...12).map(Float.init))
      #expect(splits.train.labels == [2, 0, 1])
      #expect(splits.test.numbers == (21...28).map(Float.init) && splits.test.labels == [1, 2])
    }
  }

  @Test("every whole and real element type is read, in either byte order")
  func types() throws {
    try withTemporaryFolder { folder in
      let answers = try DataFiles.write(labels, "y.npy", in: folder)
      let small: [Float] = [3, 0, 100]
      let signed: [Float] = [-3, 0, 100]
      let real: [Float] = [-0.5, 1e-20, 3.25e7]
      let cases: [(String, [Float], [UInt8])] = [
        ("|b1", [1, 0, 1], [1, 0, 1]), ("|i1", signed, [253, 0, 100]),
        ("<u2", small, small.flatMap { DataFiles.littleEndian(UInt16($0)) }),
        (">i2", signed, signed.flatMap { DataFiles.bigEndian(Int16($0)) }),
        ("<i4", signed, signed.flatMap { DataFiles.littleEndian(Int32($0)) }),
        ("<u4", small, small.flatMap { DataFiles.littleEndian(UInt32($0)) }),
        ("<i8", signed, signed.flatMap { DataFiles.littleEndian(Int64($0)) }),
        (">u8", small, small.flatMap { DataFiles.bigEndian(UInt64($0)) }),
        ("<f4", real, real.flatMap { DataFiles.littleEndian($0.bitPattern) }),
        (">f4", real, real.flatMap { DataFiles.bigEndian($0.bitPattern) }),
        ("<f8", real, real.flatMap { DataFiles.littleEndian(Double($0).bitPattern) }),
      ]
      let test = try test("(2, 1)", [7, 8], classes: [0, 1], in: folder)
      for (type, values, bytes) in cases {
        let inputs = try DataFiles.write(DataFiles.npy(type, "(3, 1)", bytes), "x.npy", in: folder)
        let splits = try DataFiles.loadNPY(inputs, answers, test: test)
        #expect(splits.train.numbers == values && splits.test.numbers == [7, 8], "\(type)")
      }
    }
  }

  @Test("whole numbers [N] and [N, 1] are classes; real numbers and [N, D] are target values")
  func targets() throws {
    try withTemporaryFolder { folder in
      let inputs = try DataFiles.write(DataFiles.npy("|u1", "(3, 2)", [1, 2, 3, 4, 5, 6]), "x.npy", in: folder)
      let testInputs = try DataFiles.write(DataFiles.npy("|u1", "(3, 2)", [6, 5, 4, 3, 2, 1]), "z.npy", in: folder)
      func splits(_ type: String, _ shape: String, _ bytes: [UInt8]) throws -> DataSplits {
        let answers = try DataFiles.write(DataFiles.npy(type, shape, bytes), "y.npy", in: folder)
        var data = DataConfiguration(
          source: .npy(
            train: ImageLabelPaths(inputs: inputs, labels: answers),
            test: ImageLabelPaths(inputs: testInputs, labels: answers)))
        data.targets = .none
        let splits = try DatasetLoader.load(data, seed: 1)
        #expect(splits.test.numbers == [6, 5, 4, 3, 2, 1])
        return splits
      }
      #expect(try splits("|u1", "(3, 1)", [1, 0, 2]).train.labels == [1, 0, 2])
      #expect(try splits("|u1", "(3, 1)", [1, 0, 2]).outputs == 3)
      #expect(try splits("|u1", "(3, 2)", [1, 0, 4, 2, 2, 2]).train.values == [1, 0, 4, 2, 2, 2])
      #expect(try splits("|u1", "(3, 2)", [1, 0, 4, 2, 2, 2]).outputs == 2)
      let real: [Float] = [0.5, -1, 2]
      let regression = try splits("<f4", "(3,)", real.flatMap { DataFiles.littleEndian($0.bitPattern) })
      #expect(regression.train.values == real)
      #expect(regression.outputs == 1)
      #expect(regression.train.classNames.isEmpty)
    }
  }

  @Test("headers that are damaged or of another type are refused with the remedy")
  func headers() throws {
    try withTemporaryFolder { folder in
      let answers = try DataFiles.write(labels, "y.npy", in: folder)
      let six = [UInt8](1...6)
      var unknownVersion = DataFiles.npy("|u1", "(3, 2)", six)
      unknownVersion[6] = 9
      var longHeader = DataFiles.npy("|u1", "(3, 2)", six, version: 2)
      longHeader[11] = 0x7F
      let cases: [([UInt8], String)] = [
        (DataFiles.npy("<c8", "(3, 2)", six), "'<c8'"), (DataFiles.npy("|O", "(3, 2)", six), "pickles"),
        (DataFiles.npy("<f16", "(3, 2)", six), "long double"), (DataFiles.npy("|V2", "(3, 2)", six), "bfloat16"),
        (DataFiles.npy("<M8[ns]", "(3, 2)", six), "dates"), (DataFiles.npy("|V8", "(3, 2)", six), "opaque"),
        (DataFiles.npy("<U1", "(3, 1)", six + six), "an array of text"),
        (DataFiles.npy("|u1", "()", [1]), "a single number"),
        (DataFiles.npy("|u1", "(0, 2)", []), "no entry"),
        (DataFiles.npy("|u1", "(3, -2)", six), "[3, -2]"), (DataFiles.npy("|u1", "(3, two)", six), "'descr'"),
        (DataFiles.npy("|u1", "(3, 2)", six, order: "Maybe"), "'fortran_order'"), (unknownVersion, "version 1, 2 or 3"),
        (longHeader, "a header of"), (DataFiles.npy("<f8", "(9223372036854775807, 3)", six), "announces"),
        (Array(DataFiles.npy("|u1", "(3, 2)", six).prefix(30)), "ends at byte 30"),
        (Array(DataFiles.npy("|u1", "(3, 2)", six).dropLast(2)), "ends after 4 bytes"),
        (Array("PK\u{3}\u{4} an archive of arrays".utf8), "\"npz\""),
      ]
      for (bytes, word) in cases {
        let path = try DataFiles.write(bytes, "x.npy", in: folder)
        expectRefusal(path, word) { try DataFiles.loadNPY(path, answers) }
      }
      // One dimension is the same in both orders.
      let line = try DataFiles.write(DataFiles.npy("|u1", "(3,)", [1, 2, 3], order: "True"), "x.npy", in: folder)
      let test = try test("(1,)", [9], classes: [1], in: folder)
      #expect(try DataFiles.loadNPY(line, answers, test: test).train.numbers == [1, 2, 3])
    }
  }

  @Test("a test set with another kind or number of targets is refused")
  func mismatch() throws {
    try withTemporaryFolder { folder in
      let inputs = try DataFiles.write(DataFiles.npy("|u1", "(3, 2)", [1, 2, 3, 4, 5, 6]), "x.npy", in: folder)
      let classes = try DataFiles.write(labels, "classes.npy", in: folder)
      let pairs = try DataFiles.write(DataFiles.npy("|u1", "(3, 2)", [1, 2, 3, 4, 5, 6]), "pairs.npy", in: folder)
      expectRefusal(pairs, "2 target values a sample", "as in training") {
        try DataFiles.load(
          .npy(
            train: ImageLabelPaths(inputs: inputs, labels: classes),
            test: ImageLabelPaths(inputs: inputs, labels: pairs)
          ))
      }
    }
  }
}

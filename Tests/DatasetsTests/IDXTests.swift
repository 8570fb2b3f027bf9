import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct IDXTests {
  private let pixels = DataFiles.idx([3, 2, 2], Array(1...12))
  private let classes = DataFiles.idx([3], [2, 0, 1])

  @Test("bytes stay bytes, whatever the rank", arguments: [[3, 4], [3, 2, 2], [3, 2, 1, 2], [3, 2, 1, 1, 2]])
  func ranks(dimensions: [Int]) throws {
    try withTemporaryFolder { folder in
      let inputs = try DataFiles.write(DataFiles.idx(dimensions, Array(1...12)), "x", in: folder)
      let labels = try DataFiles.write(classes, "y", in: folder)
      let test = try ImageLabelPaths(
        inputs: DataFiles.write(
          DataFiles.idx([2] + dimensions.dropFirst(), Array(21...28)), "test-x", in: folder),
        labels: DataFiles.write(DataFiles.idx([2], [1, 2]), "test-y", in: folder))
      let splits = try DataFiles.loadIDX(inputs, labels, test: test)
      #expect(splits.train.count == 3 && splits.test.count == 2)
      #expect(splits.test.numbers == (21...28).map(Float.init) && splits.test.labels == [1, 2])
      #expect(splits.train.shape.count == 4)
      #expect(splits.train.shape.isImage == (3...4).contains(dimensions.count))
      #expect(splits.train.numbers == (1...12).map(Float.init))
      #expect(splits.train.labels == [2, 0, 1])
      #expect(splits.outputs == 3)
      guard case .bytes = splits.train.stored.samples else {
        Issue.record("bytes became floats")
        return
      }
    }
  }

  @Test("wider element types are read with their sign and in big-endian order")
  func types() throws {
    try withTemporaryFolder { folder in
      let values: [Float] = [-1, 300, 2]
      let files: [[UInt8]] = [
        DataFiles.idx(type: 0x0B, [3], values.flatMap { DataFiles.bigEndian(Int16($0)) }),
        DataFiles.idx(type: 0x0C, [3], values.flatMap { DataFiles.bigEndian(Int32($0)) }),
        DataFiles.idx(type: 0x0D, [3], values.flatMap { DataFiles.bigEndian($0.bitPattern) }),
        DataFiles.idx(type: 0x0E, [3], values.flatMap { DataFiles.bigEndian(Double($0).bitPattern) }),
      ]
      let labels = try DataFiles.write(classes, "y", in: folder)
      let test = try ImageLabelPaths(
        inputs: DataFiles.write(DataFiles.idx([2], [7, 8]), "test-x", in: folder),
        labels: DataFiles.write(DataFiles.idx([2], [1, 0]), "test-y", in: folder))
      for file in files {
        let inputs = try DataFiles.write(file, "x", in: folder)
        let splits = try DataFiles.loadIDX(inputs, labels, test: test)
        #expect(splits.train.numbers == values)
        #expect(splits.train.shape == .features(1))
        #expect(splits.test.numbers == [7, 8])
      }
      let signed = try DataFiles.write(DataFiles.idx(type: 0x09, [3], [255, 5, 128]), "x", in: folder)
      #expect(try DataFiles.loadIDX(signed, labels, test: test).train.numbers == [-1, 5, -128])
    }
  }

  @Test("files that are empty, no IDX, folders or missing are refused by name")
  func noData() throws {
    try withTemporaryFolder { folder in
      let labels = try DataFiles.write(classes, "y", in: folder)
      let cases: [(String, [UInt8], [String])] = [
        ("empty", [], ["the file is empty"]),
        ("short", [0, 0, 8], ["ends at byte 3", "IDX header"]),
        ("header", Array(pixels.prefix(9)), ["ends at byte 9", "IDX header"]),
        ("text", Array("label,a,b\n".utf8), ["begins with the bytes 6c 61 62 65"]),
        ("type", [0, 0, 7, 1, 0, 0, 0, 1, 5], ["00 00 07 01"]),
        ("rank", [0, 0, 8, 0], ["00 00 08 00"]),
        ("zero", DataFiles.idx([0, 2, 2], []), ["[0, 2, 2]"]),
      ]
      for (name, bytes, words) in cases {
        let path = try DataFiles.write(bytes, name, in: folder)
        for word in words { expectRefusal(path, word) { try DataFiles.loadIDX(path, labels) } }
      }
      expectRefusal(folder.path, "is a folder") { try DataFiles.loadIDX(folder.path, labels) }
      expectRefusal("/nowhere/x", "No such file") { try DataFiles.loadIDX("/nowhere/x", labels) }
      expectRefusal("/dev/null", "not a regular file") { try DataFiles.loadIDX("/dev/null", labels) }
    }
  }

  @Test("a file without permission to read it is refused", .enabled(if: geteuid() != 0, "root may read every file"))
  func unreadable() throws {
    try withTemporaryFolder { folder in
      let labels = try DataFiles.write(classes, "y", in: folder)
      let secret = try DataFiles.write(pixels, "secret", in: folder)
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: secret)
      expectRefusal(secret, "cannot be opened") { try DataFiles.loadIDX(secret, labels) }
    }
  }

  @Test("a body shorter or longer than the header says is refused, plain and gzip")
  func lengths() throws {
    try withTemporaryFolder { folder in
      let labels = try DataFiles.write(classes, "y", in: folder)
      let short = try DataFiles.write(Array(pixels.dropLast()), "short", in: folder)
      expectRefusal(short, "ends after 11 bytes", "12 bytes") { try DataFiles.loadIDX(short, labels) }
      let long = try DataFiles.write(pixels + [0], "long", in: folder)
      expectRefusal(long, "continues after the 12 bytes") { try DataFiles.loadIDX(long, labels) }
      let packedShort = try DataFiles.writeCompressed(Array(pixels.dropLast()), "short.gz", in: folder)
      expectRefusal(packedShort, "ends after 11 bytes") { try DataFiles.loadIDX(packedShort, labels) }
      let packedLong = try DataFiles.writeCompressed(pixels + [0], "long.gz", in: folder)
      expectRefusal(packedLong, "continues after") { try DataFiles.loadIDX(packedLong, labels) }
    }
  }

  @Test("a gzip stream cut at any byte, or with a flipped bit, never loads")
  func damagedGzip() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(seed: 3)
      let body = (0..<4000).map { _ in UInt8.random(in: 0...40, using: &generator) }
      let whole = try DataFiles.writeCompressed(DataFiles.idx([4, 10, 100], body), "x.gz", in: folder)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: whole)))
      let four = try DataFiles.write(DataFiles.idx([4], [0, 1, 1, 0]), "y4", in: folder)
      let test = try ImageLabelPaths(
        inputs: DataFiles.write(DataFiles.idx([1, 10, 100], body.reversed().suffix(1000)), "test-x", in: folder),
        labels: DataFiles.write(DataFiles.idx([1], [1]), "test-y", in: folder))
      let splits = try DataFiles.loadIDX(whole, four, test: test)
      #expect(splits.train.numbers == body.map(Float.init))
      #expect(splits.test.numbers == body.prefix(1000).reversed().map(Float.init))
      for length in [1, 2, 9, 10, 11, 40, bytes.count / 2, bytes.count - 9, bytes.count - 4, bytes.count - 1] {
        let cut = try DataFiles.write(Array(bytes.prefix(length)), "cut", in: folder)
        expectRefusal(cut) { try DataFiles.loadIDX(cut, four) }
      }
      for position in [60, bytes.count / 3, bytes.count / 2, bytes.count - 8, bytes.count - 2] {
        var altered = bytes
        altered[position] ^= 4
        let path = try DataFiles.write(altered, "altered", in: folder)
        expectRefusal(path, "damaged") { try DataFiles.loadIDX(path, four) }
      }
    }
  }

  @Test("a header that claims more than the file can hold takes no memory", arguments: [false, true])
  func absurdHeader(packed: Bool) throws {
    try withTemporaryFolder { folder in
      let labels = try DataFiles.write(classes, "y", in: folder)
      for dimensions in [
        [Int(Int32.max), 28, 28], [4_294_967_295, 4_294_967_295, 4_294_967_295], [1 << 31, 1 << 31, 1 << 31, 8],
        [1_000_000, 28, 28],
      ] {
        let bytes = DataFiles.idx(dimensions, [1, 2, 3])
        let path =
          packed
          ? try DataFiles.writeCompressed(bytes, "x.gz", in: folder) : try DataFiles.write(bytes, "x", in: folder)
        expectRefusal(path, "the header announces", "the file has \(packed ? "" : "\(bytes.count) bytes")") {
          try DataFiles.loadIDX(path, labels)
        }
      }
    }
  }

  @Test("labels that do not fit the samples or each other are refused")
  func labels() throws {
    try withTemporaryFolder { folder in
      let inputs = try DataFiles.write(pixels, "x", in: folder)
      let four = try DataFiles.write(DataFiles.idx([4], [0, 1, 2, 3]), "four", in: folder)
      expectRefusal(four, "4 labels for the 3 samples", inputs) { try DataFiles.loadIDX(inputs, four) }
      let negative = try DataFiles.write(DataFiles.idx(type: 0x09, [3], [0, 255, 1]), "negative", in: folder)
      expectRefusal(negative, "label -1 at entry 1", "0 to 2") {
        try DataFiles.load(
          .idx(
            train: ImageLabelPaths(inputs: inputs, labels: DataFiles.write(classes, "y", in: folder)),
            test: ImageLabelPaths(inputs: inputs, labels: negative)))
      }
      let alike = try DataFiles.write(DataFiles.idx([3], [0, 0, 0]), "alike", in: folder)
      expectRefusal(alike, "every label is 0") { try DataFiles.loadIDX(inputs, alike) }

      let good = try DataFiles.write(classes, "y", in: folder)
      let unseen = try DataFiles.write(DataFiles.idx([3], [0, 3, 1]), "unseen", in: folder)
      expectRefusal(unseen, "label 3 at entry 1", "0 to 2") {
        try DataFiles.load(
          .idx(
            train: ImageLabelPaths(inputs: inputs, labels: good), test: ImageLabelPaths(inputs: inputs, labels: unseen)
          ))
      }
      let flat = try DataFiles.write(DataFiles.idx([3, 4], Array(1...12)), "flat", in: folder)
      expectRefusal(flat, "4 features", "2 × 2 × 1") {
        try DataFiles.load(
          .idx(train: ImageLabelPaths(inputs: inputs, labels: good), test: ImageLabelPaths(inputs: flat, labels: good)))
      }
    }
  }

  @Test("NaN and infinity among the inputs are refused by sample and element", arguments: [Float.nan, .infinity])
  func notFinite(value: Float) throws {
    try withTemporaryFolder { folder in
      let labels = try DataFiles.write(classes, "y", in: folder)
      let numbers: [Float] = [1, 2, 3, value, 5, 6]
      let bytes = DataFiles.idx(type: 0x0D, [3, 2], numbers.flatMap { DataFiles.bigEndian($0.bitPattern) })
      let path = try DataFiles.write(bytes, "x", in: folder)
      expectRefusal(path, "\(value) at element 1 of entry 1") { try DataFiles.loadIDX(path, labels) }
    }
  }
}

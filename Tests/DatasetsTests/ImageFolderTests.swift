import Datasets
import Foundation
import Kernels
import Keys
import Pictures
import Synchronization
import TestSupport
import Testing

@Suite("Image folders") struct ImageFolderTests {
  /// Loads a folder with its cache beside it.
  private func load(
    _ folder: URL, _ keys: [String: JSONValue] = [:], at path: String = "pictures", validationShare: Double = 0,
    splitSeed: UInt64 = 0
  ) throws -> DataSplits {
    var json: [String: JSONValue] = [
      "dataset": "imageFolder", "cache": .string(folder.path + "/cache"), "normalize": "none",
      "path": .string(folder.path + "/" + path), "validationShare": .number(validationShare),
      "splitSeed": .integer(Int(splitSeed)),
    ]
    json.merge(keys) { $1 }
    let findings = Findings(file: "test", overrides: [], issues: [], keyPaths: { [] })
    let data = Section.read(json, at: Place(path: "data", findings: findings), DataConfiguration.keys)
    try #require(findings.issues.map(\.description) == [])
    return try DatasetLoader.load(data, seed: 1)
  }

  private func write(_ folder: URL, _ name: String, _ bytes: [UInt8]) throws {
    try DataFiles.write(bytes, "pictures/" + name, in: folder)
  }

  private func png(_ seed: Int, height: Int = 3, width: Int = 5, channels: Int = 3) -> [UInt8] {
    PictureFiles.png(height: height, width: width, channels: channels, seed: seed)
  }

  private func inputs(_ source: any SampleSource) -> [[Float]] {
    (0..<source.count).map { sample in
      let input = Buffer<Float>(count: source.shape.count)
      source.write(sample, into: input.view)
      return input.array()
    }
  }

  private func pixels(_ seed: Int, channels: Int = 3) -> [Float] {
    PictureFiles.picture(height: 3, width: 5, channels: channels, seed: seed).bytes.map(Float.init)
  }

  private func label(_ source: any SampleSource) -> [Int] { (0..<source.count).map { source.label(of: $0) } }

  @Test(
    "classes and files are in the order of their names' bytes, with what lies deeper, and nothing that systems leave")
  func order() throws {
    try withTemporaryFolder { folder in
      for (index, name) in ["b/2.png", "b/10.PNG", "Z/1.jpeg", "é/1.png", "a/x/y/1.png", "a/w.png"].enumerated() {
        try write(folder, "train/" + name, png(index))
      }
      try write(folder, "test/b/1.png", png(9))
      for name in [
        "train/.DS_Store", "train/b/._2.png", "train/__MACOSX/q/1.png", "train/a/Thumbs.db", "train/.h/1.png",
      ] {
        try write(folder, name, [1])
      }
      try write(folder, "train/b/note.txt", [1])
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("pictures/train/nothing"), withIntermediateDirectories: true)
      let splits = try load(folder)
      #expect(splits.train.classNames == ["Z", "a", "b", "é"])
      #expect(label(splits.train) == [0, 1, 1, 2, 2, 3])
      #expect(inputs(splits.train) == [2, 5, 4, 1, 0, 3].map { pixels($0) })
      #expect(label(splits.test) == [2] && inputs(splits.test) == [pixels(9)])
      #expect(splits.train.shape == .image(height: 3, width: 5, channels: 3))
      let notes = splits.notes.joined(separator: "\n")
      #expect(notes.contains("1 file of type .txt") && notes.contains("nothing has no pictures"))
      // A PNG that is named .jpeg is read as what it is.
      #expect(notes.contains("1 pictures are of another kind"))
    }
  }

  @Test("links are followed, but not in circles; the same picture may stand twice")
  func links() throws {
    try withTemporaryFolder { folder in
      try write(folder, "train/a/1.png", png(1))
      try write(folder, "elsewhere/2.png", png(2))
      try write(folder, "test/a/1.png", png(3))
      let train = folder.path + "/pictures/train"
      let files = FileManager.default
      try files.createSymbolicLink(atPath: train + "/a/up", withDestinationPath: train)
      try files.createSymbolicLink(atPath: train + "/a/more", withDestinationPath: folder.path + "/pictures/elsewhere")
      try files.createSymbolicLink(atPath: train + "/b", withDestinationPath: folder.path + "/pictures/elsewhere")
      let splits = try load(folder)
      #expect(splits.train.classNames == ["a", "b"])
      #expect(inputs(splits.train) == [1, 2, 2].map { pixels($0) })
    }
  }

  @Test("the packed file is used again until a file changes, comes or goes")
  func rebuilding() throws {
    try withTemporaryFolder { folder in
      try write(folder, "train/a/1.png", png(1))
      try write(folder, "train/b/2.png", png(2))
      try write(folder, "test/a/3.png", png(3))
      func packed() throws -> (names: [String], time: Date) {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache")
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/cache/" + names[0])
        return (names, try #require(attributes[.modificationDate] as? Date))
      }
      #expect(inputs(try load(folder).train) == [1, 2].map { pixels($0) })
      let first = try packed()
      #expect(first.names.count == 1)
      #expect(inputs(try load(folder).train) == [1, 2].map { pixels($0) })
      #expect(try packed() == first)
      try write(folder, "train/b/2.png", png(4, height: 3, width: 5))
      #expect(inputs(try load(folder).train) == [1, 4].map { pixels($0) })
      try write(folder, "train/b/1.png", png(5))
      #expect(inputs(try load(folder).train) == [1, 5, 4].map { pixels($0) })
      try FileManager.default.removeItem(atPath: folder.path + "/pictures/train/a/1.png")
      try FileManager.default.removeItem(atPath: folder.path + "/pictures/test/a/3.png")
      try write(folder, "test/b/3.png", png(3))
      #expect(inputs(try load(folder).train) == [5, 4].map { pixels($0) })
      #expect(try packed().names == first.names)
      // A file of the cache that is damaged is made again.
      try DataFiles.write([1, 2, 3], "cache/" + first.names[0], in: folder)
      #expect(inputs(try load(folder).train) == [5, 4].map { pixels($0) })
    }
  }

  @Test("what is broken is refused by name, or skipped and counted")
  func badSamples() throws {
    try withTemporaryFolder { folder in
      for index in 0..<5 { try write(folder, "train/a/\(index).png", png(index)) }
      try write(folder, "test/a/1.png", png(9))
      let whole = png(1)
      let broken: [(String, [UInt8], String)] = [
        ("half.png", Array(whole.prefix(whole.count / 2)), "truncated"), ("empty.jpg", [], "empty"),
        ("page.jpg", Array("<html>".utf8), "HTML"), ("moving.webp", Array("GIF89a".utf8), "GIF"),
      ]
      for (name, bytes, reason) in broken {
        try write(folder, "train/a/" + name, bytes)
        expectRefusal(name, reason, "onBadSample") { try load(folder, ["size": [3, 5]]) }
        expectRefusal(name, reason) { try load(folder) }
        let splits = try load(folder, ["onBadSample": "skip"])
        #expect(inputs(splits.train) == (0..<5).map { pixels($0) })
        #expect(splits.notes.contains { $0.contains("1 of 7 files") && $0.contains(name) && $0.contains(reason) })
        try FileManager.default.removeItem(atPath: folder.path + "/pictures/train/a/" + name)
      }
      try write(folder, "train/b/1.png", [1])
      expectRefusal("\"b\"") { try load(folder, ["onBadSample": "skip"]) }
    }
  }

  @Test("folders that are no image folders are refused with what was found")
  func layouts() throws {
    try withTemporaryFolder { folder in
      expectRefusal("there is no such folder") { try load(folder) }
      try write(folder, "1.png", png(1))
      try write(folder, "2.jpg", png(2))
      expectRefusal("2 pictures right in the folder") { try load(folder, ["testShare": 0.5]) }
      try write(folder, "train/a/1.png", png(1))
      expectRefusal("testShare") { try load(folder) }
      try write(folder, "test/b/1.png", png(2))
      expectRefusal("test/b/1.png", "\"b\"", "\"a\"") { try load(folder) }
      expectRefusal("testShare") { try load(folder, ["testShare": 0.5]) }
      try write(folder, "train/b/1.png", png(2, height: 64, width: 40))
      expectRefusal("2 sizes", "3 × 5", "64 × 40", "\"size\": ") { try load(folder) }
      #expect(try load(folder, ["size": 4]).train.shape == .image(height: 4, width: 4, channels: 3))
    }
  }

  @Test("a folder called train without folders in it is a class of trains")
  func trains() throws {
    try withTemporaryFolder { folder in
      for index in 0..<20 {
        try write(folder, "train/\(index).png", png(index))
        try write(folder, "bus/\(index).png", png(index + 50))
      }
      #expect(try load(folder, ["testShare": 0.3]).train.classNames == ["bus", "train"])
    }
  }

  @Test("shares for test and validation are drawn by name: other files move none")
  func shares() throws {
    try withTemporaryFolder { folder in
      func parts(_ splits: DataSplits) -> [[Float]: Int] {
        var parts: [[Float]: Int] = [:]
        for (part, source) in [splits.train, splits.validation, splits.test].enumerated() {
          for input in source.map(inputs) ?? [] { parts[input] = part }
        }
        return parts
      }
      for index in 0..<200 { try write(folder, "\(index % 3)/\(index).png", png(index)) }
      let first = parts(try load(folder, ["testShare": 0.25], validationShare: 0.125, splitSeed: 5))
      let counts = (0..<3).map { part in first.values.count { $0 == part } }
      // 50 ± 6.1 for the test, 150 · ⅛ ± 4.1 for validation.
      #expect(abs(counts[2] - 50) < 25 && abs(counts[1] - 19) < 16 && counts.reduce(0, +) == 200)
      for index in 200..<230 { try write(folder, "\(index % 3)/0\(index).png", png(index)) }
      try FileManager.default.removeItem(atPath: folder.path + "/pictures/0/0.png")
      let second = parts(try load(folder, ["testShare": 0.25], validationShare: 0.125, splitSeed: 5))
      let moved = first.filter { second[$0.key] != $0.value }
      #expect(moved.count == 1 && moved[pixels(0)] != nil)
      let other = parts(try load(folder, ["testShare": 0.25], validationShare: 0.125, splitSeed: 6))
      #expect(other != second)
    }
  }

  @Test("grey pictures stay grey, unless one has colours or the config says otherwise")
  func colors() throws {
    try withTemporaryFolder { folder in
      try write(folder, "train/a/1.png", png(1, channels: 1))
      try write(folder, "test/a/1.png", png(2, channels: 1))
      let grey = try load(folder)
      #expect(grey.train.shape.channels == 1 && inputs(grey.train) == [pixels(1, channels: 1)])
      let rgb = try load(folder, ["color": "rgb"])
      #expect(inputs(rgb.train) == [pixels(1, channels: 1).flatMap { [$0, $0, $0] }])
      try write(folder, "train/a/2.png", png(3))
      #expect(try load(folder).train.shape.channels == 3)
      #expect(try load(folder, ["color": "grey"]).train.shape.channels == 1)
    }
  }

  @Test("a sample is the middle of what is stored, and prediction makes the same of the file")
  func predictions() throws {
    try withTemporaryFolder { folder in
      for index in 0..<4 {
        try write(folder, "train/\(index % 2)/\(index).png", png(index, height: 17 + 6 * index, width: 31 - 5 * index))
      }
      try write(folder, "test/0/1.png", png(9, height: 40, width: 23))
      let splits = try load(folder, ["size": [7, 9], "resize": 12, "normalize": "standardize"])
      #expect(splits.train.shape == .image(height: 7, width: 9, channels: 3))
      #expect(splits.train.storedShape == .image(height: 12, width: 12, channels: 3))
      let stored = try Picture(decoding: png(2, height: 29, width: 21)).covering(height: 12, width: 12)
      let shown = stored.center(height: 7, width: 9)
      let preprocessing = try #require(splits.preprocessing)
      let expected = Buffer<Float>(count: shown.bytes.count)
      preprocessing.scale.write(shown.bytes.map(Double.init), into: expected.view)
      #expect(inputs(splits.train)[1] == expected.array())

      let written = try JSONEncoder().encode(preprocessing)
      let read = try JSONDecoder().decode(Preprocessing.self, from: written)
      #expect(read == preprocessing)
      var reader = try read.input.reader(of: .path(folder.path + "/pictures/train"), read)
      var found: [[Float]] = []
      var answers: [InputAnswer?] = []
      while let batch = try reader.read(atMost: 3) {
        for index in 0..<batch.count {
          let input = Buffer<Float>(count: read.shape.count)
          try batch.write(index, into: input.view)
          found.append(input.array())
          answers.append(try batch.answer(index))
          #expect(batch.name(index).hasSuffix(".png"))
        }
      }
      #expect(found == inputs(splits.train))
      #expect(answers == [0, 0, 1, 1].map { .label($0) })
    }
  }

  @Test("what cannot be predicted from is refused: a missing file, an empty folder, a broken picture")
  func badPredictions() throws {
    try withTemporaryFolder { folder in
      try write(folder, "train/a/1.png", png(1))
      try write(folder, "test/a/1.png", png(2))
      let preprocessing = try #require(try load(folder).preprocessing)
      func read(_ path: String) throws {
        var reader = try preprocessing.input.reader(of: .path(folder.path + "/" + path), preprocessing)
        let input = Buffer<Float>(count: preprocessing.shape.count)
        while let batch = try reader.read(atMost: 2) { try batch.write(0, into: input.view) }
      }
      try DataFiles.write([9, 9], "broken.png", in: folder)
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
      #expect(throws: DataError.self) { try read("missing.png") }
      #expect(throws: DataError.self) { try read("empty") }
      #expect(throws: DataError.self) { try read("broken.png") }
      try read("pictures/test/a/1.png")
    }
  }

  @Test(
    "the packed pictures are the same for any number of workers, and in memory where the cache cannot be written to")
  func workers() throws {
    try withTemporaryFolder { folder in
      for index in 0..<40 { try write(folder, "\(index % 2)/\(index).png", png(index, height: 9, width: 11)) }
      let layout = try PictureLayout(folder.path + "/pictures").folder()
      var request = LoadingRequest(seed: 0, normalization: .none)
      func bytes(_ name: String) throws -> [UInt8] {
        let path = folder.path + "/" + name
        _ = try PackedPictures(packing: layout, PackingRules(size: PictureSize(height: 8, width: 7)), to: path, request)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      }
      let one = try bytes("one")
      request.forEach = { count, body in DispatchQueue.concurrentPerform(iterations: count, execute: body) }
      #expect(try bytes("many") == one)
      let splits = try load(folder, ["testShare": 0.5, "size": [8, 7]])
      try DataFiles.write([1], "wall", in: folder)
      let inMemory = try load(folder, ["testShare": 0.5, "size": [8, 7], "cache": .string(folder.path + "/wall")])
      #expect(inputs(inMemory.train) == inputs(splits.train) && inputs(inMemory.test) == inputs(splits.test))
      #expect(inMemory.notes.contains { $0.contains("in memory") })
      // The packed file can be named in place of the folder.
      let named = try load(folder, ["testShare": 0.5], at: "one")
      #expect(inputs(named.train) == inputs(splits.train))
      expectRefusal("one", "pack") { try load(folder, ["testShare": 0.5, "color": "grey"], at: "one") }
      for count in [0, 20, 47, 100, 5000, one.count - 1] {
        try DataFiles.write(Array(one.prefix(count)), "cut", in: folder)
        expectRefusal("cut") { try load(folder, ["testShare": 0.5], at: "cut") }
      }
      for place in stride(from: 16, to: 48, by: 3) {
        var altered = one
        altered[place] ^= 0x41
        try DataFiles.write(altered, "altered", in: folder)
        expectRefusal("altered") { try load(folder, ["testShare": 0.5], at: "altered") }
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".partial") }
      #expect(left == [])
    }
  }
}

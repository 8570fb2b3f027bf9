import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

@Suite("NumPy's archives") struct NPZTests {
  /// An archive of `Arrays/make_arrays.py`.
  static func golden(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Arrays/" + name, withExtension: "npz")).path
  }

  private func load(_ source: NPZSource, _ change: (inout LoadingRequest) -> Void = { _ in }) throws -> DataSplits {
    var request = LoadingRequest(seed: 1, normalization: .none)
    change(&request)
    return try source.load(request)
  }

  /// An archive whose arrays are small tables of bytes.
  private func write(_ names: [String], wide: Bool = false, in folder: URL) throws -> String {
    let arrays = names.map { name in
      let isLabels = ["y", "label", "arr_1", "target"].contains { name.lowercased().contains($0) }
      return (
        name: name + ".npy",
        bytes: isLabels
          ? DataFiles.npy("|u1", "(4,)", [0, 1, 1, 0]) : DataFiles.npy("|u1", "(4, 2)", Array(1...8))
      )
    }
    return try DataFiles.write(DataFiles.zip(arrays, wide: wide), "all.npz", in: folder)
  }

  @Test("hold the same numbers in every element type, byte order and memory order")
  func types() throws {
    let path = try Self.golden("types")
    let small: [Float] = [0, 1, 2, 3, 50, 5, 6, 7, 100, 9, 10, 11, 12, 13, 120]
    let bits: [Float] = [0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0]
    var count = 0
    for kind in ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "b1"] {
      for order in ["little_", "big_", ""] where order.isEmpty == (kind == "b1") {
        for layout in ["C", "F"] {
          let name = "\(kind == "b1" ? "bits" : "small")_\(order)\(kind)_\(layout)"
          var source = NPZSource(path: path)
          source.train = ArchivedSplit(inputs: name, labels: "small_little_f8_C")
          source.test = ArchivedSplit(inputs: "small_big_i2_F", labels: "small_big_f4_F")
          let splits = try load(source) { $0.targets = .none }
          #expect(
            splits.train.shape == .features(3) && splits.train.numbers == (kind == "b1" ? bits : small), "\(name)")
          #expect(splits.test.numbers == small && splits.train.values == small && splits.test.values == small)
          count += 1
        }
      }
    }
    #expect(count == 46)
  }

  @Test("of MedMNIST's names and images with channels first load with their validation set")
  func medical() throws {
    let splits = try load(NPZSource(path: Self.golden("medical")))
    func images(_ range: Range<Int>) -> [Float] {
      range.flatMap { n in
        (0..<5).flatMap { y in (0..<6).flatMap { x in (0..<3).map { Float((90 * n + 30 * $0 + 6 * y + x) % 256) } } }
      }
    }
    let validation = try #require(splits.validation)
    #expect(splits.train.shape == .image(height: 5, width: 6, channels: 3))
    #expect(splits.train.numbers == images(0..<6) && splits.train.labels == [0, 1, 2, 0, 1, 2])
    #expect(validation.numbers == images(6..<8) && validation.labels == [2, 0])
    #expect(splits.test.numbers == images(8..<11) && splits.test.labels == [1, 0, 1])
    #expect(splits.notes.count == 1 && splits.notes[0].contains("channels first"))
    #expect(splits.preprocessing?.input == .numbers(NumberForm(isChannelsFirst: true)))
  }

  @Test(
    "give their arrays by name",
    arguments: [
      ["x_train", "y_train", "x_test", "y_test"], ["X_train", "y_train", "X_test", "y_test"],
      ["trainX", "trainY", "testX", "testY"], ["xtrain", "ytrain", "xtest", "ytest"],
      ["train_images", "train_labels", "test_images", "test_labels"],
      ["trainData", "trainTargets", "testData", "testTargets"],
      ["train-features", "train-label", "test-features", "test-label"], ["x", "y", "x_test", "y_test"],
      ["inputs_training", "labels_training", "inputs_te", "labels_te"],
    ], [false, true])
  func names(names: [String], wide: Bool) throws {
    try withTemporaryFolder { folder in
      let path = try write(names + ["extra"], wide: wide, in: folder)
      let splits = try load(NPZSource(path: path))
      #expect(splits.train.numbers == (1...8).map(Float.init) && splits.test.labels == [0, 1, 1, 0])
    }
  }

  @Test("may be one for each set, and give a part for the test")
  func separate() throws {
    try withTemporaryFolder { folder in
      for names in [["x", "y"], ["arr_0", "arr_1"], ["x_train", "y_train"]] {
        let path = try write(names, in: folder)
        var source = NPZSource(path: nil)
        source.train = ArchivedSplit(path: path)
        if names[0] != "x_train" {
          source.test = ArchivedSplit(path: path)
          #expect(try load(source).test.labels == [0, 1, 1, 0])
        }
        source.test = nil
        source.testShare = 0.5
        let splits = try load(source)
        #expect(splits.train.labels.count == 4 && splits.train.count == 2 && splits.test.count == 2)
        #expect(Set([0, 1].map { splits.test.label(of: $0) }).count == 2)
        source.testShare = 0
        expectRefusal(path, "no arrays of a test set", names[0], "testShare") { try load(source) }
      }
      let several = try write(["x", "images", "y", "x_test", "y_test"], in: folder)
      expectRefusal(several, "x, images", "data.train.inputs") { try load(NPZSource(path: several)) }
      let none = try write(["a", "b", "x_test", "y_test"], in: folder)
      expectRefusal(none, "\"a\", \"b\", \"x_test\"", "data.train.inputs") { try load(NPZSource(path: none)) }
      var source = NPZSource(path: none)
      source.train = ArchivedSplit(inputs: "a", labels: "c")
      expectRefusal(none, "no array \"c\"") { try load(source) }
    }
  }

  @Test("are refused where they are cut off, altered, encrypted or no archives")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let whole = try [UInt8](
        Data(contentsOf: URL(fileURLWithPath: write(["x_train", "y_train", "x_test", "y_test"], in: folder))))
      func refuse(_ bytes: [UInt8], _ words: String...) throws {
        let path = try DataFiles.write(bytes, "all.npz", in: folder)
        for word in [path] + words { expectRefusal(word) { try load(NPZSource(path: path)) } }
      }
      for length in [1, 3, 30, 200, whole.count / 2, whole.count - 30, whole.count - 1] {
        try refuse(Array(whole.prefix(length)), "ZIP archive")
      }
      // A bit of the first array's numbers: the last byte before the second local header.
      let second = try #require(
        (4..<whole.count).first { Array(whole[$0..<$0 + 4]) == [0x50, 0x4B, 3, 4] })
      var altered = whole
      altered[second - 1] ^= 1
      try refuse(altered, "checksum", "x_train")
      try refuse([], "the file is empty")
      try refuse(DataFiles.npy("|u1", "(4,)", [0, 1, 1, 0]), "ZIP archive")
      // Bit 0 of the flags, in the local header and in the directory.
      var encrypted = whole
      encrypted[6] |= 1
      let directory = try #require((0..<whole.count).first { Array(whole[$0..<$0 + 4]) == [0x50, 0x4B, 1, 2] })
      encrypted[directory + 8] |= 1
      try refuse(encrypted, "without a password")
      let members = [
        ("x_train.npy", [UInt8]("text".utf8)), ("y_train.npy", [1]), ("x_test.npy", [2]), ("y_test.npy", [3]),
      ]
      try refuse(DataFiles.zip(members), "x_train", "the file ends at byte 4")
    }
    let source = NPZSource(path: "/nowhere/all.npz")
    expectRefusal("/nowhere/all.npz", "No such file") { try load(source) }
  }
}

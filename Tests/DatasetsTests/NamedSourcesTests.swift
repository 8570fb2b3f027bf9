import Foundation
import TestSupport
import Testing

import Datasets

@Suite("EMNIST, KMNIST and CIFAR-100") struct NamedSourcesTests {
  /// Two images of 3 × 3, whose numbers tell their place in the file, and one for the test.
  private func writeEMNIST(_ split: String, labels: [UInt8], in folder: URL, extension ending: String = "") throws {
    for (part, count) in [("train", labels.count), ("test", 1)] {
      let images = DataFiles.idx([count, 3, 3], (0..<9 * count).map { UInt8($0) })
      try DataFiles.write(images, "emnist-\(split)-\(part)-images-idx3-ubyte\(ending)", in: folder)
      let answers = DataFiles.idx([count], Array(labels.prefix(count)))
      try DataFiles.write(answers, "emnist-\(split)-\(part)-labels-idx1-ubyte\(ending)", in: folder)
    }
  }

  @Test("EMNIST's images stand upright: rows of the file are columns of the image")
  func upright() throws {
    try withTemporaryFolder { folder in
      try writeEMNIST("balanced", labels: [46, 0], in: folder)
      let splits = try DataFiles.load(.named(.emnist, path: folder.path))
      #expect(splits.train.numbers == [0, 3, 6, 1, 4, 7, 2, 5, 8, 9, 12, 15, 10, 13, 16, 11, 14, 17])
      #expect(splits.train.labels == [46, 0] && splits.train.classNames[46] == "t" && splits.outputs == 47)
    }
  }

  @Test("EMNIST's letters are numbered from 1 in the files and from 0 here; a label 0 is refused")
  func letters() throws {
    try withTemporaryFolder { folder in
      try writeEMNIST("letters", labels: [1, 26], in: folder)
      let source = DataSource(EMNISTSource(path: folder.path, split: .letters))
      let train = try DataFiles.load(source).train
      #expect(train.labels == [0, 25] && train.classNames.count == 26 && train.classNames[25] == "Z")
      try writeEMNIST("letters", labels: [1, 0], in: folder)
      expectRefusal("emnist-letters-train", "label 0 at entry 1", "from 1 to 26") { try DataFiles.load(source) }
      try writeEMNIST("letters", labels: [1, 27], in: folder)
      expectRefusal("emnist-letters-train", "label 27") { try DataFiles.load(source) }
    }
  }

  @Test("each selection has as many classes as the paper's table II, all named differently")
  func classes() {
    let counts: [EMNISTSplit: Int] = [.letters: 26, .balanced: 47, .digits: 10, .byclass: 62, .bymerge: 47, .mnist: 10]
    for split in EMNISTSplit.allCases {
      #expect(split.classNames.count == counts[split] && Set(split.classNames).count == counts[split])
    }
  }

  @Test("EMNIST is found in the archive's own folder, too")
  func subfolder() throws {
    try withTemporaryFolder { folder in
      let inner = folder.appendingPathComponent("gzip")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      try writeEMNIST("balanced", labels: [1, 2], in: inner, extension: ".gz")
      #expect(try DataFiles.load(.named(.emnist, path: folder.path)).train.count == 2)
    }
  }

  @Test("CIFAR-100's second label is the class, its first the superclass; pixels are as in CIFAR-10")
  func labels() throws {
    try withTemporaryFolder { folder in
      let planes = (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 1024 * 50 + $0 % 7) }
      try DataFiles.write([19, 99] + planes + [0, 5] + planes, "train.bin", in: folder)
      try DataFiles.write([3, 0] + planes, "test.bin", in: folder)
      let fine = try DataFiles.load(.named(.cifar100, path: folder.path))
      #expect(fine.train.labels == [99, 5] && fine.outputs == 100 && fine.train.classNames[99] == "worm")
      #expect(fine.train.classNames == fine.train.classNames.sorted())
      #expect(fine.train.numbers.prefix(6) == [0, 52, 104, 1, 53, 105])
      let coarse = try DataFiles.load(DataSource(CIFAR100Source(path: folder.path, labels: .coarse)))
      #expect(coarse.train.labels == [19, 0] && coarse.outputs == 20 && coarse.train.classNames[19] == "vehicles_2")
      try DataFiles.write([20, 99] + planes, "train.bin", in: folder)
      expectRefusal("train.bin", "label 20 in record 0", "0 to 19") {
        try DataFiles.load(DataSource(CIFAR100Source(path: folder.path, labels: .coarse)))
      }
      try DataFiles.write([1, 100] + planes, "train.bin", in: folder)
      expectRefusal("train.bin", "label 100", "0 to 99") { try DataFiles.load(.named(.cifar100, path: folder.path)) }
      try DataFiles.write([1] + planes, "train.bin", in: folder)
      expectRefusal("train.bin", "3,073 bytes", "3,074") { try DataFiles.load(.named(.cifar100, path: folder.path)) }
    }
  }

  @Test("the folder is data.path, ISOTHERM_DATA, the cache directory of XDG, or the one below the home folder")
  func location() {
    func folder(_ environment: [String: String], path: String? = nil) -> String {
      DataLocation(KMNISTSource.self, path: path, environment: environment).folder
    }
    #expect(folder(["ISOTHERM_DATA": "/data", "XDG_CACHE_HOME": "/cache"], path: "here") == "here")
    #expect(folder(["ISOTHERM_DATA": "/data", "XDG_CACHE_HOME": "/cache"]) == "/data/kmnist")
    #expect(folder(["ISOTHERM_DATA": "", "XDG_CACHE_HOME": "/cache"]) == "/cache/isotherm/kmnist")
    // A relative path in the variable does not count (XDG Base Directory Specification, "Basics").
    for environment in [[:], ["XDG_CACHE_HOME": ""], ["XDG_CACHE_HOME": "relative"]] {
      #expect(folder(environment).hasSuffix("/.cache/isotherm/kmnist") && folder(environment).hasPrefix("/"))
    }
  }

  @Test("a missing data set says which command fetches it, and where to")
  func missing() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/a b"
      expectRefusal(path, "`isotherm data fetch kmnist --to '\(path)'`") {
        try DataFiles.load(.named(.kmnist, path: path))
      }
      for dataset in [NamedDataset.mnist, .fashionMNIST, .emnist, .cifar10, .cifar100] {
        expectRefusal("isotherm data fetch") { try DataFiles.load(.named(dataset, path: path)) }
      }
    }
  }
}

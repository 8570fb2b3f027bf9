import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct DigitsTests {
  @Test("the digits are 1,257 training and 540 test images of 8 × 8 values 0 to 16")
  func facts() throws {
    let splits = try DataFiles.load(.digits)
    #expect(splits.train.count == 1257)
    #expect(splits.test.count == 540)
    #expect(splits.outputs == 10)
    #expect(splits.train.shape == .image(height: 8, width: 8, channels: 1))
    #expect(splits.train.numbers.max() == 16)
    #expect(splits.test.numbers.min() == 0)
    // The first row of the file: a zero, whose first occurrence is no test image.
    #expect(splits.train.labels.prefix(4) == [0, 1, 2, 3])
    #expect(splits.train.numbers.prefix(8) == [0, 0, 5, 13, 9, 1, 0, 0])
    #expect(splits.memoryBytes == 1797 * (64 + 4))
  }

  @Test("both splits together hold the counts of the file, class by class in the same proportion")
  func stratification() throws {
    // awk -F, '{c[$65]++}' over sklearn/datasets/data/digits.csv.gz
    let counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    let splits = try DataFiles.load(.digits)
    for label in 0..<10 {
      let train = splits.train.labels.filter { $0 == label }.count
      let test = splits.test.labels.filter { $0 == label }.count
      #expect(train + test == counts[label])
      #expect(abs(Double(test) - Double(counts[label]) * 540 / 1797) < 1)
    }
  }

  @Test("a class's test images are spread over the file, whose blocks are of different hands")
  func spread() throws {
    let splits = try DataFiles.load(.digits)
    // The same file as a table of all rows.
    let path = try DigitsSource.locate()
    let file = try DataFiles.load(
      .csv(train: path, test: path, CSVConfiguration(header: false, labels: [.index(-1)]))
    ).train
    let images = file.numbers
    let tested = splits.test.numbers
    let test = Set((0..<splits.test.count).map { Array(tested[$0 * 64..<($0 + 1) * 64]) })
    let isTest = (0..<file.count).map { test.contains(Array(images[$0 * 64..<($0 + 1) * 64])) }
    try #require(isTest.count { $0 } == 540)
    for label in 0..<10 {
      let own = zip(file.labels, isTest).filter { $0.0 == label }.map(\.1)
      for first in 0...(own.count - 10) {
        let count = own[first..<first + 10].count { $0 }
        #expect((2...4).contains(count), "\(count) of ten occurrences of \(label) from \(first) on")
      }
    }
  }

  @Test("unit divides the digits by 16")
  func unit() throws {
    let splits = try DatasetLoader.load(DataConfiguration(source: .digits, normalization: .unit), seed: 1)
    #expect(splits.train.stored.normalizer.scale.array() == [1 / 16])
    #expect(splits.train.stored.normalizer.shift.array() == [0])
  }

  @Test("the file is found beside the executable and behind a link to it; where it is missing the error says so")
  func resource() throws {
    try withTemporaryFolder { folder in
      func locate(_ executable: String, environment: [String: String] = [:]) throws -> String {
        let path = folder.appendingPathComponent(executable)
        let name = folder.appendingPathComponent("nowhere/Datasets/Files/X.swift").path
        return try DigitsSource.locate(executable: path, resources: nil, checkout: name, environment: environment)
      }
      expectRefusal("digits.csv.gz", folder.path, "isotherm_Datasets.resources", "$ISOTHERM_DATA/digits") {
        _ = try locate("isotherm")
        return try DataFiles.load(.digits)
      }
      let bundle = folder.appendingPathComponent("bin/isotherm_Datasets.resources")
      try FileManager.default.createDirectory(at: bundle, withIntermediateDirectories: true)
      let file = try DataFiles.write("", "digits.csv.gz", in: bundle)
      try DataFiles.write("", "isotherm", in: folder.appendingPathComponent("bin"))
      #expect(try locate("bin/isotherm") == file)
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("link"), withDestinationURL: folder.appendingPathComponent("bin/isotherm"))
      #expect(
        try URL(fileURLWithPath: locate("link")).resolvingSymlinksInPath().path
          == URL(fileURLWithPath: file).resolvingSymlinksInPath().path)

      // An installation has them in share, which a link to its program leads to as well.
      try DataFiles.write("", "usr/bin/isotherm", in: folder)
      let installed = try DataFiles.write("", "usr/share/isotherm/digits.csv.gz", in: folder)
      #expect(try locate("usr/bin/isotherm") == installed)
      try FileManager.default.createSymbolicLink(
        at: folder.appendingPathComponent("other"),
        withDestinationURL: folder.appendingPathComponent("usr/bin/isotherm"))
      #expect(
        try URL(fileURLWithPath: locate("other")).resolvingSymlinksInPath().path
          == URL(fileURLWithPath: installed).resolvingSymlinksInPath().path)

      let data = folder.appendingPathComponent("data/digits")
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      let own = try DataFiles.write("", "digits.csv.gz", in: data)
      #expect(try locate("isotherm", environment: ["ISOTHERM_DATA": folder.path + "/data"]) == own)
    }
  }
}

import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

@Suite("Labels of arrays") struct ArrayLabelTests {
  /// Labels of `Arrays/labels.npz`, for training and test.
  private func load(_ labels: String, _ task: ArrayTask = .auto, targets: TargetNormalization = .none) throws
    -> DataSplits
  {
    var source = NPZSource(path: try NPZTests.golden("labels"))
    source.train = ArchivedSplit(inputs: "x", labels: labels)
    source.test = source.train
    source.reading = ArrayReading(task: task, layout: .auto)
    var request = LoadingRequest(seed: 1, normalization: .none)
    request.targets = targets
    return try source.load(request)
  }

  /// Whole numbers for training and test, one input a sample.
  private func load(_ training: [Int64], test: [Int64], in folder: URL) throws -> DataSplits {
    func paths(_ labels: [Int64], _ name: String) throws -> ImageLabelPaths {
      ImageLabelPaths(
        inputs: try DataFiles.write(
          DataFiles.npy("|u1", "(\(labels.count), 2)", labels.indices.flatMap { [UInt8($0 % 251), 7] }), name + "-x",
          in: folder),
        labels: try DataFiles.write(
          DataFiles.npy("<i8", "(\(labels.count),)", labels.flatMap { DataFiles.littleEndian($0) }), name + "-y",
          in: folder))
    }
    return try DataFiles.loadNPY(
      paths(training, "train").inputs, paths(training, "train").labels, test: paths(test, "test"))
  }

  private let classes = [2, 0, 1, 1, 0, 2, 2, 0]

  @Test("that are text, one-hot, smoothed or whole real numbers are classes")
  func kinds() throws {
    let text = try load("text")
    #expect(text.train.classNames == ["bird", "cat", "élan"] && text.notes.isEmpty)
    #expect(text.train.labels == classes)
    #expect(try load("bytes").train.classNames == ["bird", "cat", "dog"])
    for (name, word) in [("one_hot", "one-hot"), ("smoothed", "smoothed")] {
      let splits = try load(name)
      #expect(splits.train.labels == classes && splits.train.classNames == ["0", "1", "2"])
      #expect(splits.notes.count == 1 && splits.notes[0].contains(word), "\(splits.notes)")
    }
    #expect(try load("real", .classification).train.labels == classes)
    #expect(try load("flags").train.labels == [1, 0, 1, 0, 1, 0, 1, 0])
    #expect(try load("flags").notes.isEmpty)
  }

  @Test("that are not 0 to n - 1 are classes of the values that occur, which a note says")
  func sparse() throws {
    let sparse = try load("sparse")
    #expect(sparse.train.labels == classes && sparse.train.classNames == ["7", "500", "1000000000"])
    #expect(sparse.notes.count == 1 && sparse.notes[0].contains("from 7 to 1000000000"))
    let signs = try load("signs")
    #expect(signs.train.classNames == ["-1", "1"] && signs.train.labels == [0, 1, 1, 0, 1, 0, 0, 1])
  }

  @Test("that only a test set has are classes between those of training, and refused beyond them")
  func unseen() throws {
    try withTemporaryFolder { folder in
      let splits = try load([0, 1, 3, 1], test: [2, 0], in: folder)
      #expect(splits.train.labels == [0, 1, 3, 1] && splits.test.labels == [2, 0] && splits.outputs == 4)
      #expect(splits.notes.contains { $0.contains("1 of 4 classes occur in the other sets only") })
      expectRefusal("test-y", "label 4 at entry 1", "0, 1, 3", "every class occurs in training") {
        try load([0, 1, 3, 1], test: [0, 4], in: folder)
      }
      expectRefusal("test-y", "label -1 at entry 0", "class numbers 0 to 2") {
        try load([0, 1, 2, 1], test: [-1, 0], in: folder)
      }
      expectRefusal("train-y", "every label is 5", "at least two classes") { try load([5, 5], test: [5], in: folder) }
    }
  }

  @Test("that are whole, in a format of real numbers, are classes where few of them occur often")
  func wholeReals() throws {
    try withTemporaryFolder { folder in
      func load(_ labels: [Double]) throws -> DataSplits {
        let inputs = try DataFiles.write(
          DataFiles.npy("|u1", "(\(labels.count), 1)", labels.indices.map { UInt8($0 % 200) }), "x", in: folder)
        let answers = try DataFiles.write(
          DataFiles.npy("<f8", "(\(labels.count),)", labels.flatMap { DataFiles.littleEndian($0.bitPattern) }), "y",
          in: folder)
        return try DataFiles.loadNPY(inputs, answers)
      }
      // scikit-learn's diabetes has 214 different whole numbers in 442 rows; prices are whole, too.
      let many = try load((0..<442).map { Double(25 + $0 * 7 % 214) })
      #expect(!many.task.isClassification && many.notes.contains { $0.contains("\"task\": \"classification\"") })
      let few = try load((0..<400).map { Double(3 + $0 % 20) })
      #expect(few.outputs == 20 && few.train.classNames[0] == "3" && few.notes.count == 2)
      #expect(try !load((0..<400).map { Double(3 + $0 % 21) }).task.isClassification)
      #expect(try load((0..<400).map { Double($0 % 200) }).outputs == 200)
      #expect(try load([0, 1, 1]).outputs == 2)
      #expect(try !load([0, 1, 2]).task.isClassification)
    }
  }

  @Test("of ten thousand classes up to 10^9 load in little time and memory")
  func many() throws {
    try withTemporaryFolder { folder in
      let values = (0..<10_000).map { Int64(($0 * 99_991) % 1_000_000_007) }
      let splits = try load(values + values, test: [values[77]], in: folder)
      #expect(
        splits.outputs == 10_000 && splits.test.labels.first.map { splits.train.classNames[$0] } == "\(values[77])")
    }
  }

  @Test("are numbers to predict where the config says so, or there are many of them")
  func numbers() throws {
    #expect(try load("fractions").train.values == classes.map { Float($0) + 0.5 })
    #expect(try load("real", .regression).train.values == classes.map(Float.init))
    #expect(try load("one_hot", .regression).outputs == 3)
    let several = try load("several")
    #expect(several.outputs == 2 + 1 && !several.task.isClassification && several.notes[0].contains("not as classes"))
    // Eight samples of three values: each twice on average.
    let real = try load("real")
    #expect(real.train.labels == classes && real.notes[0].contains("\"task\": \"regression\""))
    let standardized = try load("fractions", targets: .standardize)
    let scale = try #require(standardized.targetScale)
    #expect(scale.means == [1.5] && abs(scale.deviations[0] - 0.75.squareRoot()) < 1e-15)
    expectClose(standardized.train.values, classes.map { Float((Double($0) - 1) / 0.75.squareRoot()) }, relative: 1e-6)
  }

  @Test("of the wrong kind are refused")
  func refusals() throws {
    expectRefusal("labels.npz: fractions", "label 2.5 at entry 0") { try load("fractions", .classification) }
    expectRefusal("labels.npz: several", "not one-hot") { try load("several", .classification) }
    expectRefusal("labels.npz: text", "labels that are text") { try load("text", .regression) }
    expectRefusal("labels.npz: objects", "Python objects") { try load("objects") }
    expectRefusal("labels.npz: records", "structured array", "'a'") { try load("records") }
    expectRefusal("labels.npz: huge", "2^63", "entry 0") { try load("huge") }
    expectRefusal("labels.npz: text", "an array of text") {
      var source = NPZSource(path: try NPZTests.golden("labels"))
      source.train = ArchivedSplit(inputs: "text", labels: "flags")
      source.test = source.train
      return try source.load(LoadingRequest(seed: 1, normalization: .none))
    }
  }

  @Test("that are not finite are refused by their place")
  func notFinite() throws {
    try withTemporaryFolder { folder in
      let inputs = try DataFiles.write(DataFiles.npy("|u1", "(2, 2)", [1, 2, 3, 4]), "x", in: folder)
      let bad = [0.5, Float.nan].flatMap { DataFiles.littleEndian($0.bitPattern) }
      let labels = try DataFiles.write(DataFiles.npy("<f4", "(2,)", bad), "y", in: folder)
      expectRefusal(labels, "entry 1 (from 0) is nan") { try DataFiles.loadNPY(inputs, labels) }
      let pairs = try DataFiles.write(DataFiles.npy("<f4", "(2, 1)", bad), "y", in: folder)
      expectRefusal(pairs, "entry 1") { try DataFiles.loadNPY(inputs, pairs) }
    }
  }

  @Test("where inputs belong, or of another set, are found out")
  func swapped() throws {
    try withTemporaryFolder { folder in
      let images = try DataFiles.write(DataFiles.idx([4, 2, 2], Array(1...16)), "images", in: folder)
      let labels = try DataFiles.write(DataFiles.idx([4], [0, 1, 1, 0]), "labels", in: folder)
      expectRefusal(images, "4 samples of 2 × 2 × 1 where labels belong", labels, "swapped") {
        try DataFiles.loadIDX(labels, images)
      }
      let fewImages = try DataFiles.write(DataFiles.idx([2, 2, 2], Array(1...8)), "few-images", in: folder)
      let fewLabels = try DataFiles.write(DataFiles.idx([2], [0, 1]), "few-labels", in: folder)
      expectRefusal(fewLabels, "2 labels for the 4 samples", "exchange the labels of training and test set") {
        try DataFiles.loadIDX(images, fewLabels, test: ImageLabelPaths(inputs: fewImages, labels: labels))
      }
    }
  }
}

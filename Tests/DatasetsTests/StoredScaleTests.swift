import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// Standardised inputs against a standardisation in double precision that is rounded last.
@Suite("Standardising") struct StoredScaleTests {
  /// Inputs of a split as a network sees them, sample by sample.
  private func inputs(_ source: any SampleSource) -> [Float] {
    let inputs = Buffer<Float>(count: source.count * source.shape.count)
    SampleGatherer(source).gather(.samples(0..<source.count), into: .inputs(inputs.view))
    return inputs.array()
  }

  /// (x − mean) ÷ deviation by the training rows, all in double precision.
  private func standardized(_ rows: [[Double]], by training: [[Double]]) -> [Float] {
    let count = Double(training.count)
    var columns: [(mean: Double, deviation: Double)] = []
    for column in training[0].indices {
      // Differences to the first number keep the digits that tell numbers apart, as in any careful computation.
      let first = training[0][column]
      let mean = training.reduce(0) { $0 + ($1[column] - first) } / count
      let square = training.reduce(0) { sum, row in
        let difference = (row[column] - first) - mean
        return sum + difference * difference
      }
      columns.append((mean, (square / count).squareRoot()))
    }
    return rows.flatMap { row in
      row.indices.map { Float(((row[$0] - training[0][$0]) - columns[$0].mean) / columns[$0].deviation) }
    }
  }

  /// Numbers that single precision holds badly, by kind; every one has 15 digits at most, so that its text is exact.
  private static let kinds:
    [(name: String, training: ClosedRange<Int>, test: ClosedRange<Int>, unit: Double, origin: Double)] = [
      ("milliseconds of 90 s", 0...90_000, 20_000...200_000, 1, 1_764_000_000_000),
      ("UTM metres", -80...80, -200...300, 0.01, 5_400_000),
      ("the 1e-42s", 1...60, 5...900, 1e-43, 0),
      ("integers about 16 million", 0...7, 3...20, 1, 16_000_000),
      ("the 1e30s", 1...60, 5...90, 1e29, 0),
      ("large and negative", 0...50, -50...100, 0.001, -7_654_321),
    ]

  private func rows(_ kind: Int, _ count: Int, test: Bool, seed: UInt64) -> [[Double]] {
    let kind = Self.kinds[kind]
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let step = Int.random(in: test ? kind.test : kind.training, using: &generator)
      // A decimal number as a file has it, read as anyone reads it.
      let scaled = kind.unit < 1e-20 || kind.unit > 1e20
      let number = scaled ? Double(step) * kind.unit : Double(String(kind.origin + Double(step) * kind.unit))!
      return [number, Double(Int.random(in: 0...9, using: &generator))]
    }
  }

  private func expectStandardized(
    _ splits: DataSplits, _ training: [[Double]], _ test: [[Double]], _ comment: String
  ) {
    let found = inputs(splits.train) + inputs(splits.test)
    let expected = standardized(training, by: training) + standardized(test, by: training)
    for (index, pair) in zip(found, expected).enumerated() where abs(pair.0 - pair.1) > 3e-6 * max(1, abs(pair.1)) {
      Issue.record("\(comment): element \(index) is \(pair.0), in double precision \(pair.1)")
      return
    }
  }

  @Test(
    "both splits of a table are what the training set's statistics make of them in double precision",
    arguments: kinds.indices)
  func tables(kind: Int) throws {
    let (training, test) = (rows(kind, 200, test: false, seed: 1), rows(kind, 70, test: true, seed: 2))
    try withTemporaryFolder { folder in
      func write(_ rows: [[Double]], _ name: String) throws -> String {
        let lines = rows.enumerated().map { "\($1[0]),\($1[1]),\($0 % 2 == 0 ? "a" : "b")\n" }
        return try DataFiles.write("x,digit,label\n" + lines.joined(), name, in: folder)
      }
      let source = DataSource.csv(
        train: try write(training, "train.csv"), test: try write(test, "test.csv"),
        CSVConfiguration(labels: [.name("label")]))
      expectStandardized(try DataFiles.load(source), training, test, Self.kinds[kind].name)
    }
  }

  @Test("so are both splits of arrays of doubles, floats and integers", arguments: ["<f8", ">f8", "<f4", "<i8", "<i4"])
  func arrays(type: String) throws {
    // Whole numbers that each type holds; for floats, with a mean of a million deviations.
    let origin = type == "<f4" || type == "<i4" ? 10_000_000.0 : 1_764_000_000_000
    var generator = SeededGenerator(seed: 4)
    func rows(_ count: Int, _ range: ClosedRange<Int>) -> [[Double]] {
      (0..<count).map { _ in
        [origin + Double(Int.random(in: range, using: &generator)), Double(Int.random(in: -3...3, using: &generator))]
      }
    }
    let (training, test) = (rows(90, 0...12), rows(31, 5...40))
    func bytes(_ number: Double) -> [UInt8] {
      switch type {
      case "<f8": DataFiles.littleEndian(number.bitPattern)
      case ">f8": DataFiles.bigEndian(number.bitPattern)
      case "<f4": DataFiles.littleEndian(Float(number).bitPattern)
      case "<i8": DataFiles.littleEndian(Int64(number))
      default: DataFiles.littleEndian(Int32(number))
      }
    }
    try withTemporaryFolder { folder in
      func paths(_ rows: [[Double]], _ name: String) throws -> ImageLabelPaths {
        let labels = rows.indices.map { UInt8($0 % 2) }
        return ImageLabelPaths(
          inputs: try DataFiles.write(
            DataFiles.npy(type, "(\(rows.count), 2)", rows.flatMap { $0.flatMap(bytes) }), name + "-x.npy", in: folder),
          labels: try DataFiles.write(DataFiles.npy("|u1", "(\(rows.count),)", labels), name + "-y.npy", in: folder))
      }
      let splits = try DataFiles.load(.npy(train: try paths(training, "train"), test: try paths(test, "test")))
      expectStandardized(splits, training, test, type)
    }
  }

  @Test("whole numbers beyond those that doubles hold one by one are said")
  func beyondDoubles() throws {
    try withTemporaryFolder { folder in
      let labels = try DataFiles.write(DataFiles.npy("|u1", "(3,)", [0, 1, 0]), "y.npy", in: folder)
      for (largest, isSaid) in [(Int64(1) << 53 - 1, false), (1 << 53 + 1, true)] {
        let inputs = try DataFiles.write(
          DataFiles.npy("<i8", "(3, 1)", [5, 6, largest].flatMap { DataFiles.littleEndian($0) }), "x.npy", in: folder)
        let notes = try DataFiles.loadNPY(inputs, labels).notes
        #expect(notes.contains { $0.contains("whole numbers beyond 2^53 are rounded") } == isSaid, "\(notes)")
      }
    }
  }

  @Test("a label outside the classes of a data set that a program makes stops it there, not in the first evaluation")
  func labelOutside() async {
    for label in [Int32(-1), 3] {
      await #expect(processExitsWith: .failure) { [label = label as Int32] in
        _ = Dataset(
          name: "mine", shape: .features(1), samples: .floats(Buffer([1, 2])),
          targets: .classes(Buffer([0, label]), count: 3))
      }
    }
    await #expect(processExitsWith: .success) {
      _ = Dataset(
        name: "mine", shape: .features(1), samples: .floats(Buffer([1, 2])),
        targets: .classes(Buffer([0, 2]), count: 3))
    }
  }

  @Test("bytes of images are standardised by the training set too")
  func images() throws {
    try withTemporaryFolder { folder in
      func paths(_ pixels: [UInt8], _ name: String) throws -> ImageLabelPaths {
        ImageLabelPaths(
          inputs: try DataFiles.write(DataFiles.idx([2, 2, 2], pixels), name + "-x", in: folder),
          labels: try DataFiles.write(DataFiles.idx([2], [0, 1]), name + "-y", in: folder))
      }
      let (training, test): ([UInt8], [UInt8]) = (
        [0, 10, 20, 30, 40, 50, 60, 70], [200, 210, 220, 255, 200, 201, 202, 203]
      )
      let splits = try DataFiles.load(.idx(train: try paths(training, "train"), test: try paths(test, "test")))
      expectStandardized(splits, training.map { [Double($0)] }, test.map { [Double($0)] }, "bytes")
    }
  }

  @Test("numbers that floats hold well are stored as they are")
  func ordinary() throws {
    try withTemporaryFolder { folder in
      // Few ones among zeros have a mean far below their deviation: large after standardising, but not coarse.
      let table = (0..<3000).map { "\(Double($0 % 50) / 10),\($0 == 7 ? 1 : 0),-1e15,\($0 % 2)\n" }.joined()
      let path = try DataFiles.write(table, "t.csv", in: folder)
      let splits = try DataFiles.load(
        .csv(train: path, test: path, CSVConfiguration(labels: [.index(-1)], regression: false)))
      #expect(splits.train.stored.storedScale == nil && splits.test.stored.storedScale == nil)
      #expect(splits.train.numbers.prefix(6) == [0, 0, -1e15, 0.1, 0, -1e15])
      #expect(splits.notes.isEmpty)
    }
  }

  @Test("a column that differs by double precision's own noise is constant, so that it becomes 0")
  func noise() throws {
    try withTemporaryFolder { folder in
      let numbers = ["0.3", "0.30000000000000004", "0.3", "0.29999999999999999"]
      let table = numbers.enumerated().map { "\($1),\($0),\($0 % 2)\n" }.joined()
      let path = try DataFiles.write(table, "t.csv", in: folder)
      let splits = try DataFiles.load(
        .csv(train: path, test: path, CSVConfiguration(labels: [.index(-1)], regression: false)))
      let found = inputs(splits.train)
      #expect(stride(from: 0, to: found.count, by: 2).allSatisfy { found[$0] == 0 })
    }
  }

  @Test("without standardising numbers stay what they are, and lost digits are said with file and column")
  func unchanged() throws {
    try withTemporaryFolder { folder in
      let table = "t,x,label\n" + (0..<40).map { "\(1_764_000_000_000 + $0 * 700),\($0),\($0 % 2)\n" }.joined()
      let path = try DataFiles.write(table, "t.csv", in: folder)
      func splits(_ normalization: Normalization, regression: Bool = false) throws -> DataSplits {
        var data = DataConfiguration(
          source: .csv(
            train: path, test: path,
            CSVConfiguration(labels: [.name(regression ? "t" : "label")], regression: regression)),
          normalization: normalization)
        data.targets = .none
        return try DatasetLoader.load(data, seed: 1)
      }
      for normalization in [Normalization.none, .unit] {
        let splits = try splits(normalization)
        #expect(splits.train.stored.storedScale == nil)
        #expect(splits.train.numbers[2] == Float(1_764_000_000_700))
        #expect(splits.notes.count == 1)
        #expect(splits.notes.first?.contains("t.csv: column \"t\" loses digits") == true, "\(splits.notes)")
      }
      #expect(try splits(.standardize).notes.isEmpty)
      // Targets that are not standardised.
      let notes = try splits(.standardize, regression: true).notes
      #expect(notes.contains { $0.contains("target column 0 (\"t\") loses digits") }, "\(notes)")
    }
  }

  @Test("a cell that no network can compute with is refused by file, row and column, whatever the normalisation")
  func beyond() throws {
    try withTemporaryFolder { folder in
      let good = "a,b,label\n1,0.5,x\n2,0.25,y\n3,0.75,x\n"
      let train = try DataFiles.write(good, "train.csv", in: folder)
      for (cell, normalization) in [("-3.4e38", Normalization.standardize), ("1e30", .standardize), ("-3.4e38", .none)]
      {
        let test = try DataFiles.write("a,b,label\n1,0.5,x\n2,\(cell),y\n", "test.csv", in: folder)
        expectRefusal("test.csv", "in column \"b\" of row 3", "which data.normalize makes", "missing number") {
          try DatasetLoader.load(
            DataConfiguration(
              source: .csv(train: train, test: test, CSVConfiguration(labels: [.name("label")])),
              normalization: normalization), seed: 1)
        }
      }
      // A training column of 1e-42s cannot hold a test cell of 1 either.
      let tiny = try DataFiles.write("a,b,label\n1,1e-42,x\n2,3e-42,y\n3,2e-42,x\n", "tiny.csv", in: folder)
      expectRefusal("train.csv", "\"0.5\" in row 2, column 1 (\"b\")", "in the range of the training table's") {
        try DataFiles.load(.csv(train: tiny, test: train, CSVConfiguration(labels: [.name("label")])))
      }
    }
  }
}

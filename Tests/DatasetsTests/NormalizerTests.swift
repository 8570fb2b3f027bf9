import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct NormalizerTests {
  /// All training inputs as a network sees them.
  private func inputs(_ splits: DataSplits) -> [Float] {
    let dataset = splits.train
    let inputs = Buffer<Float>(count: dataset.count * dataset.shape.count)
    SampleGatherer(dataset).gather(.samples(0..<dataset.count), into: .inputs(inputs.view))
    return inputs.view.array()
  }

  /// A table, and its first row as the test table, whose statistics are others.
  private func table(_ text: String, _ normalization: Normalization, regression: Bool = false) throws -> DataSplits {
    try withTemporaryFolder { folder in
      let train = try DataFiles.write(text, "train.csv", in: folder)
      let test = try DataFiles.write(String(text.prefix { $0 != "\n" }) + "\n", "test.csv", in: folder)
      let configuration = CSVConfiguration(labels: [.index(-1)], regression: regression)
      var data = DataConfiguration(
        source: .csv(train: train, test: test, configuration), normalization: normalization)
      data.targets = .none
      return try DatasetLoader.load(data, seed: 1)
    }
  }

  @Test("standardize gives each column mean 0 and deviation 1; a constant column becomes 0")
  func columns() throws {
    let splits = try table("1,0.1,1000,5\n2,0.1,1001,7\n4,0.1,1002,6\n", .standardize, regression: true)
    let x = inputs(splits)
    let first = [-4, -1, 5].map { Float($0) / Float(14).squareRoot() }
    let last = [-1, 0, 1].map { Float($0) * Float(1.5).squareRoot() }
    expectClose(x, (0..<3).flatMap { [first[$0], 0, last[$0]] }, relative: 1e-4)
    #expect(splits.train.values == [5, 7, 6])
    // 0.1 is no exact number: its mean over three rows must still be itself.
    #expect(splits.train.stored.normalizer.scale[1] == 1)
  }

  @Test("standardize gives each channel of images mean 0 and deviation 1")
  func channels() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(seed: 8)
      var pixels: [UInt8] = []
      for _ in 0..<5 * 5 * 4 {
        pixels += [
          UInt8.random(in: 0...255, using: &generator), 7, UInt8.random(in: 200...255, using: &generator),
        ]
      }
      let images = try DataFiles.write(DataFiles.idx([5, 5, 4, 3], pixels), "x", in: folder)
      let labels = try DataFiles.write(DataFiles.idx([5], [0, 1, 0, 1, 0]), "y", in: folder)
      let test = try ImageLabelPaths(
        inputs: DataFiles.write(DataFiles.idx([1, 5, 4, 3], Array(repeating: 99, count: 60)), "test-x", in: folder),
        labels: DataFiles.write(DataFiles.idx([1], [1]), "test-y", in: folder))
      let x = inputs(try DataFiles.loadIDX(images, labels, test: test))
      for (channel, deviation) in [(0, 1.0), (1, 0.0), (2, 1.0)] {
        let values = stride(from: channel, to: x.count, by: 3).map { Double(x[$0]) }
        let mean = values.reduce(0, +) / Double(values.count)
        let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        #expect(abs(mean) < 1e-5)
        #expect(abs(square - deviation) < 1e-4)
      }
    }
  }

  @Test("unit divides bytes by 255 and leaves other numbers; none leaves all")
  func unitAndNone() throws {
    try withTemporaryFolder { folder in
      let images = try DataFiles.write(DataFiles.idx([2, 2], [0, 255, 51, 102]), "x", in: folder)
      let labels = try DataFiles.write(DataFiles.idx([2], [0, 1]), "y", in: folder)
      let paths = ImageLabelPaths(inputs: images, labels: labels)
      let test = try ImageLabelPaths(
        inputs: DataFiles.write(DataFiles.idx([1, 2], [7, 9]), "test-x", in: folder),
        labels: DataFiles.write(DataFiles.idx([1], [1]), "test-y", in: folder))
      func splits(_ normalization: Normalization) throws -> DataSplits {
        try DatasetLoader.load(
          DataConfiguration(source: .idx(train: paths, test: test), normalization: normalization), seed: 1)
      }
      expectClose(inputs(try splits(.unit)), [0, 1, 0.2, 0.4])
      #expect(inputs(try splits(.none)) == [0, 255, 51, 102])
    }
    #expect(inputs(try table("0.5,x\n-3,y\n", .unit)) == [0.5, -3])
    #expect(inputs(try table("0.5,x\n-3,y\n", .none)) == [0.5, -3])
  }
}

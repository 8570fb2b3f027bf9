import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// Loads of training and test files that differ in number, range and labels, whatever their format.
@Suite("Training and test files")
struct SplitFilesTests {
  enum Format: String, CaseIterable {
    case idx, npy, csv, csvRegression, fashionMNIST, cifar10

    var isTable: Bool { self == .csv || self == .csvRegression }
    /// Numbers of one sample.
    var width: Int { self == .cifar10 ? 3 * 1024 : 4 }
    var channels: Int { self == .cifar10 ? 3 : isTable ? 4 : 1 }
  }

  /// The samples of one split, [height, width, channels] each, and a class or value for each.
  private struct Split {
    var samples: [[UInt8]]
    var labels: [UInt8]

    init(_ format: Format, labels: [UInt8], from range: ClosedRange<UInt8>) {
      var generator = SeededGenerator(seed: UInt64(range.lowerBound))
      samples = labels.map { _ in (0..<format.width).map { _ in UInt8.random(in: range, using: &generator) } }
      self.labels = labels
    }

    var bytes: [UInt8] { samples.flatMap(\.self) }
    var rows: String {
      zip(samples, labels).map { ($0 + [$1]).map { "\($0)" }.joined(separator: ",") + "\n" }.joined()
    }

    /// CIFAR's records: the label, then a plane a channel.
    var records: [[UInt8]] {
      zip(samples, labels).map { sample, label in
        [label] + (0..<3).flatMap { channel in (0..<1024).map { sample[3 * $0 + channel] } }
      }
    }
  }

  private func splits(_ format: Format) -> (train: Split, test: Split) {
    (
      Split(format, labels: [1, 0, 2, 1, 0], from: 0...100), Split(format, labels: [2, 2, 1], from: 120...250)
    )
  }

  private func load(_ format: Format, _ normalization: Normalization) throws -> DataSplits {
    let (train, test) = splits(format)
    return try withTemporaryFolder { folder in
      func write(_ bytes: [UInt8], _ name: String) throws -> String { try DataFiles.write(bytes, name, in: folder) }
      func idx(_ split: Split, _ images: String, _ labels: String) throws -> ImageLabelPaths {
        ImageLabelPaths(
          inputs: try write(DataFiles.idx([split.labels.count, 2, 2], split.bytes), images),
          labels: try write(DataFiles.idx([split.labels.count], split.labels), labels))
      }
      func npy(_ split: Split, _ name: String) throws -> ImageLabelPaths {
        let count = split.labels.count
        return ImageLabelPaths(
          inputs: try write(DataFiles.npy("|u1", "(\(count), 2, 2)", split.bytes), name + "-x"),
          labels: try write(DataFiles.npy("|u1", "(\(count),)", split.labels), name + "-y"))
      }
      let source: DataSource
      switch format {
      case .idx: source = .idx(train: try idx(train, "a", "b"), test: try idx(test, "c", "d"))
      case .npy: source = .npy(train: try npy(train, "train"), test: try npy(test, "test"))
      case .csv, .csvRegression:
        source = .csv(
          train: try DataFiles.write(train.rows, "train.csv", in: folder),
          test: try DataFiles.write(test.rows, "test.csv", in: folder),
          CSVConfiguration(labels: [.index(-1)], regression: format == .csvRegression))
      case .fashionMNIST:
        _ = try idx(train, "train-images-idx3-ubyte", "train-labels-idx1-ubyte")
        _ = try idx(test, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
        source = .named(.fashionMNIST, path: folder.path)
      case .cifar10:
        for (index, record) in train.records.enumerated() { _ = try write(record, "data_batch_\(index + 1).bin") }
        _ = try write(test.records.flatMap(\.self), "test_batch.bin")
        source = .named(.cifar10, path: folder.path)
      }
      var data = DataConfiguration(source: source, normalization: normalization)
      data.targets = .none
      return try DatasetLoader.load(data, seed: 1)
    }
  }

  @Test("each split holds what its own files hold", arguments: Format.allCases)
  func ownFiles(format: Format) throws {
    let loaded = try load(format, .none)
    let (train, test) = splits(format)
    for (dataset, split) in [(loaded.train, train), (loaded.test, test)] {
      #expect(dataset.numbers == split.bytes.map(Float.init), "\(format)")
      if format == .csvRegression {
        #expect(dataset.values == split.labels.map(Float.init))
      } else {
        #expect(dataset.labels == split.labels.map(Int.init))
      }
    }
  }

  @Test("both splits are standardised by the training set's mean and deviation", arguments: Format.allCases)
  func trainingStatistics(format: Format) throws {
    let loaded = try load(format, .standardize)
    let (train, test) = splits(format)
    let statistics = (0..<format.channels).map { channel in
      let values = stride(from: channel, to: train.bytes.count, by: format.channels).map { Double(train.bytes[$0]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return (mean: mean, deviation: variance.squareRoot())
    }
    for (dataset, split) in [(loaded.train, train), (loaded.test, test)] {
      let inputs = Buffer<Float>(count: dataset.count * format.width)
      SampleGatherer(dataset).gather(.samples(0..<dataset.count), into: .inputs(inputs.view))
      let expected = split.bytes.enumerated().map { place, number in
        let channel = statistics[place % format.channels]
        return Float((Double(number) - channel.mean) / channel.deviation)
      }
      expectClose(inputs.view.array(), expected, relative: 1e-6, "\(format)")
    }
  }
}

import Kernels
import Keys

/// `"dataset": "synthetic"`: classes around random means, made from the seed.
package struct SyntheticSource: DataSourceKind {
  /// [H, W, C] or [D].
  package let shape: [Int]
  package let classes: Int
  /// Samples of the training set.
  let samples: Int
  let testSamples: Int

  package static let name = "synthetic"
  package static let about = "Samples made from the seed."

  package static func keys(_ section: Section, _ value: SyntheticSource?) -> SyntheticSource {
    let shape = section.required(
      "shape", value?.shape, .list(of: .integer(1...Limit.width), "sizes", count: 1...3),
      "Shape of a sample: [height, width, channels] of an image, or [features].")
    section.check(
      "shape", shape.count != 2 && shape.reduce(1, *) <= Limit.sample,
      """
      found \(shape); allowed: [height, width, channels] or [features], with at most \
      \((1...Limit.sample).phrase.split(separator: " ").last!) values
      """)
    return SyntheticSource(
      shape: shape,
      classes: section.key("classes", value?.classes, .integer(2...Limit.width), default: 10, "Number of classes."),
      samples: section.key("samples", value?.samples, .count, default: 10000, "Samples of the training set."),
      testSamples: section.key("testSamples", value?.testSamples, .count, default: 1000, "Samples of the test set."))
  }

  package var mayBeImages: Bool { shape.count == 3 }
  package var isMadeFromSeed: Bool { true }

  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let made = SyntheticSamples(shape: SampleShape(dimensions: shape), classes: classes, seed: request.seed)
    let (train, test) = try made.splits(samples: samples, testSamples: testSamples, progress: request.progress)
    return try request.normalized(train: train, test: test)
  }
}

extension DataSource {
  /// Made from the seed: `shape` [H, W, C] or [D]; `samples` for training, `testSamples` for the test set.
  public static func synthetic(shape: [Int], classes: Int, samples: Int, testSamples: Int) -> DataSource {
    DataSource(SyntheticSource(shape: shape, classes: classes, samples: samples, testSamples: testSamples))
  }
}

/// Samples made from a seed: a mean for each class, and noise around it.
///
/// Elements of a mean are independent, of deviation 4 ÷ √(2D) for D elements, so that two classes lie about 4 apart
/// whatever D is; the noise has deviation 1. A linear model separates two classes to about 2 % error. Normal numbers
/// are sums of four random bytes (Irwin–Hall): exact in integers, so the samples are the same on every machine.
struct SyntheticSamples {
  let shape: SampleShape
  let classes: Int
  private let philox: Philox

  init(shape: SampleShape, classes: Int, seed: UInt64) {
    self.shape = shape
    self.classes = classes
    philox = Philox(seed: seed, purpose: .synthetic)
  }

  /// A training and a test set of different samples around the same means. Sample i has class i mod `classes`.
  func splits(
    samples: Int, testSamples: Int, progress: (LoadingProgress) -> Void
  ) throws(DataError) -> (train: Dataset, test: Dataset) {
    for count in [samples, testSamples] {
      let dimensions = [count, shape.height, shape.width, shape.channels]
      try MemoryDemand(dimensions: dimensions, elementBytes: MemoryLayout<Float>.stride)
        .requireMemory(file: "synthetic")
    }
    // Few samples of many classes need few means.
    let occurring = min(classes, max(samples, testSamples))
    let means = Buffer<Float>(count: occurring * shape.count)
    let meanDeviation = 4 / Float(2 * shape.count).squareRoot()
    for label in 0..<occurring {
      let mean = means.view[label * shape.count..<(label + 1) * shape.count]
      fill(mean, stream: 0, index: label) { $0 * meanDeviation }
    }
    return (
      split(samples, stream: 1, means: means.view, progress: progress),
      split(testSamples, stream: 2, means: means.view, progress: progress)
    )
  }

  private func split(
    _ count: Int, stream: UInt32, means: Floats, progress: (LoadingProgress) -> Void
  ) -> Dataset {
    let samples = Buffer<Float>(count: count * shape.count)
    let labels = Buffer<Int32>(count: count)
    let reportEvery = max(1, (1 << 20) / shape.count)
    for index in 0..<count {
      let label = index % classes
      labels.view[index] = Int32(label)
      let mean = means[label * shape.count..<(label + 1) * shape.count]
      let sample = samples.view[index * shape.count..<(index + 1) * shape.count]
      fill(sample, stream: stream, index: index) { $0 }
      for element in sample.indices { sample[element] += mean[element] }
      if (index + 1).isMultiple(of: reportEvery) || index + 1 == count {
        progress(LoadingProgress(file: "synthetic", fraction: Double(index + 1) / Double(count)))
      }
    }
    return Dataset(
      name: "synthetic", shape: shape, samples: .floats(samples), targets: .classes(labels, count: classes))
  }

  /// Fills with about normal numbers, four a Philox block.
  private func fill(_ values: Floats, stream: UInt32, index: Int, _ scaled: (Float) -> Float) {
    for first in stride(from: 0, to: values.count, by: 4) {
      let words = philox.block(stream, word(index), word(first / 4))
      for lane in 0..<min(4, values.count - first) { values[first + lane] = scaled(Self.normal(words[lane])) }
    }
  }

  /// The sum of a word's bytes, centred, over its deviation √(4 · (256² − 1) ÷ 12).
  static func normal(_ word: UInt32) -> Float {
    let sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24)
    return (Float(sum) - 510) / 147.8005
  }
}

import Datasets
import Kernels
import Testing

@Suite struct SyntheticTests {
  private func load(_ shape: [Int], seed: UInt64 = 1, samples: Int = 1000, classes: Int = 4) throws -> DataSplits {
    let source = DataSource.synthetic(shape: shape, classes: classes, samples: samples, testSamples: 401)
    return try DatasetLoader.load(DataConfiguration(source: source, normalization: .none), seed: seed)
  }

  @Test("the same seed gives the same samples, another seed others, and the test set is no copy")
  func seeds() throws {
    let splits = try load([7])
    #expect(splits.train.numbers == (try load([7]).train.numbers))
    #expect(splits.train.numbers != (try load([7], seed: 2).train.numbers))
    #expect(splits.train.numbers.prefix(7) != splits.test.numbers.prefix(7))
    #expect(splits.train.count == 1000)
    #expect(splits.test.count == 401)
    // More samples do not change the first ones.
    #expect(try load([7], samples: 1100).train.numbers.prefix(7000) == splits.train.numbers[...])
  }

  @Test("shapes [D] and [H, W, C] are features and images")
  func shapes() throws {
    #expect(try load([5]).train.shape == .features(5))
    #expect(try load([3, 4, 2]).train.shape == .image(height: 3, width: 4, channels: 2))
  }

  @Test(
    "the nearest mean of the training set finds most classes of the test set, but not all",
    arguments: [[6], [9, 5, 1]])
  func learnable(shape: [Int]) throws {
    let splits = try load(shape, samples: 4000)
    let width = splits.train.shape.count
    var means = Array(repeating: Array(repeating: Float(0), count: width), count: 4)
    let train = splits.train.numbers
    for (sample, label) in splits.train.labels.enumerated() {
      for element in 0..<width { means[label][element] += train[sample * width + element] / 1000 }
    }
    let test = splits.test.numbers
    let right = splits.test.labels.enumerated().filter { sample, label in
      let distances = means.map { mean in
        (0..<width).reduce(Float(0)) {
          let difference = test[sample * width + $1] - mean[$1]
          return $0 + difference * difference
        }
      }
      return distances[label] == distances.min()
    }.count
    #expect((340..<401).contains(right))
  }

  @Test("the means of two classes lie 4 apart, in the mean square over many classes", arguments: [[8], [3, 3, 2]])
  func distance(shape: [Int]) throws {
    let (classes, each) = (300, 40)
    let splits = try load(shape, samples: classes * each, classes: classes)
    let width = splits.train.shape.count
    var means = [[Double]](repeating: [Double](repeating: 0, count: width), count: classes)
    let numbers = splits.train.numbers
    for (sample, label) in splits.train.labels.enumerated() {
      for element in 0..<width { means[label][element] += Double(numbers[sample * width + element]) / Double(each) }
    }
    var squares = 0.0
    for label in 1..<classes {
      squares += zip(means[label], means[label - 1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    // The noise of two means of 40 samples adds 2D ÷ 40. A mean over 299 pairs is known to 5 % and less.
    let found = squares / Double(classes - 1) - Double(2 * width) / Double(each)
    #expect(abs(found / 16 - 1) < 0.2, "\(found)")
  }

  @Test("the noise has mean 0 and deviation 1")
  func noise() throws {
    let splits = try load([1], samples: 40_000, classes: 1)
    let values = splits.train.numbers.map(Double.init)
    let mean = values.reduce(0, +) / 40_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000
    // The variance of an Irwin–Hall sum of four is known to about 0.6 % from 40,000 samples.
    #expect(abs(variance - 1) < 0.03)
  }

  @Test("more samples than memory are refused, and so is augmenting features")
  func refusals() {
    expectRefusal("synthetic", "1,000,000,000,000 × 9", "memory") { try load([9, 9, 3], samples: 1_000_000_000_000) }
    expectRefusal("more bytes than can be counted") { try load([9, 9], samples: .max) }
    expectRefusal("synthetic", "5 features", "data.augment") {
      let source = DataSource.synthetic(shape: [5], classes: 2, samples: 10, testSamples: 10)
      return try DatasetLoader.load(DataConfiguration(source: source, augmentations: [.flip]), seed: 1)
    }
  }
}

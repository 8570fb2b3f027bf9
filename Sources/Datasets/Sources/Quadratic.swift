import Kernels
import Keys

/// A problem whose training loss is known in closed form, to check studies of SGD's noise against.
///
/// Every sample has the one input c and D numbers to predict. For the model of one dense layer without bias, with
/// weights w of shape [D, 1], the mean squared error (1 ÷ D) Σ_d (c·w_d − t_d)² over the training set is
/// Σ σ_d² ÷ (2λ) + ½λ|w|²: the Hessian is λ·1, the minimum w = 0, and the gradient of one sample is λw plus noise
/// of deviation σ_d in direction d, whatever w is. Mean and variance of the targets are exact over the training set,
/// not only in expectation.
public struct QuadraticConfiguration: Sendable, Equatable {
  /// λ.
  public var curvature: Double
  /// σ_d, one for each direction.
  public var deviations: [Double]
  public var samples: Int
  public var testSamples: Int
  public init(curvature: Double = 1, deviations: [Double], samples: Int = 1024, testSamples: Int = 256) {
    self.curvature = curvature
    self.deviations = deviations
    self.samples = samples
    self.testSamples = testSamples
  }
}

extension QuadraticConfiguration: DataSourceKind {
  public static let name = "quadratic"
  public static let about = "A quadratic loss of known curvature and noise, made from the seed."

  public static func keys(_ section: Section, _ value: QuadraticConfiguration?) -> QuadraticConfiguration {
    QuadraticConfiguration(
      curvature: section.key(
        "curvature", value?.curvature, .number(.above(0)), default: 1,
        "Second derivative of the loss in every direction."),
      deviations: section.required(
        "deviations", value?.deviations, .list(of: .number(.above(0)), "numbers", count: 1...4096),
        "Deviation of one sample's gradient in each direction; their number is that of the outputs."),
      samples: section.key(
        "samples", value?.samples, .integer(2...Limit.count), default: 1024, "Samples of the training set."),
      testSamples: section.key(
        "testSamples", value?.testSamples, .integer(2...Limit.count), default: 256, "Samples of the test set."))
  }

  public var mayBeImages: Bool { false }
  public var isRegression: Bool? { true }
  public var hasConstantInput: Bool { true }
  public var isMadeFromSeed: Bool { true }

  public func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let (train, test) = try QuadraticSamples(self, seed: request.seed).splits()
    return try request.normalized(train: train, test: test)
  }
}

extension DataSource {
  /// Regression whose loss is a quadratic of known curvature and noise, made from the seed.
  public static func quadratic(_ quadratic: QuadraticConfiguration) -> DataSource { DataSource(quadratic) }
}

/// The samples of ``QuadraticConfiguration``: one constant input, and targets of exact mean and variance.
///
/// With c = √(λD ÷ 2) the loss's Hessian (2c² ÷ D)·1 is λ·1, and targets of deviation σ_d·D ÷ (2c) give the gradient
/// of a sample, 2c(c·w_d − t_d) ÷ D, the deviation σ_d. Each column of targets is centred and scaled over its own
/// split, so these numbers hold for the finite set; sums of random bytes make them, as in ``SyntheticSamples``.
struct QuadraticSamples {
  private let configuration: QuadraticConfiguration
  private let philox: Philox

  init(_ configuration: QuadraticConfiguration, seed: UInt64) {
    self.configuration = configuration
    philox = Philox(seed: seed, purpose: .synthetic)
  }

  /// A training and a test set of different targets.
  func splits() throws(DataError) -> (train: Dataset, test: Dataset) {
    for count in [configuration.samples, configuration.testSamples] {
      try MemoryDemand(
        dimensions: [count, configuration.deviations.count + 1], elementBytes: MemoryLayout<Float>.stride
      )
      .requireMemory(file: "quadratic")
    }
    return (split(configuration.samples, stream: 3), split(configuration.testSamples, stream: 4))
  }

  private func split(_ count: Int, stream: UInt32) -> Dataset {
    let width = configuration.deviations.count
    let input = (configuration.curvature * Double(width) / 2).squareRoot()
    let inputs = Buffer<Float>(count: count)
    inputs.view.fill(with: Float(input))
    let targets = Buffer<Float>(count: count * width)
    for (direction, deviation) in configuration.deviations.enumerated() {
      let column = standardized(count, stream: stream, direction: direction)
      let scale = deviation * Double(width) / (2 * input)
      for sample in 0..<count { targets.view[sample * width + direction] = Float(scale * column[sample]) }
    }
    return Dataset(
      name: "quadratic", shape: .features(1), samples: .floats(inputs), targets: .values(targets, width: width))
  }

  /// `count` numbers of mean 0 and variance 1.
  private func standardized(_ count: Int, stream: UInt32, direction: Int) -> [Double] {
    var values = (0..<count).map { sample in
      Double(SyntheticSamples.normal(philox.block(stream, word(sample), word(direction / 4))[direction % 4]))
    }
    let mean = values.reduce(0, +) / Double(count)
    for index in values.indices { values[index] -= mean }
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(count)
    // Two samples may be equal, if hardly ever: then there is no noise to scale.
    let scale = variance > 0 ? 1 / variance.squareRoot() : 0
    return values.map { $0 * scale }
  }
}

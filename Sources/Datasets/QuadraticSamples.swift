import Kernels

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

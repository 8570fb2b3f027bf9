import Statistics
import TestSupport
import Testing

@Suite("gradient noise")
struct GradientNoiseTests {
  /// Shard sums of samples G + noise, with trΣ = dimension · deviation².
  private func noise(
    _ sizes: [Int], gradient: Double, deviation: Double, dimension: Int, _ generator: inout SeededGenerator
  ) -> GradientNoise {
    var total = [Double](repeating: 0, count: dimension)
    var squares = 0.0
    for size in sizes {
      var sum = [Double](repeating: 0, count: dimension)
      for _ in 0..<size {
        for index in 0..<dimension {
          // Uniform noise of the wanted deviation.
          let unit = Double.random(in: -1...1, using: &generator) * 3.0.squareRoot()
          sum[index] += gradient + deviation * unit
        }
      }
      for index in 0..<dimension {
        squares += sum[index] * sum[index]
        total[index] += sum[index]
      }
    }
    return GradientNoise(
      squaredNormOfSum: total.reduce(0) { $0 + $1 * $1 }, sumOfSquaredNorms: squares, samples: sizes.reduce(0, +),
      squaredShardSamples: sizes.reduce(0) { $0 + $1 * $1 })!
  }

  @Test("the estimates are unbiased, for equal and unequal shards", arguments: [[4, 4, 4, 4], [7, 7, 3], [1, 9]])
  func unbiased(sizes: [Int]) {
    var generator = SeededGenerator(seed: 3)
    let (gradient, deviation, dimension) = (0.3, 1.5, 5)
    let noises = (0..<40_000).map { _ in
      noise(sizes, gradient: gradient, deviation: deviation, dimension: dimension, &generator)
    }
    expectMean(noises.map(\.gradientSquaredNorm), Double(dimension) * gradient * gradient, "|G|²")
    expectMean(noises.map(\.covarianceTrace), Double(dimension) * deviation * deviation, "trΣ")
  }

  @Test("one shard says nothing about noise, nor do squares that have overflowed")
  func nothing() {
    #expect(
      GradientNoise(squaredNormOfSum: 4, sumOfSquaredNorms: .infinity, samples: 8, squaredShardSamples: 32) == nil)
    #expect(GradientNoise(squaredNormOfSum: 4, sumOfSquaredNorms: 4, samples: 8, squaredShardSamples: 64) == nil)
  }

  /// Fixed gradients of N samples, with their mean's |G|² and trΣ.
  private struct Population {
    var gradients: [[Double]]
    var squaredNorm = 0.0
    var trace = 0.0

    init(_ count: Int, dimension: Int, mean: Double, _ generator: inout SeededGenerator) {
      gradients = (0..<count).map { _ in
        (0..<dimension).map { _ in mean + Double.random(in: -1...1, using: &generator) }
      }
      for index in 0..<dimension {
        let average = gradients.reduce(0) { $0 + $1[index] } / Double(count)
        squaredNorm += average * average
        trace += gradients.reduce(0) { $0 + ($1[index] - average) * ($1[index] - average) } / Double(count)
      }
    }

    /// The estimates from shards of a batch.
    func noise(_ shards: [[Int]], drawnFrom population: Int?) -> GradientNoise? {
      let dimension = gradients[0].count
      var total = [Double](repeating: 0, count: dimension)
      var squares = 0.0
      for shard in shards {
        let sum = (0..<dimension).map { index in shard.reduce(0) { $0 + gradients[$1][index] } }
        squares += sum.reduce(0) { $0 + $1 * $1 }
        for index in 0..<dimension { total[index] += sum[index] }
      }
      return GradientNoise(
        squaredNormOfSum: total.reduce(0) { $0 + $1 * $1 }, sumOfSquaredNorms: squares,
        samples: shards.reduce(0) { $0 + $1.count },
        squaredShardSamples: shards.reduce(0) { $0 + $1.count * $1.count }, drawnFrom: population)
    }
  }

  private func expectMean(_ values: [Double], _ truth: Double, _ label: String) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let error = (variance / count).squareRoot()
    #expect(abs(mean - truth) < 4 * error && error < 0.05 * truth, "\(label): \(mean) ± \(error), expected \(truth)")
  }

  @Test("shuffled epochs give |G|² and trΣ without bias: each batch, whole epochs, and the kept, smaller last batch")
  func withoutReplacement() throws {
    var generator = SeededGenerator(seed: 17)
    // trΣ ÷ (N − 1) is three times |G|²: without the correction, the estimate's mean would be negative.
    let population = Population(24, dimension: 6, mean: 0.12, &generator)
    #expect(population.trace / 23 > 0.5 * population.squaredNorm)
    // Batches of 7 in shards of 3, 2 and 2; the last has 3 samples in shards of 2 and 1.
    let shapes = [[3, 2, 2], [3, 2, 2], [3, 2, 2], [2, 1]]
    var batches = shapes.map { _ in [GradientNoise]() }
    var epochs: [GradientNoise] = []
    var independent: [GradientNoise] = []
    var order = Array(0..<24)
    for _ in 0..<60_000 {
      order.shuffle(using: &generator)
      var first = 0
      var sum = GradientNoise(gradientSquaredNorm: 0, covarianceTrace: 0)
      for (batch, shape) in shapes.enumerated() {
        let shards = shape.map { size in
          defer { first += size }
          return Array(order[first..<first + size])
        }
        let noise = try #require(population.noise(shards, drawnFrom: 24))
        batches[batch].append(noise)
        sum.gradientSquaredNorm += noise.gradientSquaredNorm / 4
        sum.covarianceTrace += noise.covarianceTrace / 4
      }
      epochs.append(sum)
      let drawn = (0..<2).map { _ in (0..<4).map { _ in Int.random(in: 0..<24, using: &generator) } }
      independent.append(try #require(population.noise(drawn, drawnFrom: nil)))
    }
    for (index, noises) in (batches + [epochs, independent]).enumerated() {
      expectMean(noises.map(\.gradientSquaredNorm), population.squaredNorm, "|G|² of series \(index)")
      expectMean(noises.map(\.covarianceTrace), population.trace, "trΣ of series \(index)")
    }
    // The whole set as one batch has the exact gradient, however it is divided.
    let whole = try #require(population.noise([Array(order[..<10]), Array(order[10...])], drawnFrom: 24))
    #expect(abs(whole.gradientSquaredNorm - population.squaredNorm) < 1e-9)
  }
}

import AllReduce
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
    func expectMean(_ values: [Double], _ truth: Double) {
      let count = Double(values.count)
      let mean = values.reduce(0, +) / count
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
      let error = (variance / count).squareRoot()
      #expect(abs(mean - truth) < 4 * error && error < 0.05 * truth, "\(mean) ± \(error), expected \(truth)")
    }
    expectMean(noises.map(\.gradientSquaredNorm), Double(dimension) * gradient * gradient)
    expectMean(noises.map(\.covarianceTrace), Double(dimension) * deviation * deviation)
  }

  @Test("one shard says nothing about noise, nor do squares that have overflowed")
  func nothing() {
    #expect(
      GradientNoise(squaredNormOfSum: 4, sumOfSquaredNorms: .infinity, samples: 8, squaredShardSamples: 32) == nil)
    #expect(GradientNoise(squaredNormOfSum: 4, sumOfSquaredNorms: 4, samples: 8, squaredShardSamples: 64) == nil)
  }

  @Test("the interval holds the true noise scale in 95 of 100 series", arguments: [1.0, 0.98])
  func coverage(memory: Double) {
    var generator = SeededGenerator(seed: 11)
    let (gradient, deviation, dimension) = (0.5, 1.0, 4)
    let truth = deviation * deviation / (gradient * gradient)
    var held = 0
    let series = 400
    for _ in 0..<series {
      var average = NoiseAverage(memory: memory)
      for _ in 0..<150 {
        average.add(noise([4, 4, 4, 4], gradient: gradient, deviation: deviation, dimension: dimension, &generator))
      }
      let scale = average.noiseScale!
      #expect(scale.low <= scale.value && scale.value <= scale.high)
      if scale.low <= truth && truth <= scale.high { held += 1 }
    }
    #expect((360...395).contains(held), "\(held) of \(series)")
  }

  @Test("without a gradient the noise scale has no upper end")
  func noGradient() {
    var generator = SeededGenerator(seed: 2)
    var average = NoiseAverage(memory: 1)
    for _ in 0..<50 { average.add(noise([8, 8], gradient: 0, deviation: 1, dimension: 3, &generator)) }
    #expect(average.noiseScale!.high == .infinity)
    #expect(average.noiseScale!.low > 1)
  }
}

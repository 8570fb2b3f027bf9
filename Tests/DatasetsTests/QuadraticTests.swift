import Datasets
import Kernels
import Testing

@Suite("The quadratic problem")
struct QuadraticTests {
  private func load(_ quadratic: QuadraticConfiguration, seed: UInt64 = 1) throws -> DataSplits {
    try DatasetLoader.load(DataConfiguration(source: .quadratic(quadratic), normalization: .none), seed: seed)
  }

  @Test("gradients have mean λw and the given deviations exactly over either split, whatever w is")
  func moments() throws {
    let quadratic = QuadraticConfiguration(
      curvature: 0.7, deviations: [1, 0.25, 3, 2, 0.5], samples: 101, testSamples: 30)
    let splits = try load(quadratic)
    #expect(splits.train.count == 101 && splits.test.count == 30 && splits.outputs == 5)
    for split in [splits.train, splits.test] {
      guard case .values(let targets, 5) = split.stored.targets, case .floats(let inputs) = split.stored.samples else {
        Issue.record("targets are not five values")
        return
      }
      for direction in 0..<5 {
        for weight in [0.0, 1.5] {
          // d/dw_d of (1/5) Σ_d (c·w_d − t_d)², sample by sample.
          let gradients = (0..<split.count).map { sample in
            let input = Double(inputs.view[sample])
            return 2.0 / 5 * input * (input * weight - Double(targets.view[sample * 5 + direction]))
          }
          let mean = gradients.reduce(0, +) / Double(split.count)
          let variance = gradients.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(split.count)
          #expect(abs(mean - 0.7 * weight) < 1e-6)
          #expect(abs(variance.squareRoot() / quadratic.deviations[direction] - 1) < 1e-6)
        }
      }
    }
  }

  @Test("the seed decides the targets, and columns and splits differ")
  func seeds() throws {
    let quadratic = QuadraticConfiguration(deviations: [1, 1], samples: 40, testSamples: 40)
    let first = try load(quadratic)
    #expect(first.train.values == (try load(quadratic).train.values))
    #expect(first.train.values != (try load(quadratic, seed: 2).train.values))
    #expect(first.train.values != first.test.values)
    #expect(first.train.values[0] != first.train.values[1])
  }

  @Test("more samples than memory are refused")
  func memory() {
    #expect(throws: DataError.self) {
      try load(QuadraticConfiguration(deviations: [1, 1], samples: 1_000_000_000_000))
    }
  }
}

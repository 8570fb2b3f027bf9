import Kernels
import Optimizers
import TestSupport
import Testing

@Suite("Averages of weights")
struct WeightAverageTests {
  /// Σ over steps, in double precision and from the definition: a_T = Π d · w_0 + Σ_t (1 − d_t) Π_{s > t} d_s · w_t.
  private static func naive(_ weights: [[Float]], _ decays: [Double]) -> [Double] {
    weights[0].indices.map { element in
      var sum = 0.0
      for (time, vector) in weights.enumerated() {
        let share = time == 0 ? 1 : 1 - decays[time - 1]
        sum += share * decays[time...].reduce(1, *) * Double(vector[element])
      }
      return sum
    }
  }

  @Test(
    "an average is the weighted sum of all weights that it followed", arguments: [true, false], [0, 0.3, 0.9, 0.999])
  func followsDefinition(warmup: Bool, decay: Double) {
    let average = WeightAverage(decay: decay, warmup: warmup)
    var generator = SeededGenerator(seed: 3)
    let weights = (0...20).map { _ in generator.floats(37) }
    let vector = Buffer(weights[0])
    let decays = (1...20).map { step in
      warmup ? min(decay, Double(1 + step) / Double(10 + step)) : decay
    }
    for step in 0..<20 {
      let new = Buffer(weights[step + 1])
      for range in [0..<1, 1..<30, 30..<37] {
        average.follow(new.view[range], with: vector.view[range], step: step)
      }
    }
    expectClose(
      vector.view.array(), Self.naive(weights, decays).map { Float($0) }, relative: 1e-5, absolute: 1e-6)
  }

  @Test("warmup's decay rises from 2/11 and stops at the key's; without it, it is the key's from the start")
  func warmup() {
    let average = WeightAverage(decay: 0.9)
    #expect(average.decay(ofStep: 0) == 2.0 / 11)
    #expect(average.decay(ofStep: 8) == 10.0 / 19)
    for step in 0..<200 {
      #expect(average.decay(ofStep: step) <= average.decay(ofStep: step + 1))
      #expect((average.decay(ofStep: step) == 0.9) == (step >= 79))
    }
    #expect(WeightAverage(decay: 0.9, warmup: false).decay(ofStep: 0) == 0.9)
  }

  @Test("a decay of 0 is the weights themselves, to the bit")
  func none() {
    let weights = Buffer<Float>([1.5, -3e-9, 7e20])
    let vector = Buffer<Float>([2, 3, 4])
    WeightAverage(decay: 0).follow(weights.view, with: vector.view, step: 0)
    #expect(vector.view.array() == weights.view.array())
  }
}

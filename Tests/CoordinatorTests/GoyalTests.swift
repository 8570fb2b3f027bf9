import Calendars
import Gradients
import Optimizers
import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import TestSupport
import Testing

@Suite("The four remarks of Goyal et al. 2017, §3, and the linear scaling rule")
struct GoyalTests {
  private let data = Runs.samples(.features(23), count: 192)
  private let model = ModelConfiguration.mlp(hidden: [31])

  @Test("remark 1: weight decay stays outside the loss: without gradients, a step is exactly w ← w − ηλw")
  func weightDecayIsOutsideTheLoss() throws {
    // Inputs of zero leave the first layer without gradient; only decay can change it.
    let zeros = Dataset(
      name: "zeros", shape: .features(23), samples: .floats(Buffer(count: 64 * 23)),
      targets: .classes(Buffer(count: 64), count: 5))
    let splits = DataSplits(train: zeros, test: zeros)
    for (batch, shards) in [(16, 1), (16, 4), (64, 8)] {
      let configuration = Runs.configuration(
        model, batch: batch, shards: shards, microbatch: batch / shards, method: .sgd(momentum: 0, nesterov: false),
        weightDecay: 0.01, rate: 0.5)
      let before = try Runs.weights(configuration, splits, steps: 0)
      let after = try Runs.weights(configuration, splits, steps: 1)
      let first = 31 * 23
      expectClose(
        Array(after[..<first]), before[..<first].map { $0 * (1 - 0.5 * 0.01) }, relative: 1e-6, "B = \(batch)")
    }
  }

  @Test("remark 2: a changing rate scales the whole momentum: no correction is needed in form 9")
  func momentumFormNine() throws {
    // The rate drops to zero after three steps: in form 9 the weights then stay where they are, whatever u holds.
    var configuration = Runs.configuration(model, batch: 32, weightDecay: 0)
    configuration.learningRate.decay = .step(at: [.steps(3)], factor: 0)
    let three = try Runs.weights(configuration, data, steps: 3)
    let six = try Runs.weights(configuration, data, steps: 6)
    #expect(three.map(\.bitPattern) == six.map(\.bitPattern))
  }

  @Test("remark 3: losses are normalised by the whole batch: k shards of n are one shard of kn, to rounding")
  func normalisedByTheBatch() throws {
    let reference = try Runs.weights(
      Runs.configuration(model, batch: 48, shards: 1, microbatch: 48), data, steps: 8)
    // Shards and microbatches that do not divide the batch, too.
    for (shards, microbatch) in [(2, 24), (3, 16), (16, 3), (7, 5), (4, 11), (1, 10)] {
      let weights = try Runs.weights(
        Runs.configuration(model, batch: 48, shards: shards, microbatch: microbatch), data, steps: 8)
      expectClose(weights, reference, relative: 2e-5, "\(shards) shards, microbatch \(microbatch)")
    }
  }

  @Test("remark 4: one shuffle an epoch is divided among all shards: an epoch sees every sample once")
  func oneShuffleAnEpoch() throws {
    let configuration = Runs.configuration(model, batch: 48, shards: 4, microbatch: 12)
    let plan = try RunPlan(configuration, splits: data, threads: 1)
    for epoch in 0..<2 {
      var seen: [Int] = []
      for step in 0..<plan.stepsPerEpoch {
        let batch = plan.source.order.position(ofStep: epoch * plan.stepsPerEpoch + step)
        plan.source.order.prepare(batch)
        for shard in 0..<plan.division.shards {
          for position in plan.division.batch(batch).samples(ofShard: shard) {
            seen.append(plan.source.order.sample(batch, position))
          }
        }
      }
      #expect(seen.sorted() == Array(0..<192))
      #expect(seen != Array(0..<192))
    }
  }

  @Test("linear scaling: k small steps are one large step while the gradient hardly changes")
  func linearScaling() throws {
    // At a tiny rate the gradient is nearly constant over four steps, so 4 steps at B, η ≈ 1 step at 4B, 4η.
    let small = Runs.configuration(
      model, batch: 48, method: .sgd(momentum: 0, nesterov: false), weightDecay: 0, rate: 1e-4, order: .sequential)
    var large = small
    large.batch.size = 192
    large.learningRate.scaling = .linear
    let start = try Runs.weights(small, data, steps: 0)
    let four = zip(try Runs.weights(small, data, steps: 4), start).map { $0 - $1 }
    let one = zip(try Runs.weights(large, data, steps: 1), start).map { $0 - $1 }
    expectClose(one, four, relative: 5e-3, absolute: 1e-7)
    #expect(four.contains { abs($0) > 1e-5 })
  }
}

import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Kernels
import Models
import Optimizers
import Records
import TestSupport
import Testing

@Suite("Dense layers that skip zeros")
struct ZeroSkippingTests {
  private let samples = Runs.samples(.features(40), count: 700)

  /// A network whose layers have few numbers that are not zero: biases that keep most units off.
  private func configuration(_ hidden: [Int], batch: Int, shards: Int, microbatch: Int) -> RunConfiguration {
    var configuration = Runs.configuration(
      .mlp(hidden: hidden), batch: batch, shards: shards, microbatch: microbatch, rate: 0.02)
    configuration.data.lastBatch = .keep
    return configuration
  }

  private func trainer(_ configuration: RunConfiguration, threads: Int = 1) throws -> Trainer {
    let trainer = try Trainer(RunPlan(configuration, splits: samples, threads: threads))
    for tensor in trainer.plan.network.tensors where tensor.name.hasSuffix(".bias") && tensor.count > 5 {
      trainer.state.parameters.view[tensor.range].fill(with: -1.5)
    }
    return trainer
  }

  @Test(
    "leave the weights that multiplying everything leaves, for every thread count",
    arguments: [
      // Factored layers; whole gradients of more microbatches than one; too few samples to transpose weights for.
      (hidden: [300, 260], batch: 300, shards: 8, microbatch: 40),
      (hidden: [97, 65], batch: 256, shards: 3, microbatch: 32),
      (hidden: [300, 100], batch: 50, shards: 2, microbatch: 25),
    ])
  func bits(size: (hidden: [Int], batch: Int, shards: Int, microbatch: Int)) throws {
    var configuration = configuration(
      size.hidden, batch: size.batch, shards: size.shards, microbatch: size.microbatch)
    configuration.zeros = .multiply
    let reference = try trainer(configuration)
    for _ in 0..<5 { _ = try #require(reference.takeStep()) }
    #expect(reference.engine.layerDensities().isEmpty)
    configuration.zeros = .skip
    for threads in [1, 2, 3, 7] {
      let trainer = try trainer(configuration, threads: threads)
      for _ in 0..<5 { _ = try #require(trainer.takeStep()) }
      let densities = trainer.engine.layerDensities()
      #expect(densities.map(\.layer) == ["0", "2"])
      // The second layer's inputs and both gradients are mostly zero, so that lists were used.
      #expect(try #require(densities[1].density.inputs.share) < 0.35)
      #expect(densities.allSatisfy { ($0.density.gradients.share ?? 1) < 0.35 })
      let same = zip(reference.fileWeights, trainer.fileWeights).allSatisfy { $0.bitPattern == $1.bitPattern }
      #expect(same, "\(threads) threads, \(size.hidden)")
    }
  }

  @Test("count the same densities for every thread count, of every number that a step multiplies")
  func densities() throws {
    let configuration = configuration([97, 65], batch: 256, shards: 3, microbatch: 32)
    let all = try [1, 2, 3, 7].map { threads in
      let trainer = try trainer(configuration, threads: threads)
      for _ in 0..<3 { _ = trainer.takeStep() }
      return trainer.engine.layerDensities().map(\.density)
    }
    #expect(all.allSatisfy { $0 == all[0] })
    // The third batch is the epoch's last and smaller one.
    #expect(all[0].map(\.inputs.count) == [188 * 40, 188 * 97])
    #expect(all[0].map(\.gradients.count) == [188 * 97, 188 * 65])
  }

  @Test("notice weights that overflow at the step where multiplying everything does")
  func overflow() throws {
    // A column of infinite weights that only inputs of zero meet: a product without zeros would not see it.
    var steps: [[Bool]] = []
    for zeros in ZeroMethod.allCases {
      var configuration = configuration([97, 65], batch: 256, shards: 3, microbatch: 32)
      configuration.zeros = zeros
      let trainer = try trainer(configuration)
      var taken = [trainer.takeStep() != nil]
      try turnOff(trainer)
      // Output 0's weight of unit 0.
      let view = try weights(of: "2.weight", trainer)
      view[0] = .infinity
      trainer.engine.inspect(view, worker: 0)
      trainer.engine.endInspection()
      for _ in 0..<2 { taken.append(trainer.takeStep() != nil) }
      steps.append(taken)
    }
    #expect(steps[0] == steps[1] && steps[0] == [true, false, false])
  }

  @Test("look at the weights that an update leaves", arguments: [1, 3])
  func infiniteUpdate(threads: Int) throws {
    let trainer = try trainer(configuration([97, 65], batch: 256, shards: 3, microbatch: 32), threads: threads)
    _ = try #require(trainer.takeStep())
    try turnOff(trainer)
    try weights(of: "2.weight", trainer)[0] = .infinity
    // Nobody has looked yet, and only zeros meet the weight; its decay leaves NaN, which the update sees.
    #expect(trainer.takeStep() != nil)
    #expect(trainer.takeStep() == nil)
  }

  private func weights(of name: String, _ trainer: Trainer) throws -> Floats {
    let tensor = try #require(trainer.plan.network.tensors.first { $0.name == name })
    return trainer.state.parameters.view[tensor.range]
  }

  /// Makes unit 0 of the first layer give 0 whatever comes in: its weights are zero, its bias is below.
  private func turnOff(_ trainer: Trainer) throws {
    let weights = try weights(of: "0.weight", trainer)
    let shape = DenseShape(inputs: 40, outputs: 97)
    for input in 0..<40 { weights[shape.index(output: 0, input: input)] = 0 }
  }

  @Test("a first layer counts from the background, and gives what it gives without, up to rounding")
  func background() throws {
    var configuration = Runs.configuration(.mlp(hidden: [33]), batch: 64)
    configuration.data.normalization = .standardize
    let plan = try RunPlan(configuration, splits: RunData.load(configuration, threads: 1))
    let scale = try #require(plan.splits.preprocessing?.scale)
    #expect(scale.background == scale.shift && scale.shift.allSatisfy { $0 < 0 })
    let trainer = try Trainer(plan)
    _ = try #require(trainer.takeStep())
    // Half of the digits' pixels are black.
    let share = try #require(trainer.engine.layerDensities().first?.density.inputs.share)
    #expect(share > 0.3 && share < 0.6)
    let same = try Network(
      configuration.model, loss: configuration.loss, input: plan.network.input, outputs: plan.network.outputs,
      microbatch: plan.network.microbatch)
    #expect(same.parameterCount == plan.network.parameterCount && same.packedCount < plan.network.packedCount)
    let outputs = [plan.network, same].map { network in
      let packed = Buffer<Float>(count: network.packedCount)
      for index in 0..<network.packingCount(transposing: true) {
        network.pack(index, weights: trainer.state.parameters.view, into: packed.view)
      }
      var generator = SeededGenerator(seed: 3)
      let inputs = Buffer(
        (0..<5 * 64).map { _ in
          Bool.random(using: &generator) ? scale.shift[0] : Float.random(in: -1...1, using: &generator)
        })
      let outputs = Buffer<Float>(count: 5 * 10)
      network.computeOutputs(
        of: inputs.view, state: trainer.state, packedWeights: packed.view, into: outputs.view,
        workspace: Workspace(for: network))
      return outputs.array()
    }
    for (with, without) in zip(outputs[0], outputs[1]) { #expect(abs(with - without) < 1e-5) }
    #expect(outputs[0].contains { $0 != 0 })
  }

  @Test("a column far from zero has no background: to count from there would cost digits")
  func noBackground() {
    let scale = InputScale(scale: [1, 0.1, 2], shift: [-0.42, -200, 1.5])
    #expect(scale.background == [-0.42, 0, 0])
  }
}

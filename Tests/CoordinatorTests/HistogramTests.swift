import Calendars
import Configuration
import Coordinator
import Datasets
import Gradients
import Kernels
import Models
import Optimizers
import Statistics
import TestSupport
import Testing
import Workers

@Suite("Histograms of weights and gradients")
struct HistogramTests {
  private static let vectors = Runs.samples(.features(29), count: 211)
  private static let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  /// Padded dense layers, factored ones, convolutions, batch norm, and rules that keep the average for themselves.
  static let cases: [(RunConfiguration, DataSplits)] = {
    var frozen = Runs.configuration(.mlp(hidden: [33, 17]), batch: 24, shards: 5, microbatch: 4)
    frozen.optimizer.freeze = ["0.weight"]
    return [
      (Runs.configuration(.mlp(hidden: [33, 17]), batch: 24, shards: 5, microbatch: 4), vectors),
      (Runs.configuration(.mlp(hidden: [300, 100]), batch: 22, shards: 5, microbatch: 3), vectors),
      (
        Runs.configuration(
          .mlp(hidden: [300, 100]), batch: 22, shards: 5, microbatch: 3, method: .lars(momentum: 0.9, trust: 0.01)),
        vectors
      ),
      (Runs.configuration(Runs.convolutional, batch: 24, shards: 5, microbatch: 4), images),
      (frozen, vectors),
    ]
  }()

  private func expectSame(_ found: Histogram, _ expected: Histogram, _ name: String) {
    #expect(found.counts == expected.counts && found.limits == expected.limits, "\(name)")
    #expect(found.minimum == expected.minimum && found.maximum == expected.maximum, "\(name)")
    #expect(abs(found.sum - expected.sum) <= 1e-9 * max(1, abs(expected.sum)), "\(name)")
    #expect(abs(found.sumOfSquares - expected.sumOfSquares) <= 1e-9 * expected.sumOfSquares, "\(name)")
  }

  @Test(
    "are those of the tensors' elements, without padding: the weights after the step, its average gradient",
    arguments: cases.indices)
  func elements(index: Int) throws {
    let (configuration, splits) = Self.cases[index]
    let plan = try RunPlan(configuration, splits: splits, threads: 2)
    let trainer = try Trainer(plan)
    for _ in 0..<3 { _ = trainer.takeStep() }
    // The gradient once more, by an engine of its own, at the weights before the step.
    let network = plan.network
    let weights = Buffer<Float>(trainer.state.parameters.array())
    let batch = plan.source.order.position(ofStep: 3)
    let step = try #require(trainer.takeStep())
    let pool = WorkerPool(threads: 1)
    let engine = GradientEngine(
      network, source: plan.source, shards: plan.division.shards, samples: 24, pool: pool)
    let gradient = Buffer<Float>(count: network.parameterCount)
    plan.source.order.prepare(batch)
    engine.average(plan.division.batch(batch), at: weights.view, into: gradient.view)

    let histograms = trainer.tensorHistograms()
    #expect(histograms.map(\.name) == network.tensors.map(\.name))
    var squares = 0.0
    for (histogram, tensor) in zip(histograms, network.tensors) {
      #expect(histogram.weights.count == tensor.count)
      expectSame(
        histogram.weights, Histogram(of: tensor.fileElements(of: trainer.state.parameters.view)), tensor.name)
      guard let found = histogram.gradient else { continue }
      expectSame(found, Histogram(of: tensor.fileElements(of: gradient.view)), tensor.name)
      squares += found.sumOfSquares
    }
    let frozen = histograms.filter { $0.gradient == nil }.map(\.name)
    #expect(frozen == configuration.optimizer.freeze)
    if configuration.optimizer.freeze.isEmpty {
      #expect(abs(squares - step.gradient.squaredNorm) <= 1e-6 * squares)
    }
  }

  @Test("are the same for 1, 2, 3 and 7 threads, and so are the weights of a run that measures none")
  func threads() throws {
    final class Reader: RunObserver {
      let delivery = EventDelivery.immediate
      let wantsHistograms: Bool
      let told: Locked<[[TensorHistograms]]>
      init(_ told: Locked<[[TensorHistograms]]>, wants: Bool) { (self.told, wantsHistograms) = (told, wants) }
      func observe(_ event: TrainingEvent) {
        if case .histograms(_, _, let tensors) = event { told.withLock { $0.append(tensors) } }
      }
    }
    for (configuration, splits) in Self.cases {
      var configuration = configuration
      configuration.evaluate.every = .steps(2)
      configuration.length = .steps(5)
      func run(_ threads: Int, wants: Bool) throws -> (told: [[TensorHistograms]], weights: [Float]) {
        let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threads))
        let told = Locked<[[TensorHistograms]]>([])
        trainer.add(Reader(told, wants: wants))
        _ = try trainer.train()
        return (told.withLock { $0 }, trainer.fileWeights)
      }
      let (nothing, weights) = try run(1, wants: false)
      #expect(nothing.isEmpty)
      let reference = try run(1, wants: true)
      // After steps 2, 4 and 5, each different.
      #expect(reference.told.count == 3 && reference.told[0] != reference.told[1])
      for threads in [1, 2, 3, 7] {
        let found = try run(threads, wants: true)
        let isSame = found.told == reference.told
        let haveSameBits = zip(found.weights, weights).allSatisfy { $0.bitPattern == $1.bitPattern }
        #expect(isSame && haveSameBits && found.weights.count == weights.count, "\(threads) threads")
      }
    }
  }

  @Test(
    "leave a step without allocations", .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func allocations() async {
    await #expect(processExitsWith: .success) {
      for (configuration, splits) in HistogramTests.cases {
        let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 3))
        for _ in 0..<3 { _ = trainer.takeStep() }
        _ = trainer.tensorHistograms()
        let allocations = AllocationCounter.count { for _ in 0..<20 { _ = trainer.takeStep() } }
        try #require(allocations == 0, "\(allocations) allocations")
      }
    }
  }
}

import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Optimizers
import Records
import TestSupport
import Testing

@Suite("Training")
struct TrainingTests {
  private let data = Runs.samples(.features(20), count: 300)

  @Test("learns what can be learnt, and stops at its target")
  func target() throws {
    var configuration = Runs.configuration(.mlp(hidden: [32]), batch: 30, steps: 200)
    configuration.evaluate = EvaluationConfiguration(every: .epochs(1))
    configuration.target = .testAccuracy(0.95)
    let result = try Trainer(RunPlan(configuration, splits: data)).train()
    #expect(result.outcome == .targetReached)
    #expect(result.summary.testAccuracy ?? 0 >= 0.95)
    #expect(result.summary.steps < 200 && result.summary.steps.isMultiple(of: 10))
    #expect(result.summary.targetReachedAtStep == result.summary.steps)
  }

  @Test("a loss that is not finite is an outcome: step and rate are named, the last good checkpoint stays")
  func divergence() throws {
    try withTemporaryFolder { folder in
      var configuration = Runs.configuration(
        .mlp(hidden: [32]), batch: 30, steps: 200, loss: .meanSquaredError, rate: 1)
      configuration.learningRate.decay = .step(at: [.steps(6)], factor: 1e20)
      configuration.learningRate.reference = 0.01
      configuration.checkpoint = CheckpointConfiguration(every: .steps(2), keep: 2)
      let folder = try RunFolder(creating: folder.path + "/run", configuration: configuration)
      let trainer = try Trainer(RunPlan(configuration, splits: data), folder: folder)
      let result = try trainer.train()
      #expect(result.outcome == .diverged)
      let divergence = try #require(result.summary.divergence)
      #expect(divergence.step > 6 && divergence.step < 20)
      #expect(divergence.learningRate > 1e17)
      #expect(divergence.loss?.isFinite == true)
      let search = folder.checkpoints.newestValid()
      let kept = try #require(search.checkpoint)
      #expect(search.rejected.isEmpty)
      #expect(kept.step <= divergence.step - 1)
      for entry in kept.file.entries where entry.type == .float32 {
        let isFinite = try kept.file.floats(entry.name).allSatisfy { $0.isFinite }
        #expect(isFinite, "\(entry.name)")
      }
    }
  }

  @Test("divergence has the number, the rate and the loss before it of the step whose loss was not finite")
  func divergentStep() throws {
    // In file order, the fourth batch of 30 holds a sample that no float can be multiplied with.
    guard case .floats(let numbers) = data.train.stored.samples else {
      Issue.record("no floats")
      return
    }
    var values = numbers.view.array()
    for index in 100 * 20..<101 * 20 { values[index] = 3e38 }
    let train = Dataset(
      name: "huge", shape: .features(20), samples: .floats(Buffer(values)), targets: data.train.stored.targets)
    var configuration = Runs.configuration(.mlp(hidden: [32]), batch: 30, steps: 10, rate: 0.08, order: .sequential)
    configuration.learningRate.decay = .polynomial(power: 1)
    let trainer = try Trainer(
      RunPlan(configuration, splits: DataSplits(train: train, test: data.test)))
    var losses: [Double] = []
    let result = try trainer.train { if case .step(let step) = $0 { losses.append(step.loss) } }
    #expect(result.outcome == .diverged && losses.count == 3)
    let divergence = try #require(result.summary.divergence)
    #expect(divergence.step == 4 && divergence.loss == losses.last)
    #expect(abs(divergence.learningRate - 0.08 * 0.7) < 1e-12)
  }

  @Test("weights that a file gives are the start; missing names and other shapes are named")
  func initialWeights() throws {
    try withTemporaryFolder { folder in
      let configuration = Runs.configuration(.mlp(hidden: [32]), batch: 30, steps: 3)
      let run = try RunFolder(creating: folder.path + "/run", configuration: configuration)
      let trainer = try Trainer(RunPlan(configuration, splits: data), folder: run)
      let result = try trainer.train()
      let file = run.path + "/weights.safetensors"

      let second = try Trainer(RunPlan(configuration, splits: data))
      try second.loadWeights(from: file)
      #expect(second.weightsSHA256 == result.summary.weightsSHA256)

      var other = configuration
      other.model = .mlp(hidden: [31])
      let third = try Trainer(RunPlan(other, splits: data))
      let error = #expect(throws: CheckpointError.self) { try third.loadWeights(from: file) }
      #expect(error?.description.contains("0.weight has shape [32, 20], the model's is [31, 20]") == true)
      other.model = .mlp(hidden: [32, 32])
      let fourth = try Trainer(RunPlan(other, splits: data))
      let missing = #expect(throws: CheckpointError.self) { try fourth.loadWeights(from: file) }
      #expect(missing?.description.contains("4.weight is missing") == true)
    }
  }

  @Test("the weights' digest is SHA-256 over the float32 bytes of all tensors in name order")
  func digest() throws {
    let configuration = Runs.configuration(.mlp(hidden: [8]), batch: 30, steps: 3)
    let trainer = try Trainer(RunPlan(configuration, splits: data))
    var bytes: [UInt8] = []
    for tensor in trainer.tensorsInFileLayout().sorted(by: { $0.name < $1.name }) {
      for element in tensor.elements { withUnsafeBytes(of: element.bitPattern.littleEndian) { bytes += $0 } }
    }
    #expect(trainer.weightsSHA256 == SHA256Digest.hex(of: bytes))
  }

  @Test("a batch beyond the training set, a regression on classes and the like are refused with path and reason")
  func refusals() throws {
    func refusal(_ change: (inout RunConfiguration) -> Void) -> String {
      var configuration = Runs.configuration(.mlp(hidden: [8]), batch: 30, steps: 3)
      change(&configuration)
      do {
        _ = try RunPlan(configuration, splits: data)
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(refusal { _ in } == "accepted")
    #expect(refusal { $0.batch.size = 301 }.contains("batch.size: found 301, but the training set has 300"))
    #expect(refusal { $0.batch.shards = 31 }.contains("batch.shards"))
    #expect(
      refusal {
        $0.batch.shards = 4
        $0.batch.microbatch = 10
      }.contains("has only 3"))
    #expect(refusal { $0.model = .layers([.dense(units: 4, bias: true)]) }.contains("the data has 5 outputs"))
    #expect(refusal { $0.model = .layers([.relu]) }.contains("model.layers"))
    #expect(
      refusal { $0.model = .layers([.conv2d(channels: 2, kernel: 3, stride: 1, padding: 0, bias: true)]) }
        .contains("does not fit"))
    #expect(refusal { $0.length = .epochs(0.01) }.contains("no step"))
  }

  @Test("threads beyond shards or cores are said")
  func notes() throws {
    let configuration = Runs.configuration(.mlp(hidden: [8]), batch: 30, shards: 2, microbatch: 15)
    let plan = try RunPlan(configuration, splits: data, threads: 500)
    #expect(plan.threads == 128)
    #expect(plan.notes.contains { $0.contains("2 shards") })
    #expect(plan.notes.contains { $0.contains("128 are used") })
  }

  /// The notes of a plan, and the schedule's rates, of a config of 30 samples a batch at a reference of 10 and 0.1.
  private func warmedUp(_ warmup: Warmup, length: Span = .steps(40), scaling: Scaling = .linear) throws -> RunPlan {
    var configuration = Runs.configuration(.mlp(hidden: [8]), batch: 30, rate: 0.1)
    configuration.learningRate.referenceBatch = 10
    configuration.learningRate.scaling = scaling
    configuration.learningRate.warmup = warmup
    configuration.length = length
    return try RunPlan(configuration, splits: data, threads: 1)
  }

  @Test("a warmup that has no effect, or outlasts the run, is said; one that ends within it is not")
  func warmupNotes() throws {
    func warmupNotes(_ plan: RunPlan) -> [String] { plan.notes.filter { $0.contains("warmup") } }
    for warmup in [Warmup.gradual(.epochs(2)), .constant(.steps(5))] {
      let skipped = warmupNotes(try warmedUp(warmup, scaling: .none))
      #expect(skipped.count == 1 && skipped[0].contains("no warmup: the scaled rate 0.1 is not above"), "\(skipped)")
      #expect(warmupNotes(try warmedUp(warmup)).isEmpty)
    }
    #expect(warmupNotes(try warmedUp(.none, scaling: .none)).isEmpty)
    // 300 samples: ten steps an epoch. The scaled rate comes with the step after the last of the warmup.
    for (warmup, length, isReached) in [
      (Warmup.gradual(.epochs(5)), Span.epochs(2), false), (.constant(.epochs(5)), .epochs(2), false),
      (.gradual(.steps(40)), .steps(40), false), (.gradual(.steps(39)), .steps(40), true),
    ] {
      let plan = try warmedUp(warmup, length: length)
      let notes = warmupNotes(plan)
      #expect(notes.isEmpty == isReached, "\(notes)")
      let last = plan.schedule.learningRate(at: plan.steps - 1)
      #expect((abs(last - 0.3) < 1e-12) == isReached)
      if !isReached {
        #expect(notes[0].contains("the scaled rate 0.3 is never reached"), "\(notes)")
        #expect(notes[0].contains("the last step has \(String(format: "%.4g", last))"), "\(notes)")
      }
    }
  }

  @Test("an accuracy as target of a loss that counts none is refused, and the order of files is no random one")
  func unreachable() throws {
    var configuration = Runs.configuration(.mlp(hidden: [8]), batch: 30, loss: .meanSquaredError)
    configuration.target = .testLoss(0.1)
    _ = try RunPlan(configuration, splits: data, threads: 1)
    configuration.target = .testAccuracy(0.5)
    let error = #expect(throws: RunError.self) { try RunPlan(configuration, splits: data, threads: 1) }
    #expect(error?.path == "target.testAccuracy" && error?.message.contains("target.testLoss") == true)
    configuration.loss = .crossEntropy(labelSmoothing: 0)
    #expect(try RunPlan(configuration, splits: data, threads: 1).notes.allSatisfy { !$0.contains("sequential") })
    configuration.data.order = .sequential
    configuration.batch.microbatch = 10
    #expect(try RunPlan(configuration, splits: data, threads: 1).notes.contains { $0.contains("sequential") })
  }

  @Test("the summary knows the steps of the schedule's warmup")
  func warmupSteps() throws {
    #expect(try Trainer(warmedUp(.gradual(.epochs(2)))).train().summary.warmupSteps == 20)
    #expect(try Trainer(warmedUp(.gradual(.epochs(2)), scaling: .none)).train().summary.warmupSteps == 0)
  }

  @Test("regression learns, with targets of several numbers")
  func regression() throws {
    var generator = SeededGenerator(seed: 3)
    let inputs = generator.floats(200 * 4)
    let targets = (0..<200).flatMap { row -> [Float] in
      let x = inputs[(row * 4)..<(row * 4 + 4)]
      let sum = x.reduce(0, +)
      return [sum, x.first! - x.last!]
    }
    let set = Dataset(
      name: "line", shape: .features(4), samples: .floats(Buffer(inputs)), targets: .values(Buffer(targets), width: 2))
    let splits = DataSplits(train: set, test: set)
    let configuration = Runs.configuration(
      .logistic, batch: 20, shards: 3, microbatch: 4, steps: 300, weightDecay: 0, loss: .meanSquaredError, rate: 0.05)
    let result = try Trainer(RunPlan(configuration, splits: splits, threads: 2)).train()
    #expect(result.summary.testLoss ?? 1 < 1e-6)
    #expect(result.summary.testAccuracy == nil)
  }
}

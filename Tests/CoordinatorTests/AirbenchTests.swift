import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Kernels
import Models
import Observers
import Optimizers
import Records
import TestSupport
import Testing

@Suite("The network and recipe of airbench94, with narrow layers")
struct AirbenchTests {
  private let images = Runs.samples(.image(height: 25, width: 26, channels: 3), count: 50)

  private func configuration(steps: Int = 13) -> RunConfiguration {
    var configuration = Runs.configuration(
      .airbench94(widths: [4, 6, 8]), batch: 16, shards: 2, microbatch: 4, steps: steps,
      method: .sgd(momentum: 0.85, nesterov: true), weightDecay: 0.01, loss: .crossEntropy(labelSmoothing: 0.2),
      rate: 0.05)
    configuration.data.augmentations = [.alternatingFlip, .reflectCrop(padding: 2)]
    configuration.optimizer.groups = [
      TensorGroup(tensors: ["*.norm*.bias"], rate: 8, weightDecay: 0.001, decayBiases: true),
      // Three steps an epoch.
      TensorGroup(tensors: ["0.bias"], decayBiases: true, trainEpochs: 2),
    ]
    configuration.optimizer.lookahead = Lookahead(every: 5, decay: 0.77, power: 3)
    configuration.learningRate.warmup = .ramp(start: 0.2, share: 0.23)
    configuration.learningRate.decay = .polynomial(power: 1, floor: 0.07)
    configuration.evaluate = EvaluationConfiguration(
      every: .steps(4), views: EvaluationViews(mirror: true, shifts: [[1, 1], [-1, -1]]))
    configuration.checkpoint = CheckpointConfiguration(every: .steps(4), keep: 3)
    return configuration
  }

  private func trainer(_ configuration: RunConfiguration, threads: Int = 2) throws -> Trainer {
    try Trainer(RunPlan(configuration, splits: images, threads: threads))
  }

  private func elements(_ trainer: Trainer, _ name: String) throws -> [Float] {
    try #require(trainer.tensorsInFileLayout().first { $0.name == name }).elements
  }

  @Test("has the same bits for every number of threads, evaluations of several views included")
  func threads() throws {
    let runs = try [1, 2, 3, 7].map { threads in
      let trainer = try trainer(configuration(), threads: threads)
      for _ in 0..<11 { _ = trainer.takeStep() }
      return (trainer, try trainer.evaluate())
    }
    for (trainer, evaluation) in runs.dropFirst() {
      #expect(runs[0].0.firstDifference(from: trainer) == nil)
      #expect(evaluation == runs[0].1)
    }
  }

  private func folderTrainer(_ path: String, resuming: Bool = false, threads: Int = 2) throws -> Trainer {
    let configuration = configuration()
    return try Trainer(
      RunPlan(configuration, splits: images, threads: threads),
      recordingIn: resuming
        ? RunFolder(resuming: path, configuration: configuration)
        : RunFolder(creating: path, configuration: configuration))
  }

  /// A run that ends behind a step without a save on the way out.
  private func kill(_ path: String, behind step: Int) throws {
    struct Killed: Error {}
    let killed = try folderTrainer(path)
    #expect(throws: Killed.self) {
      try killed.train { event in if case .step(let record) = event, record.step == step { throw Killed() } }
    }
  }

  @Test("a run that was killed and resumed ends with the same bits, whatever the number of threads")
  func killed() throws {
    try withTemporaryFolder { folder in
      let whole = try folderTrainer(folder.path + "/whole")
      let expected = try whole.train()
      for step in [5, 6, 7, 10] {
        let path = folder.path + "/\(step)"
        try kill(path, behind: step)
        let resumed = try folderTrainer(path, resuming: true, threads: 3)
        #expect(try resumed.resume().isEmpty)
        let result = try resumed.train()
        #expect(whole.firstDifference(from: resumed) == nil, "killed at \(step)")
        #expect(result.summary.weightsSHA256 == expected.summary.weightsSHA256, "killed at \(step)")
        #expect(result.summary.testLoss == expected.summary.testLoss, "killed at \(step)")
      }
    }
  }

  @Test(
    "begins with filters of the first training samples, which stay; scales stay at 1; a bias is trained for two epochs")
  func fixed() throws {
    var configuration = configuration()
    configuration.optimizer.lookahead = nil
    let trainer = try trainer(configuration)
    var covariance = PatchCovariance(of: FeatureShape(height: 25, width: 26, channels: 3), kernel: 2)
    let sample = Buffer<Float>(count: 25 * 26 * 3)
    for index in 0..<50 {
      images.train.write(index, into: sample.view)
      covariance.add(sample.view)
    }
    let filters = covariance.whitening(filters: 24, epsilon: 5e-4)
    #expect(try elements(trainer, "0.weight") == filters)
    var biases: [[Float]] = []
    for _ in 0..<9 {
      _ = trainer.takeStep()
      biases.append(try elements(trainer, "0.bias"))
    }
    #expect(try elements(trainer, "0.weight") == filters)
    #expect(try elements(trainer, "3.norm2.weight").allSatisfy { $0 == 1 })
    #expect(try elements(trainer, "3.norm2.bias").contains { $0 != 0 })
    for step in 1..<9 { #expect((biases[step] == biases[step - 1]) == (step >= 6), "step \(step)") }
    #expect(trainer.plan.notes.contains { $0.hasPrefix("frozen are 7 of 21 tensors") })
  }

  @Test(
    "clipping by the norm of what is trained does not see a bias of before, so that a resumed run has the same bits")
  func clipping() throws {
    var configuration = configuration()
    configuration.optimizer.clipNorm = 0.05
    let whole = try trainer(configuration)
    for _ in 0..<10 { _ = whole.takeStep() }
    let first = try trainer(configuration)
    for _ in 0..<8 { _ = first.takeStep() }
    let copy = first.copyState()
    let second = try trainer(configuration, threads: 1)
    second.put(back: copy)
    for _ in 0..<2 { _ = second.takeStep() }
    #expect(whole.firstDifference(from: second) == nil)
  }

  @Test("Lookahead's weights begin anew from the slow ones every five steps, which evaluations measure")
  func lookahead() throws {
    let trainer = try trainer(configuration())
    for step in 1...12 {
      _ = trainer.takeStep()
      let isSame = trainer.state.parameters.view.hasSameBits(as: trainer.evaluated.parameters.view)
      #expect(isSame == step.isMultiple(of: 5), "step \(step)")
    }
    let running = trainer.evaluated.statistics.array()
    #expect(running != trainer.state.statistics.array() && running.contains { $0 != 0 && $0 != 1 })
  }

  @Test("evaluations and predictions average the outputs of six views, half of the weight on the image where it stands")
  func views() throws {
    let trainer = try trainer(configuration())
    for _ in 0..<7 { _ = trainer.takeStep() }
    let evaluation = try trainer.evaluate()
    let model = try Model(trainer)
    let (network, test) = (model.network, images.test)
    let workspace = Workspace(for: network)
    let sample = Buffer<Float>(count: network.input.count)
    let part = Buffer<Float>(count: network.outputs)
    var loss = 0.0
    var right = 0
    for index in 0..<test.count {
      var logits = [Double](repeating: 0, count: network.outputs)
      for (down, weight) in [(0, 0.25), (1, 0.125), (-1, 0.125)] {
        for isMirrored in [false, true] {
          test.write(index, into: sample.view)
          SampleView(down: down, right: down, isMirrored: isMirrored).apply(to: sample.view, shape: test.shape)
          network.computeOutputs(
            of: sample.view, state: model.state, packedWeights: model.packedWeights.view, into: part.view,
            workspace: workspace)
          for output in logits.indices { logits[output] += weight * Double(part.view[output]) }
        }
      }
      let label = test.label(of: index)
      let largest = logits.max() ?? 0
      loss += log(logits.reduce(0) { $0 + exp($1 - largest) }) + largest - logits[label]
      right += logits.firstIndex(of: largest) == label ? 1 : 0
    }
    #expect(abs(evaluation.loss - loss / Double(test.count)) < 1e-5 * evaluation.loss)
    #expect(evaluation.accuracy == Double(right) / Double(test.count))

    // What a model predicts is what evaluations measure.
    let outputs = Buffer<Float>(count: 4 * network.outputs)
    let inputs = Buffer<Float>(count: 4 * network.input.count)
    test.write(0..<4, into: inputs.view)
    model.computeOutputs(of: inputs.view, into: outputs.view, workspace: workspace)
    var plain = configuration()
    plain.evaluate.views = nil
    let other = try self.trainer(plain)
    for _ in 0..<7 { _ = other.takeStep() }
    #expect(other.firstDifference(from: trainer) == nil)
    #expect(try other.evaluate().loss != evaluation.loss)
    #expect(outputs.array().allSatisfy { $0.isFinite })
  }

  @Test("views are refused where samples are no images")
  func viewsOfFeatures() throws {
    var configuration = Runs.configuration(.mlp(hidden: [5]), batch: 8)
    configuration.evaluate.views = EvaluationViews()
    let error = #expect(throws: RunError.self) {
      try RunPlan(configuration, splits: Runs.samples(.features(7), count: 30))
    }
    #expect(error?.path == "evaluate.views")
  }
}

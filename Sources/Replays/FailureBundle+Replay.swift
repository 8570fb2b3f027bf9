import Checkpoints
import Coordinator
import Datasets
import Kernels
import Models
import Records

extension FailureBundle {
  /// Computes the failure again.
  ///
  /// - Parameter keeping: whether all values that pass through the layers are kept.
  /// - Returns: what was found, and what was kept.
  package func replay(keeping: Bool = false) throws -> (FailureReplay, [PassRecorder.Kept]) {
    let trainer = try self.trainer()
    let network = trainer.plan.network
    let recorder = PassRecorder(network, keeping: keeping ? Set(network.operations.indices) : nil)
    var replay = FailureReplay(bundle: folder, failure: record, isReproduced: false, differences: differences)
    switch record.set {
    case .training: replay.place = try pass(trainer, recorder)
    case .validation, .test: replay.place = try evaluate(trainer, recorder)
    case nil: replay.place = try update(trainer)
    }
    replay.isReproduced = replay.place == record.place
    if record.set != nil {
      replay.layers = recorder.layers
      replay.sameLayers = zip(recorder.layers, record.layers).count { $0 == $1 }
      replay.oddities = try SampleOddity.find(
        SafetensorsFile(path: folder + "/" + FailureRecord.FileName.samples), record)
    }
    return (replay, recorder.kept)
  }

  /// Forward and backward of the training microbatch.
  private func pass(_ trainer: Trainer, _ recorder: PassRecorder) throws -> FailurePlace? {
    let passes = StepPasses(trainer)
    guard let shard = record.place.shard, let microbatch = record.place.microbatch,
      let place = passes.places(shard: shard, microbatch: microbatch).first,
      passes.samples(place).count == record.samples
    else {
      throw ReplayError(
        path: folder, message: "names a microbatch that its config does not have; copy the bundle again")
    }
    passes.run(place, recorder)
    return recorder.finding.map { passes.describe($0, at: place) }
  }

  /// Forward of the evaluation's microbatch.
  private func evaluate(_ trainer: Trainer, _ recorder: PassRecorder) throws -> FailurePlace? {
    let source = trainer.plan.splits.judging
    guard let first = record.firstSample, let count = record.samples, first >= 0, count >= 1,
      count <= trainer.plan.network.microbatch, first <= source.count - count
    else {
      throw ReplayError(path: folder, message: "names samples that its data do not have; copy the bundle again")
    }
    return trainer.withEvaluated { state in
      let passes = EvaluationPasses(trainer, state, of: source)
      passes.run(first..<first + count, recorder)
      return recorder.finding.map { passes.describe($0, of: first..<first + count) }
    }
  }

  /// The first tensor that is not finite: before the step, of the gradient, or behind the update.
  private func update(_ trainer: Trainer) throws -> FailurePlace? {
    if let place = trainer.notFiniteWeights(.weights) { return place }
    let path = folder + "/" + FailureRecord.FileName.gradient
    guard record.place.part == .gradient || record.place.part == .update else { return nil }
    let gradient = try trainer.gradient(of: SafetensorsFile(path: path))
    if let place = trainer.notFiniteGradient(gradient.view) { return place }
    trainer.apply(gradient.view)
    return trainer.notFiniteWeights(.update)
  }
}

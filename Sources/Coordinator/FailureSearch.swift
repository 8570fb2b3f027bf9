import Checkpoints
import Configuration
import Datasets
import Gradients
import JSON
import Kernels
import Models
import Optimizers
import Records

/// Finds where a run's numbers were first not finite, and writes what replays it.
///
/// The trainer is one of a single process: of a run over several ranks, the first makes one for it.
struct FailureSearch {
  let trainer: Trainer
  let divergence: DivergenceRecord
  let folder: RunFolder
  let bundle: String

  init(_ trainer: Trainer, _ divergence: DivergenceRecord, folder: RunFolder, bundle: String) {
    self.trainer = trainer
    self.divergence = divergence
    self.folder = folder
    self.bundle = bundle
  }

  var plan: RunPlan { trainer.plan }

  func run() throws -> FailureRecord {
    var notes: [String] = []
    if divergence.kind != .evaluation, !trainer.hasFiniteWeights,
      let problem = try trainer.rewindToFiniteWeights(folder)
    {
      notes.append(problem)
    }
    var record = begin()
    record.notes = notes
    if divergence.kind == .evaluation {
      try trainer.withEvaluated { _ in try write(trainer.checkpointTensors(), FailureRecord.FileName.weightsBefore) }
    } else {
      try write(trainer.checkpointTensors(), FailureRecord.FileName.weightsBefore)
    }
    record.tensors = tensors()
    if let place = trainer.notFiniteWeights(.weights) {
      record.place = place
    } else if divergence.kind == .evaluation {
      try searchEvaluation(&record)
    } else {
      try searchStep(&record)
    }
    let configuration = plan.configuration.json()
    record.configurationSHA256 = SHA256Digest.hex(of: Array(configuration.utf8))
    try AtomicFile.write(configuration, to: bundle + "/" + FailureRecord.FileName.configuration)
    try AtomicFile.write(JSONText.pretty(record), to: bundle + "/" + FailureRecord.FileName.record)
    return record
  }

  // MARK: The step

  private func searchStep(_ record: inout FailureRecord) throws {
    let passes = StepPasses(trainer)
    for place in passes.places() {
      let recorder = PassRecorder(plan.network)
      passes.run(place, recorder)
      guard let finding = recorder.finding else { continue }
      record.place = passes.describe(finding, at: place)
      let samples = passes.samples(place)
      let partners = passes.partners(place)
      if let partners, let row = record.place.row {
        record.notes.append(Self.mixture(of: samples[row], with: partners[row]))
      }
      try note(
        recorder, of: plan.splits.train, .training, samples, inputs: passes.inputs(place), partners: partners, &record)
      return
    }
    try searchUpdate(&record)
  }

  private static func mixture(of sample: Int, with partner: (sample: Int, share: Float)) -> String {
    "mixup: the network got \(partner.share) of sample \(sample) and the rest of sample \(partner.sample), which may be the "
      + "one at fault; \"unaugmented\" and \"partners\" of \(FailureRecord.FileName.samples) tell"
  }

  /// Every microbatch is finite: it is the sum over them, or what the optimizer makes of it.
  private func searchUpdate(_ record: inout FailureRecord) throws {
    let gradient = trainer.averageGradient().view
    try write(plan.network.fileTensors(gradient, prefix: ""), FailureRecord.FileName.gradient)
    for (index, tensor) in plan.network.tensors.enumerated() where !plan.terms[index].isFrozen {
      record.note(gradient: ValueRange(of: tensor.fileElements(of: gradient)), of: tensor.name)
    }
    if let place = trainer.notFiniteGradient(gradient) {
      record.place = place
      return
    }
    let before = trainer.copyState()
    guard trainer.takeStep() != nil else { return }
    try write(trainer.checkpointTensors(), FailureRecord.FileName.weightsAfter)
    if let place = trainer.notFiniteWeights(.update) { record.place = place }
    trainer.put(back: before)
  }

  // MARK: An evaluation

  private func searchEvaluation(_ record: inout FailureRecord) throws {
    let set: FailureRecord.SampleSet = plan.splits.validation == nil ? .test : .validation
    let source = plan.splits.judging
    try trainer.withEvaluated { state in
      let passes = EvaluationPasses(trainer, state, of: source)
      for samples in passes.microbatches {
        let recorder = PassRecorder(plan.network)
        passes.run(samples, recorder)
        guard let finding = recorder.finding else { continue }
        record.firstSample = samples.lowerBound
        record.place = passes.describe(finding, of: samples)
        try note(recorder, of: source, set, Array(samples), &record)
        return
      }
    }
  }
}

import Calendars
import Optimizers
import Gradients
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import Workers

/// Compares k small steps with one large step of k times the batch and the rate, from the same weights over the same
/// samples: the premise of the linear scaling rule (Goyal et al. 2017, §2.1).
///
/// The small step is the config's reference: batch `learningRate.referenceBatch`, rate `learningRate.reference`. A run
/// with this step, constant rate and the config's optimizer leads along the training; at its places the gaps are
/// measured on the side. There, momentum is taken in by its total effect: plain steps at η ÷ (1 − m).
///
/// Small steps and large one see each sample under the same dropout mask and, with batch norm, in the same microbatch,
/// so that the gap is the gradient's change alone. The losses at their ends are without dropout.
package struct LinearityStudy: Study {
  package static let name = StudyKind.linearity.rawValue

  /// k, each at least 2.
  package var multiples: [Int]
  /// Places of the run, in passes over the training set, ascending.
  package var epochs: [Double]
  /// Largest relative gap that counts as linear.
  package var tolerance: Double
  /// Windows of samples that each gap is averaged over.
  package var repeats: Int
  package var threads = 1

  package init(
    multiples: [Int] = [2, 4, 8, 16], epochs: [Double] = [0, 0.25, 0.5, 1, 2, 3, 5, 8], tolerance: Double = 0.5,
    repeats: Int = 4
  ) {
    self.multiples = multiples.sorted()
    self.epochs = epochs.sorted()
    self.tolerance = tolerance
    self.repeats = repeats
  }

  /// Runs the study.
  ///
  /// - Throws: `RunError` for a multiple whose batch is larger than the training set, or an optimizer other than SGD.
  package func run(
    _ original: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> LinearityRecord {
    let (configuration, notes) = try prepared(original, splits)
    let plan = try RunPlan(configuration, splits: splits, threads: threads)
    let trainer = try Trainer(plan)
    let pool = WorkerPool(threads: threads)
    let potential = try TrainingSetGradient(plan, weightDecay: 0, pool: pool)
    let steps = epochs.map { Int(($0 * Double(plan.stepsPerEpoch)).rounded()) }
      .reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    try requireSameMicrobatches(plan)
    let windows = try LinearityWindows(self, plan: plan, pool: pool)
    var points: [LinearityRecord.Point] = []
    var done = 0
    let last = steps.last ?? 0
    for (place, step) in steps.enumerated() {
      while done < step {
        guard trainer.takeStep() != nil else {
          throw RunError(
            path: "learningRate.reference",
            message: "the run with small steps diverged at step \(done + 1); lower the rate, which is "
              + "\(configuration.learningRate.reference)")
        }
        done += 1
        progress(StudyProgress(Self.name, done: done, of: last + 1))
      }
      points += windows.measure(trainer.weights, place: place, step: step, potential)
      progress(StudyProgress(Self.name, done: done + 1, of: last + 1))
    }
    let multiple = Double(original.batch.size) / Double(original.learningRate.referenceBatch)
    var record = LinearityRecord(
      name: configuration.name, machine: .current, batch: configuration.batch.size,
      learningRate: configuration.learningRate.reference, momentum: configuration.optimizer.method.rule.momentum,
      weightDecay: configuration.optimizer.weightDecay, stepsPerEpoch: plan.stepsPerEpoch, repeats: repeats,
      tolerance: tolerance, points: points, configMultiple: multiple)
    record.notes = notes + self.notes(plan, multiple: multiple)
    return record
  }

  /// What a reader should know of the measurement.
  private func notes(_ plan: RunPlan, multiple: Double) -> [String] {
    var notes: [String] = []
    if plan.configuration.model.hasDropout {
      notes.append(
        "Small and large steps share each sample's dropout mask; the losses at their ends are without dropout.")
    }
    if plan.network.hasBatchNorm {
      notes.append(
        "Small and large steps share the microbatches of \(plan.network.microbatch) samples that batch norm sees; the "
          + "losses at their ends are over microbatches in file order.")
    }
    if multiple > Double(multiples.last ?? 1) {
      notes.append(
        "The config's multiple \(multiple) is beyond the measured ones; its gap is a power law through the last two.")
    }
    return notes
  }

  /// The large step deals its samples to the microbatches of the small ones only where those are whole.
  private func requireSameMicrobatches(_ plan: RunPlan) throws {
    let (batch, microbatch) = (plan.configuration.batch.size, plan.network.microbatch)
    guard plan.network.hasBatchNorm, !batch.isMultiple(of: microbatch) else { return }
    let divisor = (1...microbatch).last { batch.isMultiple(of: $0) } ?? 1
    throw RunError(
      path: "batch.microbatch",
      message: "found \(microbatch), which does not divide learningRate.referenceBatch \(batch): batch norm would see "
        + "other microbatches in the large step than in the small ones; use a divisor of \(batch), such as \(divisor)")
  }

  /// The run with small steps: the config at its reference batch and a constant reference rate.
  private func prepared(_ original: RunConfiguration, _ splits: DataSplits) throws -> (RunConfiguration, [String]) {
    var configuration = original
    var notes: [String] = []
    guard original.optimizer.method.rule.temperatureMomentum != nil else {
      throw RunError(
        path: "optimizer.method", message: "the linear scaling rule is SGD's; use \"sgd\" for this study")
    }
    guard original.optimizer.freeze.isEmpty && original.optimizer.groups.isEmpty else {
      throw RunError(
        path: original.optimizer.freeze.isEmpty ? "optimizer.groups" : "optimizer.freeze",
        message: "the study compares steps of one rate for all tensors; leave the key out: --set optimizer.freeze=null")
    }
    let small = original.learningRate.referenceBatch
    let samples = splits.train.count
    if let most = multiples.last, Int.saturatingProduct(most, small) > samples {
      throw RunError(
        path: "learningRate.referenceBatch",
        message: "found \(small), and \(most) × \(small) samples are more than the training set's \(samples); use "
          + "multiples up to \(max(1, samples / small)), or a smaller referenceBatch")
    }
    configuration.batch = BatchConfiguration(size: small, shards: nil, microbatch: original.batch.microbatch)
    if let microbatch = original.batch.microbatch, microbatch > small { configuration.batch.microbatch = small }
    configuration.learningRate.scaling = .none
    configuration.learningRate.warmup = .none
    configuration.learningRate.decay = .none
    let stepsPerEpoch = max(1, samples / small)
    configuration.length = .steps(max(1, Int(((epochs.last ?? 0) * Double(stepsPerEpoch)).rounded())))
    configuration.target = nil
    if original.optimizer.clipNorm != nil {
      notes.append("The steps that are compared are not clipped; those of the run between them are.")
    }
    return (configuration, notes)
  }
}

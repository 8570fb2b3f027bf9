import Records

/// What a run tells its observers, in the order in which it happens.
public enum TrainingEvent: Sendable {
  /// The run is about to take its first step, or to go on after `step` steps.
  case started(step: Int)
  /// So many steps before the event that follows were not passed on, since the observer was slower than they came.
  case skipped(steps: Int)
  case step(StepRecord)
  /// Where weights and gradients lie, tensor by tensor in the order of layers, right before an evaluation. Told to
  /// observers that want it alone; see ``RunObserver/wantsHistograms``.
  case histograms(step: Int, epoch: Double, [TensorHistograms])
  case evaluated(step: Int, epoch: Double, Evaluation)
  /// Digests of the run so far, where the config asks for a receipt.
  case receipt(ReceiptLine)
  /// Files are about to be written that say that the run has come so far: whoever keeps records of it writes them out
  /// first, so that a run which goes on from those files finds its records whole.
  case saving(step: Int)
  /// A checkpoint has been written.
  case saved(path: String, step: Int)
  /// The run is over and its files are written. Not told where an error ends the run.
  indirect case ended(RunSummary)
}

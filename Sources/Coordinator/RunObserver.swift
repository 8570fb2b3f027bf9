/// Who is told what a run does: writes it to a file, shows it, sends it on.
///
/// ```swift
/// final class BestLoss: RunObserver {
///   private var best = Double.infinity
///   func observe(_ event: TrainingEvent) {
///     guard case .evaluated(let step, _, let evaluation) = event, evaluation.loss < best else { return }
///     best = evaluation.loss
///     print("step \(step): loss \(best)")
///   }
/// }
/// trainer.add(BestLoss())
/// ```
///
/// The calls of one observer never overlap, so that it needs no lock of its own.
public protocol RunObserver: AnyObject {
  /// How events come here; ``EventDelivery/queued(steps:)`` where nothing else is said.
  var delivery: EventDelivery { get }

  /// Whether it is told of ``TrainingEvent/histograms(step:epoch:_:)``; false where nothing else is said. Nobody computes
  /// them where no observer wants them.
  var wantsHistograms: Bool { get }

  /// Records that should be in a file and could not be written, for the run's summary; 0 where nothing else is said. Asked of
  /// observers that are told at once.
  var recordsLost: Int { get }

  /// Takes an event in.
  ///
  /// - Throws: what ends the run where delivery is immediate; otherwise the run goes on without this observer, and
  ///   `RunResult.observerFailures` says so.
  func observe(_ event: TrainingEvent) throws

  /// Ends the observation: nothing comes after the last event, whether the run came to its end or failed.
  func finish() throws
}

extension RunObserver {
  public var delivery: EventDelivery { .queued() }
  public var wantsHistograms: Bool { false }
  public var recordsLost: Int { 0 }
  public func finish() {}
}

/// How an observer gets its events.
public enum EventDelivery: Sendable, Equatable {
  /// On the trainer's thread, before the run goes on, every single one. For records that a checkpoint relies on.
  case immediate
  /// On a thread of the observer's own, a little later: however slow it is, no step waits for it.
  ///
  /// Of more than `steps` steps that wait the latest takes the place of the one before it, and
  /// ``TrainingEvent/skipped(steps:)`` says how many are missing. All other events arrive.
  case queued(steps: Int = 1024)
}

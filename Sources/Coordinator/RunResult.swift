import Records

/// How a run ended.
public struct RunResult: Sendable {
  public var outcome: RunOutcome
  public var summary: RunSummary
  public var evaluation: Evaluation?
  /// Observers that failed on the way, which the run did without from then on.
  public internal(set) var observerFailures: [ObserverFailure] = []
}

/// What went wrong with an observer.
public struct ObserverFailure: Sendable, CustomStringConvertible {
  /// Its type.
  public var observer: String
  public var error: any Error

  public var description: String { "\(observer): \(error)" }
}

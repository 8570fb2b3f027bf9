import Records

/// How a run ended.
package struct RunResult: Sendable {
  package var outcome: RunOutcome
  package var summary: RunSummary
  package var evaluation: Evaluation?
  /// Observers that failed on the way, which the run did without from then on.
  package internal(set) var observerFailures: [ObserverFailure] = []
}

/// What went wrong with an observer.
public struct ObserverFailure: Sendable, CustomStringConvertible {
  /// Its type.
  public var observer: String
  public var error: any Error

  public var description: String { "\(observer): \(error)" }
}

/// `log`: files that a run directory gets beside its `metrics.jsonl`, for programs that read them. None changes a result.
public struct LogConfiguration: Sendable, Equatable {
  /// A TensorBoard event file.
  public var tensorboard: Bool
  /// `metrics.csv`, a table of the lines of `metrics.jsonl`.
  public var csv: Bool
  /// Histograms of weights and gradients at every evaluation, in the event file; nothing without one.
  public var histograms: Bool

  public init(tensorboard: Bool = false, csv: Bool = false, histograms: Bool = true) {
    self.tensorboard = tensorboard
    self.csv = csv
    self.histograms = histograms
  }
}

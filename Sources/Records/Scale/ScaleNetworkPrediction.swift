/// What the model expects of several hosts like the one that was measured, one rank on each, with a network between them.
package struct ScaleNetworkPrediction: Codable, Sendable, Equatable {
  /// P, and T of each.
  package var ranks: Int
  package var threads: Int
  package var batch: Int
  /// Of each host, each way.
  package var bitsPerSecond: Double
  /// Bytes of a step that the busiest rank sends or receives, whichever are more: as `plan --ranks` counts them.
  package var exchangedBytes: Int
  /// Computation, and what is not hidden of the exchange.
  package var stepSeconds: Double
  package var computeSeconds: Double
  package var exchangeSeconds: Double
  /// The part of the exchange that summing and updating hide where pieces are sent meanwhile.
  package var hideableSeconds: Double
  /// Whether they are.
  package var isOverlapped: Bool
  package var samplesPerSecond: Double
  /// The least over the fits that leave out one cell each.
  package var samplesPerSecondLow: Double
  /// The greatest one.
  package var samplesPerSecondHigh: Double
  /// Against one such host with as many threads, which the model was asked for as well.
  package var speedup: Double
  /// What keeps it from P times the speed of one.
  package var limit: ScaleLimit.Reason

  package init(
    ranks: Int, threads: Int, batch: Int, bitsPerSecond: Double, exchangedBytes: Int, computeSeconds: Double,
    exchangeSeconds: Double, hideableSeconds: Double, isOverlapped: Bool, samplesPerSecondLow: Double,
    samplesPerSecondHigh: Double, speedup: Double, limit: ScaleLimit.Reason
  ) {
    self.ranks = ranks
    self.threads = threads
    self.batch = batch
    self.bitsPerSecond = bitsPerSecond
    self.exchangedBytes = exchangedBytes
    stepSeconds = computeSeconds + exchangeSeconds - (isOverlapped ? hideableSeconds : 0)
    self.computeSeconds = computeSeconds
    self.exchangeSeconds = exchangeSeconds
    self.hideableSeconds = hideableSeconds
    self.isOverlapped = isOverlapped
    samplesPerSecond = Double(batch) / stepSeconds
    self.samplesPerSecondLow = samplesPerSecondLow
    self.samplesPerSecondHigh = samplesPerSecondHigh
    self.speedup = speedup
    self.limit = limit
  }
}

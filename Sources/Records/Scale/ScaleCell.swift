/// One cell of the grid. Times are medians over the timed steps.
package struct ScaleCell: Codable, Sendable, Equatable {
  /// T.
  package var threads: Int
  /// B.
  package var batch: Int
  /// B ÷ ``stepSeconds``.
  package var samplesPerSecond: Double
  package var stepSeconds: Double
  /// Lower quartile of the steps' times.
  package var stepSecondsLow: Double
  /// Upper quartile.
  package var stepSecondsHigh: Double
  /// The first fork-join: shard gradients.
  package var gradientSeconds: Double
  /// The second: sum over shards, update.
  package var reduceSeconds: Double
  /// Against the fewest threads at the same batch.
  package var speedup: Double
  /// Speedup ÷ how many times those threads these are.
  package var efficiency: Double
  /// Resident memory that a run of this cell takes, data and program included.
  package var peakMemoryBytes: Int
  package var timedSteps: Int
  /// k.
  package var shards: Int
  /// n.
  package var microbatch: Int
  /// Samples of the worker that gets most.
  package var busiestSamples: Int
  /// Whether some threads get no shard.
  package var exceedsShards: Bool
  /// Whether threads share cores; such a cell is no evidence for the model.
  package var exceedsCores: Bool
  /// What the model fitted to all cells gives here.
  package var modelStepSeconds: Double?
  /// What the model gives here when it is fitted to all other cells.
  package var heldOutStepSeconds: Double?

  /// A cell from its numbers, with the speedup of a cell that is compared with itself.
  package init(
    threads: Int, batch: Int, stepSeconds: Double, stepSecondsLow: Double, stepSecondsHigh: Double,
    gradientSeconds: Double, reduceSeconds: Double, peakMemoryBytes: Int, timedSteps: Int, shards: Int,
    microbatch: Int, busiestSamples: Int, usableCores: Int
  ) {
    self.threads = threads
    self.batch = batch
    samplesPerSecond = Double(batch) / stepSeconds
    self.stepSeconds = stepSeconds
    self.stepSecondsLow = stepSecondsLow
    self.stepSecondsHigh = stepSecondsHigh
    self.gradientSeconds = gradientSeconds
    self.reduceSeconds = reduceSeconds
    speedup = 1
    efficiency = 1
    self.peakMemoryBytes = peakMemoryBytes
    self.timedSteps = timedSteps
    self.shards = shards
    self.microbatch = microbatch
    self.busiestSamples = busiestSamples
    exceedsShards = threads > shards
    exceedsCores = threads > usableCores
  }

  /// How far the model's prediction was off when this cell was left out, as a share of the measured time.
  package var heldOutError: Double? { heldOutStepSeconds.map { $0 / stepSeconds - 1 } }
}

extension [ScaleCell] {
  /// The cells with speedup and efficiency against the fewest threads at the same batch, by batch, then threads.
  package func compared() -> [ScaleCell] {
    let ordered = sorted { ($0.batch, $0.threads) < ($1.batch, $1.threads) }
    return ordered.map { cell in
      guard let base = ordered.first(where: { $0.batch == cell.batch }) else { return cell }
      var compared = cell
      compared.speedup = base.stepSeconds / cell.stepSeconds
      compared.efficiency = compared.speedup * Double(base.threads) / Double(cell.threads)
      return compared
    }
  }

  /// The groups of cells with the same samples a thread and different threads.
  package func weakScaling() -> [WeakScaling] {
    // B₁/T₁ = B₂/T₂ as a product, which has no rounding.
    var groups: [[ScaleCell]] = []
    for cell in sorted(by: { $0.threads < $1.threads }) {
      if let index = groups.firstIndex(where: { $0[0].batch * cell.threads == cell.batch * $0[0].threads }) {
        groups[index].append(cell)
      } else {
        groups.append([cell])
      }
    }
    return groups.filter { $0.count > 1 }
      .sorted { $0[0].batch * $1[0].threads < $1[0].batch * $0[0].threads }
      .map { group in
        let base = group[0].samplesPerSecond / Double(group[0].threads)
        return WeakScaling(
          samplesPerThread: Double(group[0].batch) / Double(group[0].threads),
          points: group.map { cell in
            WeakScaling.Point(
              threads: cell.threads, batch: cell.batch, samplesPerSecond: cell.samplesPerSecond,
              efficiency: cell.samplesPerSecond / Double(cell.threads) / base, exceedsCores: cell.exceedsCores)
          })
      }
  }
}

/// One cell of the grid. Times are medians over the timed steps.
package struct ScaleCell: Codable, Sendable, Equatable {
  /// T, of each rank.
  package var threads: Int
  /// P: processes that shared the steps.
  @OneIfMissing package var ranks: Int
  /// Those of them that were on one host.
  @OneIfMissing package var hostRanks: Int
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
  /// Against the fewest threads at the same batch, of the fewest ranks.
  package var speedup: Double
  /// Speedup ÷ how many times those threads, over all ranks, these are.
  package var efficiency: Double
  /// Resident memory that a run of this cell takes, data and program included; of a rank.
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
    microbatch: Int, busiestSamples: Int, usableCores: Int, ranks: Int = 1, hostRanks: Int = 1
  ) {
    self.threads = threads
    self.ranks = ranks
    self.hostRanks = hostRanks
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
    exceedsShards = threads * ranks > shards
    exceedsCores = threads * hostRanks > usableCores
  }

  /// Threads of all ranks.
  package var workers: Int { ranks * threads }

  /// How far the model's prediction was off when this cell was left out, as a share of the measured time.
  package var heldOutError: Double? { heldOutStepSeconds.map { $0 / stepSeconds - 1 } }
}

extension [ScaleCell] {
  /// The cells with speedup and efficiency against the first of the same batch, by batch, then ranks, then threads.
  package func compared() -> [ScaleCell] {
    let ordered = sorted { ($0.batch, $0.ranks, $0.threads) < ($1.batch, $1.ranks, $1.threads) }
    return ordered.map { cell in
      guard let base = ordered.first(where: { $0.batch == cell.batch }) else { return cell }
      var compared = cell
      compared.speedup = base.stepSeconds / cell.stepSeconds
      compared.efficiency = compared.speedup * Double(base.workers) / Double(cell.workers)
      return compared
    }
  }

  /// The cells of the fewest ranks: of one process, where it was measured.
  package var ofFewestRanks: [ScaleCell] {
    let fewest = map(\.ranks).min()
    return filter { $0.ranks == fewest }
  }

  /// The groups of cells with the same samples a thread and different threads, of the fewest ranks.
  package func weakScaling() -> [WeakScaling] {
    // B₁/T₁ = B₂/T₂ as a product, which has no rounding.
    var groups: [[ScaleCell]] = []
    for cell in ofFewestRanks.sorted(by: { $0.threads < $1.threads }) {
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

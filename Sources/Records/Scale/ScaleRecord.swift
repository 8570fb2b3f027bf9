/// Speed of training against threads and batch on one machine: a grid of measured cells, and a model fitted to them.
package struct ScaleRecord: StudyRecord, Equatable {
  package static let kind = StudyKind.scale

  package var name: String
  package var machine: MachineRecord
  /// `interrupted` where some cell has fewer timed steps than planned, or none.
  package var outcome = RunOutcome.completed
  /// Threads that can run at once on the machine: the least of CPU affinity and cgroup quota.
  package var usableCores: Int
  package var isothermVersion: String?
  /// ISO 8601.
  package var startedAt: String?
  package var wallSeconds = 0.0
  package var dataset: String?
  package var trainSamples: Int?
  /// Trained numbers of the network.
  package var parameters: Int?
  /// Multiplications and additions of forward and backward.
  package var flopsPerSample: Int?
  /// Seconds of timed steps that each cell was given.
  package var secondsPerCell = 0.0
  /// Rounds over all cells, each in another order, so that drift of the machine meets all alike.
  package var rounds = 0
  /// By batch, then ranks, then threads; without cells that an interruption left without a timed step.
  package var cells: [ScaleCell] = []
  /// Cells of equal samples a thread, where the grid has them.
  package var weakScaling: [WeakScaling] = []
  /// `nil` where no cell has threads within the cores.
  package var model: ScaleModelRecord?
  /// By batch, then threads, for a machine that has as many cores.
  package var predictions: [ScalePrediction] = []
  /// What the next doubling of threads meets, one a batch.
  package var limits: [ScaleLimit] = []
  /// Several hosts, by batch, then network, then ranks; `nil` in the files of older programs.
  package var networks: [ScaleNetworkPrediction]?
  /// What started the ranks, and moved their bytes, where cells have several.
  package var launcher: String?

  /// A record without cells.
  package init(name: String, machine: MachineRecord, usableCores: Int) {
    self.name = name
    self.machine = machine
    self.usableCores = usableCores
  }

  /// The cells, one a row.
  package var table: CSVTable {
    var table = CSVTable(columns: [
      "threads", "batch", "samplesPerSecond", "stepSeconds", "stepSecondsLow", "stepSecondsHigh", "gradientSeconds",
      "reduceSeconds", "speedup", "efficiency", "peakMemoryBytes", "timedSteps", "shards", "microbatch",
      "busiestSamples", "exceedsShards", "exceedsCores", "modelStepSeconds", "heldOutStepSeconds",
      "ranks",
    ])
    for cell in cells {
      table.append([
        cell.threads, cell.batch, cell.samplesPerSecond, cell.stepSeconds, cell.stepSecondsLow, cell.stepSecondsHigh,
        cell.gradientSeconds, cell.reduceSeconds, cell.speedup, cell.efficiency, cell.peakMemoryBytes,
        cell.timedSteps, cell.shards, cell.microbatch, cell.busiestSamples, cell.exceedsShards, cell.exceedsCores,
        cell.modelStepSeconds, cell.heldOutStepSeconds, cell.ranks,
      ])
    }
    return table
  }
}

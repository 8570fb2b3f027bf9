/// Speed of training against threads and batch on one machine: a grid of measured cells, and a model fitted to them.
public struct ScaleRecord: StudyRecord, Equatable {
  public static let kind = StudyKind.scale

  public var name: String
  public var machine: MachineRecord
  /// `interrupted` where some cell has fewer timed steps than planned, or none.
  public var outcome = RunOutcome.completed
  /// Threads that can run at once on the machine: the least of CPU affinity and cgroup quota.
  public var usableCores: Int
  public var isothermVersion: String?
  /// ISO 8601.
  public var startedAt: String?
  public var wallSeconds = 0.0
  public var dataset: String?
  public var trainSamples: Int?
  /// Trained numbers of the network.
  public var parameters: Int?
  /// Multiplications and additions of forward and backward.
  public var flopsPerSample: Int?
  /// Seconds of timed steps that each cell was given.
  public var secondsPerCell = 0.0
  /// Rounds over all cells, each in another order, so that drift of the machine meets all alike.
  public var rounds = 0
  /// By batch, then threads; without cells that an interruption left without a timed step.
  public var cells: [ScaleCell] = []
  /// Cells of equal samples a thread, where the grid has them.
  public var weakScaling: [WeakScaling] = []
  /// `nil` where no cell has threads within the cores.
  public var model: ScaleModelRecord?
  /// By batch, then threads, for a machine that has as many cores.
  public var predictions: [ScalePrediction] = []
  /// What the next doubling of threads meets, one a batch.
  public var limits: [ScaleLimit] = []

  /// A record without cells.
  public init(name: String, machine: MachineRecord, usableCores: Int) {
    self.name = name
    self.machine = machine
    self.usableCores = usableCores
  }

  /// The cells, one a row.
  public var table: CSVTable {
    var table = CSVTable(columns: [
      "threads", "batch", "samplesPerSecond", "stepSeconds", "stepSecondsLow", "stepSecondsHigh", "gradientSeconds",
      "reduceSeconds", "speedup", "efficiency", "peakMemoryBytes", "timedSteps", "shards", "microbatch",
      "busiestSamples", "exceedsShards", "exceedsCores", "modelStepSeconds", "heldOutStepSeconds",
    ])
    for cell in cells {
      table.append([
        cell.threads, cell.batch, cell.samplesPerSecond, cell.stepSeconds, cell.stepSecondsLow, cell.stepSecondsHigh,
        cell.gradientSeconds, cell.reduceSeconds, cell.speedup, cell.efficiency, cell.peakMemoryBytes,
        cell.timedSteps, cell.shards, cell.microbatch, cell.busiestSamples, cell.exceedsShards, cell.exceedsCores,
        cell.modelStepSeconds, cell.heldOutStepSeconds,
      ])
    }
    return table
  }
}

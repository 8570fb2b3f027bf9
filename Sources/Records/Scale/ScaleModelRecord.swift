/// The cost model of a step that was fitted to a grid of cells, and how far it can be trusted.
public struct ScaleModelRecord: Codable, Sendable, Equatable {
  /// The parts of a step's cost.
  public enum Term: String, Codable, Sendable, CaseIterable {
    /// Seconds a sample of the busiest worker.
    case sample
    /// Seconds a microbatch of the busiest worker, beside its samples.
    case microbatch
    /// Seconds that each sample of another worker adds meanwhile: the memory is shared.
    case sharedSample
    /// Seconds before the first gradient that no thread shortens.
    case gradientConstant
    /// Seconds for each worker that a fork-join wakes.
    case wake
    /// Seconds a byte that the busiest worker moves in the reduction.
    case byte
    /// Seconds that each byte of another worker adds meanwhile.
    case sharedByte
    /// Seconds of the update that no thread shortens.
    case reduceConstant
  }

  /// One fitted number.
  public struct Parameter: Codable, Sendable, Equatable {
    public var term: Term
    /// Never negative.
    public var seconds: Double
    /// The least value over the fits that leave out one cell each.
    public var low: Double
    /// The greatest one.
    public var high: Double
    /// Whether the grid could tell this part from the others; if not, its value is 0 and its cost lies in others.
    public var isTold: Bool

    public init(term: Term, seconds: Double, low: Double, high: Double, isTold: Bool) {
      self.term = term
      self.seconds = seconds
      self.low = low
      self.high = high
      self.isTold = isTold
    }
  }

  public var parameters: [Parameter]
  /// Cells that were fitted: those with threads within the cores.
  public var fittedCells: Int
  /// Thread counts among them.
  public var fittedThreads: [Int]
  /// Batches among them.
  public var fittedBatches: [Int]
  /// Median of the error on cells left out, as a share of the measured step time; `nil` for a single cell.
  public var medianHeldOutError: Double?
  /// The worst of them.
  public var worstHeldOutError: Double?

  public init(parameters: [Parameter], fittedCells: Int, fittedThreads: [Int], fittedBatches: [Int]) {
    self.parameters = parameters
    self.fittedCells = fittedCells
    self.fittedThreads = fittedThreads
    self.fittedBatches = fittedBatches
  }
}

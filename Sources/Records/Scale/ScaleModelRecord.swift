/// The cost model of a step that was fitted to a grid of cells, and how far it can be trusted.
package struct ScaleModelRecord: Codable, Sendable, Equatable {
  /// The parts of a step's cost.
  package enum Term: String, Codable, Sendable, CaseIterable {
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
    /// Seconds that each sample of another worker behind the same L3 cache adds, beside what the memory does.
    case groupSample
    /// Seconds that a sample of the busiest worker takes longer where all that it shares with others is on other nodes.
    case remoteSample
    /// Seconds that a byte of the reduction takes longer from another memory node.
    case remoteByte
    /// Seconds a byte that the busiest rank sends or receives, where the ranks were that were measured.
    case exchangedByte
    /// Seconds that it takes the ranks to wait for one another once.
    case exchange

    /// Whether only some machines, or some grids, have it.
    package var isSpecial: Bool {
      switch self {
      case .groupSample, .remoteSample, .remoteByte, .exchangedByte, .exchange: true
      default: false
      }
    }
  }

  /// One fitted number.
  package struct Parameter: Codable, Sendable, Equatable {
    package var term: Term
    /// Never negative.
    package var seconds: Double
    /// The least value over the fits that leave out one cell each.
    package var low: Double
    /// The greatest one.
    package var high: Double
    /// Whether the grid could tell this part from the others; if not, its value is 0 and its cost lies in others.
    package var isTold: Bool

    package init(term: Term, seconds: Double, low: Double, high: Double, isTold: Bool) {
      self.term = term
      self.seconds = seconds
      self.low = low
      self.high = high
      self.isTold = isTold
    }
  }

  package var parameters: [Parameter]
  /// Cells that were fitted: those with threads within the cores.
  package var fittedCells: Int
  /// Thread counts among them.
  package var fittedThreads: [Int]
  /// Batches among them.
  package var fittedBatches: [Int]
  /// Most memory nodes that the workers of such a cell were on; `nil` on a machine of one.
  package var fittedNodes: Int?
  /// Median of the error on cells left out, as a share of the measured step time; `nil` for a single cell.
  package var medianHeldOutError: Double?
  /// The worst of them.
  package var worstHeldOutError: Double?

  package init(parameters: [Parameter], fittedCells: Int, fittedThreads: [Int], fittedBatches: [Int]) {
    self.parameters = parameters
    self.fittedCells = fittedCells
    self.fittedThreads = fittedThreads
    self.fittedBatches = fittedBatches
  }
}

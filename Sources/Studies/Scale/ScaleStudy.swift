import Configuration
import Coordinator
import Datasets
import Gradients
import Machine
import Records

/// Measures how training speed grows with threads and batch, and fits a cost model that says what more would bring.
///
/// Every cell is a `Trainer` of its own that takes the same steps as training does, at a learning rate so small that
/// nothing diverges: results do not matter here. Cells are visited in several rounds, each in another order, so that
/// a machine that warms up or gets busy slows all of them alike.
///
/// Several ranks are several processes, as in training. A program that a launcher of MPI has started measures its part of
/// their cells (``collective``); one that was started alone has others do so (``others``).
package struct ScaleStudy: InterruptibleStudy {
  package typealias Record = ScaleRecord
  package static let name = StudyKind.scale.rawValue

  /// T of the cells.
  package var threads: [Int]
  /// B of the cells.
  package var batches: [Int]
  /// Timed steps of each cell, in seconds; a cell gets at least three of them, however long.
  package var seconds: Double
  /// Visits of each cell.
  package var rounds: Int
  /// The other ranks of this run, how many of them all are on this host, and this one's part of its cores.
  package var collective: any Collective = LocalCollective()
  package var hostRanks = 1
  package var share = NodeShare.whole
  /// What ranks are measured by other processes, after the cells of this one.
  package var others: [Int] = []
  /// Measures the same grid by that many ranks.
  package var measureRanks: @Sendable (Int, StopRequest) throws -> ScaleRecord? = { _, _ in nil }
  /// Whether this process measures cells of its own.
  package var measuresItself = true

  package init(threads: [Int], batches: [Int], seconds: Double, rounds: Int = 5) {
    self.threads = threads
    self.batches = batches
    self.seconds = seconds
    self.rounds = rounds
  }

  /// - Throws: `RunError` or `ModelError` where a cell cannot run, naming the batches that can.
  package func check(_ configuration: RunConfiguration, splits: DataSplits) throws {
    _ = try ScaleGrid(self, configuration, splits: splits)
  }

  /// Measures all cells; the record is handed in after each round but the last.
  package func run(
    _ configuration: RunConfiguration, splits: DataSplits, stop: StopRequest,
    progress: @escaping @Sendable (StudyProgress) -> Void, save: (ScaleRecord) throws -> Void
  ) throws -> ScaleRecord {
    try ScaleGrid(self, configuration, splits: splits).measure(stop: stop, progress: progress, save: save)
  }
}

import Configuration
import Coordinator
import Datasets
import Records

/// Measures how training speed grows with threads and batch, and fits a cost model that says what more would bring.
///
/// Every cell is a `Trainer` of its own that takes the same steps as training does, at a learning rate so small that
/// nothing diverges: results do not matter here. Cells are visited in several rounds, each in another order, so that
/// a machine that warms up or gets busy slows all of them alike.
public struct ScaleStudy: InterruptibleStudy {
  public typealias Record = ScaleRecord
  public static let name = StudyKind.scale.rawValue

  /// T of the cells.
  public var threads: [Int]
  /// B of the cells.
  public var batches: [Int]
  /// Timed steps of each cell, in seconds; a cell gets at least three of them, however long.
  public var seconds: Double
  /// Visits of each cell.
  public var rounds: Int

  public init(threads: [Int], batches: [Int], seconds: Double, rounds: Int = 5) {
    self.threads = threads
    self.batches = batches
    self.seconds = seconds
    self.rounds = rounds
  }

  /// - Throws: `RunError` or `ModelError` where a cell cannot run, naming the batches that can.
  public func check(_ configuration: RunConfiguration, splits: DataSplits) throws {
    _ = try ScaleGrid(self, configuration, splits: splits)
  }

  /// Measures all cells; the record is handed in after each round but the last.
  public func run(
    _ configuration: RunConfiguration, splits: DataSplits, stop: StopRequest,
    progress: @escaping @Sendable (StudyProgress) -> Void, save: (ScaleRecord) throws -> Void
  ) throws -> ScaleRecord {
    try ScaleGrid(self, configuration, splits: splits).measure(stop: stop, progress: progress, save: save)
  }
}

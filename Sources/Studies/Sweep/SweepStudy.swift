import Charts
import Configuration
import Coordinator
import Datasets
import Records

/// A ``Sweep`` as a study: which cell runs, how it learns, and when all will be done.
package struct SweepStudy: InterruptibleStudy {
  package typealias Record = SweepRecord
  package static let name = StudyKind.sweep.rawValue

  package var grid: SweepGrid
  /// Worker threads; `nil` leaves them to the config.
  package var threads: Int?
  /// The record of an interrupted sweep, whose cells are not run again.
  package var earlier: SweepRecord?

  package init(grid: SweepGrid, threads: Int? = nil, earlier: SweepRecord? = nil) {
    self.grid = grid
    self.threads = threads
    self.earlier = earlier
  }

  package func check(_ configuration: RunConfiguration, splits: DataSplits) throws {
    _ = try Sweep(configuration, splits: splits, grid: grid, threads: threads)
  }

  /// Runs every cell that is missing; the record is handed in before the first one and after each.
  package func run(
    _ configuration: RunConfiguration, splits: DataSplits, stop: StopRequest,
    progress: @escaping @Sendable (StudyProgress) -> Void, save: (SweepRecord) throws -> Void
  ) throws -> SweepRecord {
    let sweep = try Sweep(configuration, splits: splits, grid: grid, threads: threads)
    var forecast = SweepForecast([], budgetSamples: sweep.budgetSamples)
    var missing = grid.cells
    return try sweep.run(
      earlier ?? sweep.newRecord(), stop: stop,
      observe: { cell in
        // The running cell is the first of the missing ones.
        let left = forecast.seconds(for: Array(missing.dropFirst()), running: cell)
        progress(state(cell, number: grid.cells.count - missing.count + 1, secondsLeft: left))
      },
      onUpdate: { record in
        missing = sweep.missingCells(record)
        forecast = SweepForecast(record.points, budgetSamples: sweep.budgetSamples)
        try save(record)
      })
  }

  /// What should be known before a sweep of this config is begun.
  package func notes(_ configuration: RunConfiguration, splits: DataSplits) -> [String] {
    grid.notes(configuration, trainSamples: splits.train.count)
  }

  private func state(_ progress: SweepProgress, number: Int, secondsLeft: Double?) -> StudyProgress {
    var activity = "run \(number)/\(grid.cells.count)  B \(HumanFormat.count(progress.cell.batch))"
    if grid.rules.count > 1 { activity += "  \(progress.cell.rule.name)" }
    if grid.learningRates.count > 1 { activity += "  × \(HumanFormat.short(progress.cell.learningRate))" }
    activity += "  seed \(progress.cell.seed)"
    return StudyProgress(
      activity, done: progress.step.step, of: progress.steps, secondsLeft: secondsLeft,
      samplesPerSecond: progress.seconds > 0 ? Double(progress.samples) / progress.seconds : nil,
      training: StudyProgress.Training(
        epoch: progress.step.epoch, epochs: progress.epochs, loss: progress.step.loss,
        learningRate: progress.step.learningRate, testAccuracy: progress.evaluation?.accuracy,
        testLoss: progress.evaluation?.loss))
  }
}

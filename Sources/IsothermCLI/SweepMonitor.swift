import Foundation
import Isotherm

/// Shows a sweep on standard error: which cell runs, how it learns, and when all will be done.
final class SweepMonitor {
  private let sweep: Sweep
  private let writer: ProgressWriter
  private var forecast: SweepForecast
  /// Cells that are still to come, the running one first.
  private var missing: [SweepCell]

  init(_ sweep: Sweep, quiet: Bool) {
    self.sweep = sweep
    writer = ProgressWriter(quiet: quiet)
    forecast = SweepForecast([], budgetSamples: sweep.budgetSamples)
    missing = sweep.grid.cells
  }

  /// A step of the running cell.
  func observe(_ progress: SweepProgress) {
    writer.update(state(progress))
  }

  /// A cell has finished, or none yet.
  func update(_ record: SweepRecord) {
    let before = missing.count
    missing = sweep.missingCells(record)
    forecast = SweepForecast(record.points, budgetSamples: sweep.budgetSamples)
    let isResumed = before == sweep.grid.cells.count && !record.points.isEmpty && before - missing.count > 1
    if isResumed { writer.message("going on after \(record.points.count) of \(record.plannedCells) runs") }
  }

  func finish() { writer.finish() }

  private func state(_ progress: SweepProgress) -> ProgressState {
    let cells = sweep.grid.cells.count
    var activity = "run \(cells - missing.count + 1)/\(cells)  B \(HumanFormat.count(progress.cell.batch))"
    if sweep.grid.rules.count > 1 { activity += "  \(progress.cell.rule.name)" }
    if sweep.grid.learningRates.count > 1 { activity += "  × \(HumanFormat.short(progress.cell.learningRate))" }
    activity += "  seed \(progress.cell.seed)"
    var state = ProgressState(
      step: progress.step.step, steps: progress.steps, epoch: progress.step.epoch, epochs: progress.epochs,
      activity: activity)
    state.loss = progress.step.loss
    state.learningRate = progress.step.learningRate
    if progress.seconds > 0 { state.samplesPerSecond = Double(progress.samples) / progress.seconds }
    state.secondsLeft = forecast.seconds(for: Array(missing.dropFirst()), running: progress)
    state.testAccuracy = progress.evaluation?.accuracy
    state.testLoss = progress.evaluation?.loss
    return state
  }
}

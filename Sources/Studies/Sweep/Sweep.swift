import Optimizers
import Charts
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Records

/// Trains a config to a target over batches, seeds and rules for the learning rate, cell by cell (Shallue et al. 2018).
///
/// A cell is a pure function of config and grid, but for its times. So a sweep that was stopped goes on with the cells
/// that are missing, and its result is that of one that was not.
///
/// ```swift
/// let sweep = try Sweep(configuration, splits: splits, grid: grid)
/// let record = try sweep.run(sweep.newRecord(), onUpdate: { try folder.write($0) })
/// ```
package struct Sweep: Sendable {
  package let configuration: RunConfiguration
  package let splits: DataSplits
  package let grid: SweepGrid
  /// Worker threads; `nil` leaves them to the config.
  package let threads: Int?

  /// Joins config, data and grid.
  ///
  /// - Throws: `RunError`, `ModelError` or `ConfigurationError` where some cell cannot run: a batch larger than the
  ///   training set, say. So no mistake shows only after hours.
  package init(_ configuration: RunConfiguration, splits: DataSplits, grid: SweepGrid, threads: Int? = nil) throws {
    self.configuration = configuration
    self.splits = splits
    self.grid = grid
    self.threads = threads
    for cell in grid.cells where cell.seed == grid.seeds.first {
      let trial = try trial(cell)
      var checked = trial.plan.configuration
      checked.evaluate = configuration.evaluate
      checked.checkpoint = configuration.checkpoint
      try checked.validate()
      // The same config with the target finds a target that the data cannot have.
      checked.target = grid.target?.configuration
      _ = try RunPlan(checked, splits: splits, threads: threads)
    }
  }

  /// The record of a sweep without any finished cell.
  package func newRecord() -> SweepRecord {
    var record = SweepRecord(
      name: configuration.name, machine: .current, grid: grid,
      configurationSHA256: Self.digest(configuration))
    record.threads = threads
    record.isothermVersion = IsothermVersion.current
    record.startedAt = Date().formatted(.iso8601)
    record.dataset = splits.train.name
    record.trainSamples = splits.train.count
    record.testSamples = splits.test.count
    record.notes = grid.notes(configuration, trainSamples: splits.train.count)
    return record
  }

  /// What makes two configs the same sweep's.
  package static func digest(_ configuration: RunConfiguration) -> String {
    SHA256Digest.hex(of: Array(configuration.json().utf8))
  }

  /// Runs every cell that the record does not have yet.
  ///
  /// - Parameters:
  ///   - record: ``newRecord()``, or that of an interrupted sweep.
  ///   - stop: ends the sweep after the current step; the unfinished cell is dropped.
  ///   - observe: is told of every step.
  ///   - onUpdate: gets the whole record, analysed, before the first cell and after each finished one: to be written,
  ///     or shown while the sweep goes on.
  /// - Returns: the record with all cells, or with those that were done when `stop` was raised.
  package func run(
    _ record: SweepRecord, stop: StopRequest = StopRequest(), observe: (SweepProgress) -> Void = { _ in },
    onUpdate: (SweepRecord) throws -> Void = { _ in }
  ) throws -> SweepRecord {
    var record = SweepAnalysis.analysed(record)
    try onUpdate(record)
    let done = Set(record.points.map(\.cell))
    for cell in grid.cells where !done.contains(cell) {
      if stop.isRaised { break }
      guard let point = try trial(cell).run(stop: stop, observe: observe) else { break }
      record.points.append(point)
      record = SweepAnalysis.analysed(record)
      try onUpdate(record)
    }
    return record
  }

  /// Cells of the grid that the record does not have, in the order in which they run.
  package func missingCells(_ record: SweepRecord) -> [SweepCell] {
    let done = Set(record.points.map(\.cell))
    return grid.cells.filter { !done.contains($0) }
  }

  /// Training samples of a cell that uses its whole budget.
  package var budgetSamples: Double { grid.epochs * Double(splits.train.count) }

  private func trial(_ cell: SweepCell) throws -> SweepTrial {
    try SweepTrial(
      cell, of: configuration, grid: grid, plan: { try RunPlan($0, splits: splits, threads: threads) },
      trainSamples: splits.train.count)
  }
}

extension SweepGrid {
  /// What should be known before a sweep of this config is begun.
  func notes(_ configuration: RunConfiguration, trainSamples: Int) -> [String] {
    var notes: [String] = []
    if configuration.learningRate.decay != .none, target != nil, !toTheEnd {
      notes.append(
        "learningRate.decay follows the budget of \(HumanFormat.short(epochs, digits: 4)) epochs, so steps to target depend on it; "
          + "{\"kind\": \"none\"} makes them depend on the target alone")
    }
    if configuration.data.lastBatch == .drop, let largest = batches.max() {
      let kept = trainSamples / largest * largest
      if Double(kept) < 0.9 * Double(trainSamples) {
        notes.append(
          "an epoch of batch \(largest) takes \(kept) of \(trainSamples) samples: the last, smaller batch is "
            + "dropped, so its budget is shorter")
      }
    }
    return notes
  }
}

extension TargetRecord {
  var configuration: TargetConfiguration? {
    testAccuracy.map { .testAccuracy($0) } ?? testLoss.map { .testLoss($0) }
  }
}

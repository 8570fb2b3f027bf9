import Checkpoints
import Coordinator
import Foundation
import Records

/// Writes `metrics.csv`: the lines of `metrics.jsonl` as a table, for spreadsheets, pandas and R.
///
/// One head, then a row a line, in the same order; a field is empty where the line says nothing, or no finite number. No
/// step waits for it, and a disk that is full ends the table, not the run.
package final class MetricsCSV: RunObserver {
  private let folder: String
  private let file: String
  private var handle: FileHandle?
  private var lines: TrainingLines
  private var hasMissedSteps = false

  /// The table of a run in a directory.
  package init(in folder: String, of plan: RunPlan) {
    self.folder = folder
    file = folder + "/" + RunRecord.FileName.metricsTable
    lines = TrainingLines(plan)
  }

  package func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let step):
      lines.start(after: step)
      try rewrite(upTo: step)
    case .step(let step):
      if let line = lines.line(for: step) { try append(line) }
    case .evaluated(let step, let epoch, let evaluation):
      try append(MetricsLine(step: step, epoch: epoch, evaluation))
    case .skipped: hasMissedSteps = true
    case .histograms, .receipt, .saving, .saved, .ended: break
    }
  }

  /// The lines are complete by now, and where this observer was too slow for some, they are taken from there.
  package func finish() throws {
    if hasMissedSteps { try rewrite(upTo: .max) }
  }

  /// Makes the table anew from the lines of steps up to `step`; a run that goes on takes the later ones again.
  private func rewrite(upTo step: Int) throws {
    let metrics = URL(fileURLWithPath: folder + "/" + RunRecord.FileName.metrics)
    try? handle?.close()
    try AtomicFile.write(to: file) { (output: inout AtomicFile.Output) throws(CheckpointError) in
      var rows = Array(CSVTable(columns: MetricsLine.columns).text.utf8)
      var failure: CheckpointError?
      // A million rows need not be in memory at once.
      try? MetricsText.forEachRow(of: metrics) { row in
        guard failure == nil, let line = row.line, line.step <= step else { return }
        rows += CSVTable.line(line.fields).utf8
        guard rows.count > 1 << 20 else { return }
        do throws(CheckpointError) { try output.append(rows) } catch { failure = error }
        rows.removeAll(keepingCapacity: true)
      }
      if let failure { throw failure }
      try output.append(rows)
    }
    guard let opened = FileHandle(forWritingAtPath: file) else {
      throw RunFolderError(path: file, message: "cannot be opened for writing; the run continued without it")
    }
    handle = opened
  }

  private func append(_ line: MetricsLine) throws {
    guard let handle else { return }
    var end: UInt64?
    do {
      end = try handle.seekToEnd()
      try handle.write(contentsOf: Data(CSVTable.line(line.fields).utf8))
    } catch {
      // Half a row would be one that says something else.
      if let end { try? handle.truncate(atOffset: end) }
      throw RunFolderError(
        path: file, message: "cannot be written (\(RunFolder.reason(error))); the run continued without it")
    }
  }
}

extension MetricsLine {
  /// Heads of ``fields``: the keys of `metrics.jsonl`.
  static let columns = [
    "step", "epoch", "loss", "learningRate", "samplesPerSecond", "trainAccuracy", "gradientNorm", "noiseScale",
    "noiseScaleLow", "noiseScaleHigh", "temperatureIndex", "batch", "validationLoss", "validationAccuracy", "testLoss",
    "testAccuracy", "rSquared",
  ]

  /// A row of the table.
  var fields: [(any CSVField)?] {
    [
      step, epoch, loss, learningRate, samplesPerSecond, trainAccuracy, gradientNorm, noiseScale, noiseScaleLow,
      noiseScaleHigh, temperatureIndex, batch, validationLoss, validationAccuracy, testLoss, testAccuracy, rSquared,
    ]
  }
}

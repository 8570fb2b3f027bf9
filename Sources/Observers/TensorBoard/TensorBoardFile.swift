import Configuration
import Coordinator
import Foundation
import Protobufs
import Records

/// Writes an event file that TensorBoard shows: curves of the metrics, histograms of weights and gradients, the config,
/// and the run's hyper-parameters.
///
/// The file lies in the run directory, so that `tensorboard --logdir runs` calls the run by the directory's name. Curves
/// have a point for each line of `metrics.jsonl`. An event is in the file as soon as it is told, a twentieth of a second
/// after it happened; no step waits for it, and a disk that is full ends the file, not the run.
///
/// A run that goes on begins another file, which says from which step on the earlier ones no longer hold.
package final class TensorBoardFile: RunObserver {
  private let folder: String
  private let path: String?
  private let configuration: RunConfiguration
  private var lines: TrainingLines
  private var file: EventFile?

  /// The events of a run in a directory.
  ///
  /// - Parameter path: the file; left out, one that is named as TensorBoard wants it.
  package init(in folder: String, of plan: RunPlan, path: String? = nil) {
    self.folder = folder
    self.path = path
    configuration = plan.configuration
    lines = TrainingLines(plan)
  }

  package var wantsHistograms: Bool { configuration.log.histograms }

  package func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let step): try begin(after: step)
    case .step(let step):
      guard let line = lines.line(for: step) else { return }
      try write(line, at: step.endedAt)
    case .histograms(let step, _, let tensors): try file?.write(Self.values(tensors), step: step)
    case .evaluated(let step, let epoch, let evaluation):
      try write(MetricsLine(step: step, epoch: epoch, evaluation), at: Date())
    case .ended(let summary): try end(summary)
    case .skipped, .receipt, .saving, .saved: break
    }
  }

  private func begin(after step: Int) throws {
    lines.start(after: step)
    let file = try path.map { try EventFile(path: $0) } ?? EventFile(in: folder)
    self.file = file
    var event = TensorBoardEvent()
    event.step = Int64(step + 1)
    event.sessionLog.status = .start
    try file.write(event)
    var start = TensorBoardHyperparameterData()
    start.sessionStartInfo = TensorBoardSessionStartInfo(
      configuration.hyperparameters, seconds: Date().timeIntervalSince1970)
    try file.write([.hyperparameters("session_start_info", start)], step: 0)
    let config = "```json\n" + configuration.json() + "```"
    try file.write([.text("config", config)], step: step)
    if file.isFirst { try file.write([.text("curves", TensorBoardScalar.legend)], step: step) }
  }

  private func write(_ line: MetricsLine, at time: Date) throws {
    let values = TensorBoardScalar.all.compactMap { scalar in
      scalar.value(line).map { TensorBoardSummary.Value.scalar(scalar.tag, $0) }
    }
    try file?.write(values, step: line.step, at: time)
  }

  private static func values(_ tensors: [TensorHistograms]) -> [TensorBoardSummary.Value] {
    var values: [TensorBoardSummary.Value] = []
    for tensor in tensors {
      values.append(.histogram("weights/" + tensor.name, tensor.weights))
      if let gradient = tensor.gradient { values.append(.histogram("gradients/" + tensor.name, gradient)) }
    }
    return values
  }

  /// What runs are compared by, once a run is over, and how it ended. A run that was interrupted may go on.
  private func end(_ summary: RunSummary) throws {
    guard summary.outcome != .interrupted else { return }
    let results: [(String, Double?)] = [
      ("result/train_loss", summary.trainLoss), ("result/test_loss", summary.testLoss),
      ("result/test_accuracy", summary.testAccuracy), ("result/wall_seconds", summary.wallSeconds),
      ("result/samples_per_second", summary.samplesPerSecond),
    ]
    let values = results.compactMap { tag, number in number.map { TensorBoardSummary.Value.scalar(tag, $0) } }
    try file?.write(values, step: summary.steps)
    var end = TensorBoardHyperparameterData()
    end.sessionEndInfo.status = summary.outcome == .diverged ? .failure : .success
    end.sessionEndInfo.endTimeSecs = Date().timeIntervalSince1970
    try file?.write([.hyperparameters("session_end_info", end)], step: summary.steps)
  }
}

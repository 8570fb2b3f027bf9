import Configuration
import Coordinator
import Foundation
import Records
import Reports
import Synchronization

/// The page of a run that goes on, for a live view.
///
/// It keeps its own lines of metrics, as many as a page can show however long the run is; a page is made of them on the view's thread, and only while somebody looks.
package final class LiveRun: RunObserver, LiveSource, Sendable {
  private struct State {
    var lines: TrainingLines
    var pace: RunPace
    var metrics = MetricsLog()
    var numbers: RunMetrics
    var summary: RunSummary?
    /// Whether the page has been asked for since the last event.
    var isNew = true
  }

  private let folder: URL
  private let name: String
  private let configuration: String
  /// Shared by the thread that is told of events and the view's.
  private let state: Mutex<State>

  /// The run of a plan, which leaves its files in a directory.
  package init(_ plan: RunPlan, folder: URL) {
    self.folder = folder
    name = plan.configuration.name
    configuration = plan.configuration.json()
    state = Mutex(State(lines: TrainingLines(plan), pace: RunPace(plan), numbers: RunMetrics(plan)))
  }

  // MARK: Observing

  package func observe(_ event: TrainingEvent) {
    let earlier =
      if case .started(let step) = event, step > 0 { Self.metrics(in: folder, upTo: step) } else { MetricsLog() }
    state.withLock { state in
      switch event {
      case .started(let step):
        state.lines.start(after: step)
        state.pace.start(after: step)
        state.metrics = earlier
        state.numbers.start(after: step)
      case .step(let step):
        state.numbers.take(step)
        guard let line = state.lines.line(for: step) else { return }
        state.metrics.append(line)
      case .evaluated(let step, let epoch, let evaluation):
        state.metrics.append(MetricsLine(step: step, epoch: epoch, evaluation))
        state.numbers.take(evaluation)
      case .ended(let summary): state.summary = summary
      case .skipped, .histograms, .receipt, .saving, .saved: return
      }
      state.isNew = true
    }
  }

  /// What a run that was resumed had recorded before.
  private static func metrics(in folder: URL, upTo step: Int) -> MetricsLog {
    (try? MetricsLog(file: folder.appendingPathComponent(RunRecord.FileName.metrics), upTo: step)) ?? MetricsLog()
  }

  // MARK: Showing

  package func renew() -> Bool {
    state.withLock { state in
      defer { state.isNew = false }
      return state.isNew
    }
  }

  package func page(isOver: Bool) -> ReportPage {
    let (metrics, summary, running) = state.withLock { ($0.metrics, $0.summary, $0.pace.running) }
    let record = RunRecord(
      name: name, folder: folder, configuration: configuration, metrics: metrics, summary: isOver ? summary : nil)
    return RunReport.page(record, running: isOver ? nil : running, showsFiles: false)
  }

  package func metrics() -> [Metric] {
    let (numbers, running) = state.withLock { ($0.numbers, $0.pace.running) }
    return numbers.metrics(running)
  }

  package func location(of name: String) -> URL? {
    let known = [RunRecord.FileName.metrics, RunRecord.FileName.summary, RunRecord.FileName.configuration]
    return known.contains(name) ? folder.appendingPathComponent(name) : nil
  }

  package func file(_ name: String) -> Data? { location(of: name).flatMap { try? Data(contentsOf: $0) } }
}

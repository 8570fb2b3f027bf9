import Charts
import Checkpoints
import Coordinator
import Foundation
import Reports
import Synchronization
import Tracing

/// Writes what a run's threads did in some of its steps to a file for ui.perfetto.dev, once those steps are over.
///
/// ```swift
/// let file = TraceFile(try trainer.trace(10...14), of: plan, to: "trace.json")
/// trainer.add(file)
/// ```
package final class TraceFile: RunObserver, Sendable {
  private let trace: RunTrace
  private let plan: RunPlan
  private let path: String
  private let isWritten = Mutex(false)

  /// The file of a trace that a trainer of `plan` makes.
  package init(_ trace: RunTrace, of plan: RunPlan, to path: String) {
    self.trace = trace
    self.plan = plan
    self.path = path
  }

  package func observe(_ event: TrainingEvent) throws { try write() }

  package func finish() throws { try write() }

  /// Writes the file, once there is something to write.
  private func write() throws {
    guard !isWritten.withLock({ $0 }), let recording = trace.recording else { return }
    let file = try AtomicStream(to: path)
    var pending = ""
    try ChromeTrace(recording, of: trace, plan).write { text in
      pending += text
      guard pending.utf8.count >= Self.pieceBytes else { return }
      try file.append(Array(pending.utf8))
      pending.removeAll(keepingCapacity: true)
    }
    try file.append(Array(pending.utf8))
    try file.finish()
    isWritten.withLock { $0 = true }
  }

  private static let pieceBytes = 1 << 20

  /// Refuses a place where the file cannot be written, or where something else is that it would replace.
  ///
  /// - Parameter creating: a folder that will be made, in which the file may lie.
  /// - Throws: `RunError` that says what is there and what to do.
  package static func check(_ path: String, creating newFolder: String? = nil) throws(RunError) {
    func error(_ message: String) -> RunError { RunError(path: "--trace", message: "\(path) \(message)") }
    let manager = FileManager.default
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL.path
    if let newFolder, URL(fileURLWithPath: newFolder).standardizedFileURL.path == folder { return }
    var isFolder: ObjCBool = false
    guard manager.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw error("would be in a folder that is not there; make it, or choose another name")
    }
    guard manager.isWritableFile(atPath: folder) else {
      throw error("would be in a folder that this user may not write to; choose another name")
    }
    guard manager.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    if isFolder.boolValue { throw error("is a folder; give the name of a file") }
    let beginning = Data(ChromeTrace.beginning.utf8)
    let found = (try? FileHandle(forReadingFrom: URL(fileURLWithPath: path)).read(upToCount: beginning.count)) ?? nil
    if let found, found == beginning { return }
    throw error("exists already and is not a trace; only a trace would be replaced; choose another name")
  }

  // MARK: What the trace says

  /// Where the trace is, how to look at it, and what the workers did with the time.
  package func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    let asked = Self.words(trace.steps)
    guard let recording = trace.recording else {
      return "no trace    the run ended before \(asked)\n"
    }
    guard isWritten.withLock({ $0 }) else { return "no trace    \(path) could not be written\n" }
    var text = "trace    \(path): \(Self.words(recording.steps))"
    if recording.steps != trace.steps { text += " of the \(asked) asked for, since the run ended" }
    text += "; open it in https://ui.perfetto.dev\n"
    if recording.dropped > 0 {
      text +=
        "         \(HumanFormat.count(recording.dropped)) spans did not fit into "
        + "\(HumanFormat.bytes(RunTrace.mostBytes)) and are missing there; ask for fewer steps\n"
    }
    return text + "\n" + table(recording).render(style)
  }

  /// "steps 10 to 14".
  private static func words(_ steps: ClosedRange<Int>) -> String {
    let (first, last) = (HumanFormat.count(steps.lowerBound), HumanFormat.count(steps.upperBound))
    return steps.count == 1 ? "step \(first)" : "steps \(first) to \(last)"
  }

  /// A row a worker; the uses of its time add up to 100 %.
  private func table(_ recording: TraceRecording) -> TextTable {
    let uses: [(TraceSpan.Kind.Use, String)] = [
      (.samples, "over samples"), (.parameters, "over parameters"), (.evaluation, "evaluation"), (.other, "other work"),
      (.waitingForOthers, "waits for others"), (.waitingForWork, "waits for work"),
    ]
    let shown = uses.filter { use, _ in
      ![.evaluation, .other].contains(use) || recording.workers.contains { $0.nanoseconds(use) > 0 }
    }
    let milliseconds = HumanFormat.short(Double(recording.duration) * 1e-6, digits: 4)
    var table = TextTable(
      caption: "Shares of \(milliseconds) ms",
      columns: [.text("worker"), .init("busy")] + shown.map { TextTable.Column($0.1) })
    for (number, worker) in recording.workers.enumerated() {
      let shares = shown.map { use, _ in Double(worker.nanoseconds(use)) / Double(max(1, recording.duration)) }
      table.append(
        ["\(number)"] + ([recording.busyShare(worker)] + shares).map { HumanFormat.percent($0, decimals: 1) })
    }
    return table
  }
}

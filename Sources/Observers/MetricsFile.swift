import Checkpoints
import Coordinator
import Foundation
import JSON
import Records

/// Writes `metrics.jsonl`, a line for a step or an evaluation.
///
/// It is told at once and writes out what it has before any checkpoint is written: a run that goes on from that
/// checkpoint finds all lines up to there. A line reaches the file within a second otherwise.
///
/// A disk that is full does not end a run that could go on: lines that cannot be written wait and are tried again, up to
/// ``mostWaiting`` of them; what is lost in the end is counted. The file never has half a line that another follows.
package final class MetricsFile: RunObserver {
  private let folder: String
  private let file: String
  private var handle: FileHandle
  private var lines: TrainingLines
  private var pending: [MetricsLine] = []
  private static let mostPending = 4096
  /// Lines that wait at most while none can be written; the oldest are given up for newer ones.
  private static let mostWaiting = 4 * mostPending
  private var lastFlush = Date()
  /// Lines of this run that are not in the file and no longer wait to be written.
  private var given = 0
  /// Whether the file may end in a part of a line that could not be cut off.
  private var isTorn = false
  private var hasWarned = false
  private let warn: @Sendable (String) -> Void
  private let write: @Sendable (FileHandle, Data) throws -> Void

  /// The metrics of a run directory.
  ///
  /// - Parameters:
  ///   - warn: is told once if lines cannot be written.
  ///   - write: puts text at the end of the file; tests fail here.
  /// - Throws: `RunFolderError` if the file cannot be opened.
  package init(
    in folder: String, of plan: RunPlan, warn: @escaping @Sendable (String) -> Void = { _ in },
    write: @escaping @Sendable (FileHandle, Data) throws -> Void = { try $0.write(contentsOf: $1) }
  ) throws {
    self.folder = folder
    self.warn = warn
    self.write = write
    file = folder + "/" + RunRecord.FileName.metrics
    handle = try Self.open(file)
    lines = TrainingLines(plan)
    pending.reserveCapacity(Self.mostPending)
  }

  deinit { try? handle.close() }

  package var delivery: EventDelivery { .immediate }
  package var recordsLost: Int { given + pending.count }

  package func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let step):
      lines.start(after: step)
      try rewind(to: step)
    case .step(let step):
      if let line = lines.line(for: step) { add(line) }
    case .evaluated(let step, let epoch, let evaluation):
      add(MetricsLine(step: step, epoch: epoch, evaluation))
    case .saving:
      flush()
      synchronize()
    case .ended: flush()
    case .saved, .skipped, .histograms, .receipt: break
    }
  }

  package func finish() { flush() }

  // MARK: Going on

  /// Drops the lines of steps after `step`, which the run is about to take again, and appends from there.
  ///
  /// They are the end of the file, which is cut off; where lines before them cannot be read, the file is replaced as a
  /// whole. A kill meanwhile leaves the old one or the new one. Which steps have a line depends on the step alone, so
  /// that those which lack theirs are lost ones.
  private func rewind(to step: Int) throws {
    var end = 0
    // Whether a row was passed that goes, and whether one that stays came behind it.
    var isCut = false
    var needsRewriting = false
    var steps = 0
    try read { row in
      guard let line = row.line, line.step <= step else { return isCut = true }
      if line.isTraining, TrainingLines.isRecorded(line.step) { steps += 1 }
      if isCut || !row.isEnded { needsRewriting = true } else { end = row.end }
    }
    given = max(0, TrainingLines.count(upTo: step) - steps)
    guard needsRewriting else {
      do { try handle.truncate(atOffset: UInt64(end)) } catch { throw failure(error) }
      return
    }
    try rewrite(to: step)
    try? handle.close()
    handle = try Self.open(file)
  }

  private func rewrite(to step: Int) throws {
    try AtomicFile.write(to: file) { (output: inout AtomicFile.Output) throws(CheckpointError) in
      var rows: [UInt8] = []
      var failure: CheckpointError?
      try? read { row in
        guard failure == nil, row.line.map({ $0.step <= step }) ?? false else { return }
        rows += row.bytes + [0x0A]
        guard rows.count > 1 << 20 else { return }
        do throws(CheckpointError) { try output.append(rows) } catch { failure = error }
        rows.removeAll(keepingCapacity: true)
      }
      if let failure { throw failure }
      try output.append(rows)
    }
  }

  private func read(_ body: (MetricsText.Row) -> Void) throws {
    do {
      try MetricsText.forEachRow(of: URL(fileURLWithPath: file), body)
    } catch {
      throw failure(error)
    }
  }

  // MARK: Writing

  private func add(_ line: MetricsLine) {
    if pending.count >= Self.mostWaiting {
      pending.removeFirst(Self.mostPending)
      given += Self.mostPending
    }
    pending.append(line)
    // Each second, and where many come in one; while none can be written, each second alone.
    if lastFlush.timeIntervalSinceNow < -1 || pending.count == Self.mostPending { flush() }
  }

  private func flush() {
    lastFlush = Date()
    guard !pending.isEmpty else { return }
    var text = Data(pending.map { JSONText.line($0) + "\n" }.joined().utf8)
    if isTorn { text.insert(0x0A, at: 0) }
    var end: UInt64?
    do {
      end = try handle.seekToEnd()
      try write(handle, text)
      isTorn = false
      pending.removeAll(keepingCapacity: pending.capacity <= Self.mostPending)
      if pending.capacity < Self.mostPending { pending.reserveCapacity(Self.mostPending) }
    } catch {
      // Half a line would be one that says something else. What cannot be cut off is ended by the next text.
      isTorn = end.map { (try? handle.truncate(atOffset: $0)) == nil } ?? isTorn
      warnOnce(
        "cannot be written (\(RunFolder.reason(error))); the run continues, and tries again: free space on its disk")
    }
  }

  /// Waits until the lines are on the disk: a checkpoint that a power failure spares shall not lack them.
  private func synchronize() {
    while fdatasync(handle.fileDescriptor) != 0 {
      if errno == EINTR { continue }
      // Some file systems cannot, and say so with EINVAL: they offer nothing better.
      if errno != EINVAL {
        let reason = String(cString: strerror(errno))
        warnOnce("cannot be brought to the disk (\(reason)); the run continues: check the disk")
      }
      return
    }
  }

  private func warnOnce(_ words: String) {
    if !hasWarned { warn("\(file): \(words)") }
    hasWarned = true
  }

  private func failure(_ error: any Error) -> RunFolderError {
    RunFolderError(
      path: file,
      message: "cannot be written (\(RunFolder.reason(error))); free space on its disk, then continue with --resume "
        + folder)
  }

  private static func open(_ file: String) throws -> FileHandle {
    guard let handle = FileHandle(forWritingAtPath: file) else {
      throw RunFolderError(path: file, message: "cannot be opened for writing; check its permissions")
    }
    return handle
  }
}

import JSON
import Checkpoints
import Coordinator
import Foundation
import Records

/// Writes `metrics.jsonl`, a line for a step or an evaluation.
///
/// It is told at once and writes out what it has before any checkpoint is written: a run that goes on from that
/// checkpoint finds all lines up to there. A line reaches the file within a second otherwise. What cannot be written
/// ends the run.
package final class MetricsFile: RunObserver {
  private let folder: String
  private let file: String
  private var handle: FileHandle
  private var lines: TrainingLines
  private var pending: [MetricsLine] = []
  private static let mostPending = 4096
  private var lastFlush = Date()

  /// The metrics of a run directory.
  ///
  /// - Throws: `RunFolderError` if the file cannot be opened.
  package init(in folder: String, of plan: RunPlan) throws {
    self.folder = folder
    file = folder + "/" + RunRecord.FileName.metrics
    handle = try Self.open(file)
    lines = TrainingLines(plan)
    pending.reserveCapacity(Self.mostPending)
  }

  deinit { try? handle.close() }

  package var delivery: EventDelivery { .immediate }

  package func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let step):
      lines.start(after: step)
      try rewind(to: step)
    case .step(let step):
      if let line = lines.line(for: step) { try add(line) }
    case .evaluated(let step, let epoch, let evaluation):
      try add(MetricsLine(step: step, epoch: epoch, evaluation))
    case .saving:
      try flush()
      try synchronize()
    case .ended: try flush()
    case .saved, .skipped, .histograms, .receipt: break
    }
  }

  package func finish() throws { try flush() }

  /// Drops the lines of steps after `step`, which the run is about to take again, and appends from there.
  ///
  /// The file is replaced as a whole: a kill meanwhile leaves the old one or the new one.
  private func rewind(to step: Int) throws {
    let contents = FileManager.default.contents(atPath: file) ?? Data()
    let log = MetricsLog(contents: contents)
    let kept = Self.text(log.lines.filter { $0.step <= step })
    guard kept != contents else { return }
    try AtomicFile.write(String(decoding: kept, as: UTF8.self), to: file)
    try? handle.close()
    handle = try Self.open(file)
  }

  private func add(_ line: MetricsLine) throws {
    pending.append(line)
    if pending.count == Self.mostPending || lastFlush.timeIntervalSinceNow < -1 { try flush() }
  }

  private func flush() throws {
    lastFlush = Date()
    guard !pending.isEmpty else { return }
    let text = Self.text(pending)
    pending.removeAll(keepingCapacity: true)
    do {
      try handle.seekToEnd()
      try handle.write(contentsOf: text)
    } catch {
      throw RunFolderError(
        path: file,
        message: "cannot be written (\(RunFolder.reason(error))); free space on its disk, then go on with --resume "
          + folder)
    }
  }

  /// Waits until the lines are on the disk: a checkpoint that a power failure spares must not lack them.
  private func synchronize() throws {
    while fdatasync(handle.fileDescriptor) != 0 {
      // Some file systems cannot, and say so with EINVAL: they offer nothing better.
      if errno == EINVAL { return }
      guard errno == EINTR else {
        throw RunFolderError(
          path: file, message: "cannot be brought to the disk (\(String(cString: strerror(errno)))); check the disk")
      }
    }
  }

  private static func text(_ lines: [MetricsLine]) -> Data {
    Data(lines.map { JSONText.line($0) + "\n" }.joined().utf8)
  }

  private static func open(_ file: String) throws -> FileHandle {
    guard let handle = FileHandle(forWritingAtPath: file) else {
      throw RunFolderError(path: file, message: "cannot be opened for writing; check its permissions")
    }
    return handle
  }
}

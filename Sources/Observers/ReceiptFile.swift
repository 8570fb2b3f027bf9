import Checkpoints
import Coordinator
import Foundation
import JSON
import Records

/// Writes `receipt.jsonl`, a line of digests at a time.
///
/// It is told at once, and a line is on the disk before a checkpoint that comes after it: a run that goes on from there
/// finds the chain whole.
package final class ReceiptFile: RunObserver {
  private let file: String
  private var pending: [ReceiptLine] = []

  /// The receipt of a run in a directory.
  package init(in folder: String) { file = folder + "/" + RunRecord.FileName.receipt }

  package var delivery: EventDelivery { .immediate }

  package func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let step):
      // What a run wrote after the save that it goes on from, it writes again.
      let contents = FileManager.default.contents(atPath: file) ?? Data()
      let kept = ReceiptLine.lines(contents).prefix { $0.step <= step }
      try AtomicFile.write(kept.map { JSONText.line($0) + "\n" }.joined(), to: file)
    case .receipt(let line): pending.append(line)
    case .saving, .ended: try flush()
    case .step, .skipped, .histograms, .evaluated, .saved: break
    }
  }

  package func finish() throws { try flush() }

  private func flush() throws {
    guard !pending.isEmpty else { return }
    let text = pending.map { JSONText.line($0) + "\n" }.joined()
    pending.removeAll(keepingCapacity: true)
    do {
      guard let handle = FileHandle(forWritingAtPath: file) else { throw POSIXError(.ENOENT) }
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(text.utf8))
      try handle.synchronize()
    } catch {
      throw RunFolderError(
        path: file,
        message: "cannot be written (\(RunFolder.reason(error))); without its lines the run has no receipt: free space "
          + "on its disk, then continue with --resume")
    }
  }
}

import Calendars
import Checkpoints
import Datasets
import JSON
import Records

/// The chain of digests of a run: follows every step, and makes a line of `receipt.jsonl` of it now and then.
///
/// A line says what the state was, and by which samples, losses and learning rates the run came there. Everything in it
/// can be computed again from the config, the data and a checkpoint, by anybody, with any
/// number of threads.
package final class ReceiptChain {
  private let every: Int
  private let steps = RollingDigest()
  /// Number, loss and rate of a step, and its samples: memory for the largest batch.
  private var entry: [UInt8] = []
  private var previous: String?
  init(every: Int, largestBatch: Int) {
    self.every = every
    entry.reserveCapacity(3 * MemoryLayout<UInt64>.size + largestBatch * MemoryLayout<UInt32>.size)
  }

  /// Follows a step that was taken. Allocates nothing.
  func follow(_ step: StepRecord, _ batch: BatchPosition, _ order: TrainingOrder) {
    entry.removeAll(keepingCapacity: true)
    add(UInt64(step.step))
    add(step.loss.bitPattern)
    add(step.learningRate.bitPattern)
    for index in 0..<batch.count { add(UInt32(order.sample(batch, index))) }
    steps.absorb(entry)
  }

  private func add(_ word: some FixedWidthInteger) {
    var rest = word
    for _ in 0..<word.bitWidth / 8 {
      entry.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Whether a line is due after so many steps.
  func isDue(after step: Int, of last: Int) -> Bool { step % every == 0 || step == last }

  /// Closes a line, which says how the run came here from the last one; the next begins behind it.
  func close(_ line: ReceiptLine) -> ReceiptLine {
    var line = line
    line.stepsSHA256 = steps.hex
    line.previous = previous
    line.sha256 = line.digest
    previous = line.sha256
    steps.restart()
    return line
  }

  /// Where the chain stands, for a checkpoint.
  var state: ReceiptState {
    get { ReceiptState(steps: steps.hex, previous: previous) }
    set {
      steps.hex = newValue.steps
      previous = newValue.previous
    }
  }
}

/// Where a chain of digests stands between two of its lines: part of a checkpoint.
struct ReceiptState: Sendable, Equatable, Codable {
  /// Digest of the steps since the last line.
  var steps: String
  /// Digest of the last line.
  var previous: String?
}

extension ReceiptLine {
  /// The digest that the line should have: of its compact JSON with sorted keys, without `sha256`.
  package var digest: String {
    var line = self
    line.sha256 = nil
    return SHA256Digest.hex(of: Array(JSONText.line(line).utf8))
  }
}

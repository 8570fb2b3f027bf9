import Checkpoints
import Configuration
import Foundation
import Kernels
import Models
import Records

extension Trainer {
  /// Tells observers the digests of the run so far, where a line of the receipt is due.
  func tellReceipt(isEnd: Bool = false) throws {
    guard let receipts, receipts.isDue(after: progress.step, isEnd: isEnd) else { return }
    update.collectState()
    try observers.tell(.receipt(receiptLine()))
  }

  /// The line of the steps since the last one, as the run's receipt has it; the next begins behind it.
  ///
  /// The config has to ask for a receipt.
  package func receiptLine() -> ReceiptLine {
    guard let receipts else { preconditionFailure("a line of a receipt that the config does not ask for") }
    let line = ReceiptLine(
      step: progress.step, stateSHA256: stateDigest.hex(), stepsSHA256: "",
      configurationSHA256: SHA256Digest.hex(of: Array(plan.configuration.trainingText.utf8)), dataSHA256: dataSHA256,
      programSHA256: Self.programSHA256, kernels: rounding.kernels, blas: rounding.blas)
    return receipts.close(line)
  }

  /// Digest of everything that the run goes on from, as a line of a receipt has it.
  package var stateSHA256: String { stateDigest.hex() }

  /// The vectors that a step reads and changes.
  var stateVectors: [Floats] {
    let followed = update.followed.map { [$0.parameters.view, $0.statistics.view] } ?? []
    return [state.parameters.view, state.statistics.view] + update.vectors.map(\.view) + followed
  }

  /// Digest of this program's file; empty where the system does not show it.
  package static let programSHA256: String = {
    guard let file = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped) else {
      return ""
    }
    return SHA256Digest.hex(of: Array(file))
  }()
}

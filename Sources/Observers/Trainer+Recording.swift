import Configuration
import Coordinator
import Gradients

extension Trainer {
  /// A trainer whose run leaves all its records in a directory: `metrics.jsonl`, and what the config's `log` asks for.
  ///
  /// - Parameter warn: is told once if lines of `metrics.jsonl` cannot be written; the run goes on.
  /// - Throws: as `Trainer.init(_:folder:)`; `RunFolderError` if the metrics cannot be opened.
  package convenience init(
    _ plan: RunPlan, recordingIn folder: RunFolder, collective: any Collective = LocalCollective(),
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) throws {
    try self.init(plan, folder: folder, collective: collective)
    add(try MetricsFile(in: folder.path, of: plan, warn: warn))
    if plan.configuration.receipt != nil { add(ReceiptFile(in: folder.path)) }
    let log = plan.configuration.log
    if log.csv { add(MetricsCSV(in: folder.path, of: plan)) }
    if log.tensorboard { add(TensorBoardFile(in: folder.path, of: plan)) }
  }
}

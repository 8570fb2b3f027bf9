import Configuration
import Coordinator
import Logging
import Records

/// Tells a host program's log what a run does; the program decides where entries go and which it wants.
///
/// Steps are no entries: they are in the events of the run. Levels: `info` for the begin, evaluations and the end,
/// `notice` for what a user should know before the run, `debug` for checkpoints, `error` for a run that diverged.
package final class RunLog: RunObserver {
  private let logger: Logger
  private let plan: RunPlan

  /// The log of a run of `plan`.
  package init(_ plan: RunPlan, logger: Logger) {
    self.plan = plan
    self.logger = logger
  }

  package func observe(_ event: TrainingEvent) {
    switch event {
    case .started(let step):
      logger.info(
        "\(step == 0 ? "training begins" : "training continues")",
        metadata: [
          "run": "\(plan.configuration.name)", "step": "\(step)", "steps": "\(plan.steps)",
          "threads": "\(plan.threads)",
        ])
      for note in plan.notes { logger.notice("\(note)") }
    case .evaluated(let step, let epoch, let evaluation):
      var metadata: Logger.Metadata = [
        "step": "\(step)", "epoch": "\(epoch)", "loss": "\(evaluation.loss)",
        "set": "\(evaluation.isValidation ? "validation" : "test")",
      ]
      if let accuracy = evaluation.accuracy { metadata["accuracy"] = "\(accuracy)" }
      logger.info("evaluation", metadata: metadata)
    case .saved(let path, let step):
      logger.debug("checkpoint saved", metadata: ["step": "\(step)", "path": "\(path)"])
    case .ended(let summary): tell(summary)
    case .skipped, .step, .histograms, .receipt, .saving: break
    }
  }

  private func tell(_ summary: RunSummary) {
    var metadata: Logger.Metadata = [
      "outcome": "\(summary.outcome.rawValue)", "steps": "\(summary.steps)", "seconds": "\(summary.wallSeconds)",
    ]
    if let loss = summary.testLoss { metadata["loss"] = "\(loss)" }
    if let accuracy = summary.testAccuracy { metadata["accuracy"] = "\(accuracy)" }
    if let divergence = summary.divergence { metadata["step"] = "\(divergence.step)" }
    if summary.outcome == .diverged {
      logger.error("training diverged", metadata: metadata)
    } else {
      logger.info("training ended", metadata: metadata)
    }
  }
}

import Charts
import Checkpoints
import Configuration
import Coordinator
import Datasets
import JSON
import Records
import Reports
import Calendars

extension TrainCommand {
  /// Does all that a run does before its first step, and says what the run would be: config, data, memory and weights are
  /// checked, and nothing is written.
  func rehearse() throws {
    var record: PlanRecord
    let plan: RunPlan
    if let resume {
      (plan, record) = try rehearse(resuming: LatestRun.use(resume, .checkpoint))
    } else {
      if let out { try NewFolder.requireFree(out) }
      plan = try preparePlan()
      // Allocates what a run would, and takes the weights as a run would.
      let trainer = try Trainer(plan)
      record = plan.record
      if let initialWeights {
        let loaded = try trainer.initialize(from: initialWeights, isPartial: initPartial)
        record.notes =
          (record.notes ?? []) + loaded.notes + [
            "begins with \(loaded.taken.count) tensors of \(loaded.path)"
          ]
      }
    }
    if output.json { return printResult(JSONText.pretty(record)) }
    printResult(record.text(schedule: plan.rateSamples, style: .detect(descriptor: 1)))
    printResult("dry run: config, data, memory and weights were checked; nothing was trained, and nothing was written")
  }

  /// Neither takes the directory for this process nor tidies it: a run may be going on there.
  private func rehearse(resuming path: String) throws -> (RunPlan, PlanRecord) {
    let configuration = try ConfigurationOptions.load(
      path + "/" + RunRecord.FileName.configuration, overrides: overrides)
    let plan = try RunPlan(
      configuration, splits: try loadData(configuration, quiet: output.quiet), threads: threadOptions.threads)
    let found = try Trainer(plan).resumption(of: path, acceptingChanges: acceptChanges)
    var record = plan.record
    let step = found.progress.step
    let epoch = HumanFormat.short(plan.calendar.epoch(after: step))
    let over = found.progress.outcome.map { ", where the run had ended (\($0.rawValue))" } ?? ""
    let end =
      found.changes.isEmpty ? "data, config and kernels are those of the run" : "with changes that were accepted"
    record.notes =
      (record.notes ?? []) + found.rejected.map { "not used: \($0)" } + found.changes.map { "accepted: \($0)" }
      + found.remarks
      + ["\(path) would continue after step \(step) of \(plan.steps), epoch \(epoch)\(over); \(end)"]
    return (plan, record)
  }
}

import Calendars
import Configuration
import Datasets
import Foundation
import Optimizers
import Records

extension Trainer {
  /// Lets a saved run go on with what a resumed run may change.
  ///
  /// Steps taken stay as they were. The schedule is that of the new length from the next step on: where the rate does not
  /// depend on the length of the run (no decay, step and batch decay), the weights then have the bits of a run that had
  /// this length from the start. A run that was over goes on if its length, its target or the rule by which it stops has
  /// changed and steps are left.
  ///
  /// - Parameters:
  ///   - saved: where the run stood; its outcome is taken back if it goes on.
  ///   - path: the run directory.
  ///   - before: the config that it had.
  ///   - changes: what is not as before, of the keys that may change.
  /// - Returns: what to tell the user.
  /// - Throws: ``RunFolderError`` if the run has taken more steps than it is to have.
  func extend(
    _ saved: inout RunProgress, of path: String, from before: RunConfiguration, _ changes: [ChangedKey]
  ) throws(RunFolderError) -> [String] {
    var remarks = changes.map { "continues with \($0)" }
    let calendar = StepCalendar(before, samples: plan.splits.train.count)
    let planned = calendar.steps(of: before.length)
    let isOver = saved.outcome != nil
    let goesOnByChange = changes.contains { change in
      ["epochs", "steps", "target", "stop"].contains { change.path == $0 || change.path.hasPrefix($0 + ".") }
    }
    if goesOnByChange, isOver, saved.step < plan.steps {
      // Patience begins anew: otherwise the next evaluation would end it again.
      (saved.outcome, saved.stoppedEarlyAtStep, saved.evaluationsSinceBest) = (nil, nil, 0)
    }
    guard planned != plan.steps else { return remarks }
    guard plan.steps >= saved.step else {
      throw RunFolderError(
        path: path,
        message:
          "has taken \(saved.step) steps, and is to have \(plan.steps) (\(Self.words(plan.configuration.length))): a run "
          + "cannot be made shorter than it is; allowed: at least \(saved.step) steps",
        isUsage: true)
    }
    let old = Schedule(
      before.learningRate, batch: before.batch.size, steps: max(1, planned), calendar: calendar)
    let record = ExtensionRecord(
      step: saved.step, plannedSteps: planned,
      learningRateBefore: saved.step > 0 ? old.learningRate(at: saved.step - 1) : nil,
      learningRateAfter: plan.schedule.learningRate(at: saved.step))
    saved.extensions.append(record)
    remarks.append(Self.words(record, steps: plan.steps))
    if isOver, plan.configuration.target != nil, saved.step < plan.steps {
      remarks.append("the first evaluation that reaches the run's target ends it again, unless --set target=null")
    }
    return remarks
  }

  private static func words(_ length: Span) -> String {
    switch length {
    case .epochs(let epochs): "epochs: \(epochs)"
    case .steps(let steps): "steps: \(steps)"
    }
  }

  /// How the run goes on, in a sentence.
  private static func words(_ record: ExtensionRecord, steps: Int) -> String {
    func rate(_ rate: Double) -> String { String(format: "%.4g", rate) }
    let length =
      "\(record.step) steps are taken and stay; the run is to have \(steps) in place of \(record.plannedSteps)"
    guard record.step < steps else { return length }
    let before = record.learningRateBefore.map { ", after \(rate($0)) at the last one" } ?? ""
    return length + ", and the schedule of that length holds from the next step on: its learning rate is "
      + rate(record.learningRateAfter) + before
  }
}

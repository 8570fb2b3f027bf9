import ArgumentParser
import Charts
import Coordinator
import Observers

/// `--trace` and `--trace-steps`.
struct TraceOptions: ParsableArguments {
  @Option(
    name: .customLong("trace"),
    help: """
      Records what each thread does in some steps and writes it to this file, for https://ui.perfetto.dev. Takes at most \
      256 MiB of memory, 32 bytes for every span.
      """, completion: .file(extensions: ["json"]))
  var file: String?

  @Option(
    name: .customLong("trace-steps"),
    help: "With --trace, the steps to record: N, or A-B, counted from 1. Default: five steps, from the tenth on.")
  var steps: String?

  func validate() throws {
    if steps != nil, file == nil { throw ValidationError("--trace-steps needs --trace FILE") }
    if let file, file.isEmpty { throw ValidationError("--trace: give the name of a file") }
    _ = try asked()
  }

  /// The steps that were asked for; `nil` for the default.
  private func asked() throws -> ClosedRange<Int>? {
    guard let steps else { return nil }
    let ends = steps.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 1, first <= last
    else {
      throw ValidationError(
        "--trace-steps: found \(steps), allowed is a step, such as 100, or steps, such as 100-110, counted from 1")
    }
    return first...last
  }

  /// Refuses steps that the run will not take, and a file that cannot be written, before anything is left behind.
  ///
  /// - Parameters:
  ///   - step: steps that the run has taken before.
  ///   - folder: one that the run will make, in which the file may lie.
  func check(_ plan: RunPlan, after step: Int = 0, creating folder: String? = nil) throws {
    guard let file else { return }
    try TraceFile.check(file, creating: folder)
    guard step < plan.steps else {
      throw RunError(
        path: "--trace", message: "the run has taken all of its \(plan.steps) steps, so that none is left to record")
    }
    guard let asked = try asked() else { return }
    guard asked.upperBound <= plan.steps else {
      throw RunError(
        path: "--trace-steps",
        message: "found \(steps ?? ""), but the run has \(HumanFormat.plural("\(plan.steps)", "step")): allowed are "
          + "\(step + 1) to \(plan.steps)")
    }
    guard asked.lowerBound > step else {
      throw RunError(
        path: "--trace-steps",
        message: "found \(steps ?? ""), but the run continues after step \(step): allowed are \(step + 1) to "
          + "\(plan.steps)")
    }
  }

  /// Has a trainer's run traced, if that was asked for and it has steps left.
  func start(_ trainer: Trainer) throws -> TraceFile? {
    guard let file else { return nil }
    let (step, plan) = (trainer.progress.step, trainer.plan)
    try check(plan, after: step)
    guard let steps = try asked() ?? RunTrace.defaultSteps(after: step, of: plan.steps) else { return nil }
    let trace = TraceFile(try trainer.trace(steps), of: plan, to: file)
    trainer.add(trace)
    return trace
  }
}

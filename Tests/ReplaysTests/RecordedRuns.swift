import Configuration
import Coordinator
import Observers

/// Small runs with all their records.
enum RecordedRuns {
  /// Digits with a save every five steps, of which two stay.
  static func digits(steps: Int, _ more: String = "") throws -> RunConfiguration {
    try RunConfiguration.decode(
      """
      { "name": "digits", "seed": 3, "data": { "dataset": "digits" },
        "model": { "layers": [ { "type": "dense", "units": 20 }, { "type": "relu" }, { "type": "dense", "units": 10 } ] },
        "batch": { "size": 100, "shards": 4, "microbatch": 10 }, "steps": \(steps),
        "checkpoint": { "everySteps": 5, "keep": 2 } \(more) }
      """, file: "test")
  }

  /// Trains, and returns the weights' digests after 0, 1, 2, … steps.
  @discardableResult
  static func train(_ configuration: RunConfiguration, in folder: String) throws -> [String] {
    let plan = try RunPlan(configuration, splits: RunData.load(configuration), threads: 2)
    let trainer = try Trainer(plan, recordingIn: RunFolder(creating: folder, configuration: plan.configuration))
    var digests = [trainer.weightsSHA256]
    _ = try trainer.train { event in
      if case .step = event { digests.append(trainer.weightsSHA256) }
    }
    return digests
  }
}

import Checkpoints
import Configuration
import Coordinator
import Foundation
import Kernels
import Observers

/// Small runs with all their records.
enum RecordedRuns {
  /// Digits with a save every five steps, of which two stay.
  static func digits(
    steps: Int, saves: String = #"{ "everySteps": 5, "keep": 2 }"#, _ more: String = ""
  ) throws -> RunConfiguration {
    try RunConfiguration.decode(
      """
      { "name": "digits", "seed": 3, "data": { "dataset": "digits" },
        "model": { "layers": [ { "type": "dense", "units": 20 }, { "type": "relu" }, { "type": "dense", "units": 10 } ] },
        "batch": { "size": 100, "shards": 4, "microbatch": 10 }, "steps": \(steps), "checkpoint": \(saves) \(more) }
      """, file: "test")
  }

  /// A table with the columns a, b and label, with a receipt.
  static func table(_ path: String) throws -> RunConfiguration {
    try RunConfiguration.decode(
      """
      { "name": "table", "data": { "dataset": "csv", "path": "\(path)", "label": "label", "testShare": 0.2 },
        "model": { "preset": "logistic" }, "batch": { "size": 16 }, "steps": 10, "receipt": { "everySteps": 4 } }
      """, file: "test")
  }

  /// Trains, and returns the weights' digests after 0, 1, 2, … steps.
  ///
  /// - Parameter last: stops the run after so many steps; a run that is there goes on.
  @discardableResult
  static func train(
    _ configuration: RunConfiguration, in folder: String, threads: Int = 2, until last: Int? = nil
  ) throws -> [String] {
    let plan = try RunPlan(configuration, splits: RunData.load(configuration), threads: threads)
    let isThere = FileManager.default.fileExists(atPath: folder)
    let trainer = try Trainer(
      plan,
      recordingIn: isThere
        ? RunFolder(resuming: folder, configuration: plan.configuration)
        : RunFolder(creating: folder, configuration: plan.configuration))
    if isThere { _ = try trainer.resume() }
    var digests = [trainer.weightsSHA256]
    let stop = StopRequest()
    _ = try trainer.train(stop: stop) { event in
      guard case .step(let step) = event else { return }
      digests.append(trainer.weightsSHA256)
      if step.step == last { stop.raise() }
    }
    return digests
  }

  /// Writes a safetensors file anew, with its digests, after `change` has seen each tensor of floats.
  static func rewrite(_ file: SafetensorsFile, _ change: (String, inout [Float]) -> Void) throws {
    let tensors = try file.entries.map(\.name).map { name in
      var values = try file.floats(name)
      change(name, &values)
      return SafetensorsTensor(name, shape: file.entry(name)?.shape ?? [], Buffer(values).view)
    }
    try SafetensorsFile.write(tensors, metadata: file.metadata, to: file.path)
  }
}

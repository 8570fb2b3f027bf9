import Configuration
import Coordinator
import Foundation
import Observers
import Records
import Reports
import Statistics
import TestSupport
import Testing

/// A strict reader of the text format: metrics that say their help and type first, once, and then one value.
private func parse(_ text: String) throws -> [String: (type: String, labels: String, value: Double)] {
  struct Broken: Error { var line: Substring }
  var found: [String: (type: String, labels: String, value: Double)] = [:]
  var (help, type): (Substring?, (name: Substring, kind: Substring)?) = (nil, nil)
  guard text.hasSuffix("\n") else { throw Broken(line: "") }
  for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
    if let match = try /# HELP ([a-z_]+) .+/.wholeMatch(in: line) {
      guard help == nil, found[String(match.1)] == nil else { throw Broken(line: line) }
      help = match.1
    } else if let match = try /# TYPE ([a-z_]+) (gauge|counter)/.wholeMatch(in: line) {
      guard help == match.1, type == nil, (match.2 == "counter") == match.1.hasSuffix("_total") else {
        throw Broken(line: line)
      }
      type = (match.1, match.2)
    } else if let match = try /([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (\S+)/.wholeMatch(in: line) {
      guard let kind = type, kind.name == match.1, let value = Double(match.3.replacing("Inf", with: "inf")) else {
        throw Broken(line: line)
      }
      found[String(match.1)] = (String(kind.kind), String(match.2 ?? ""), value)
      (help, type) = (nil, nil)
    } else {
      throw Broken(line: line)
    }
  }
  return found
}

@Suite("The metrics of a run that is watched")
struct RunMetricsTests {
  private func text(_ live: LiveRun) -> String { live.metrics().map(\.text).joined() }

  @Test("are those of the last step and evaluation, and what is not known is left out")
  func values() throws {
    try withTemporaryFolder { folder in
      let live = LiveRun(try Runs.plan(steps: 40), folder: folder)
      let before = try parse(text(live))
      #expect(before["isotherm_steps_planned"]?.value == 40 && before["isotherm_samples_total"]?.value == 0)
      #expect(before["isotherm_step"] == nil && before["isotherm_loss"] == nil && before["isotherm_test_loss"] == nil)

      live.observe(.started(step: 0))
      for number in 1...10 { live.observe(.step(Runs.step(number))) }
      live.observe(.evaluated(step: 10, epoch: 1, Runs.evaluation(loss: 0.25)))
      let metrics = try parse(text(live))
      for (name, value) in [
        ("step", 10), ("epoch", 1), ("loss", 0.1), ("samples_total", 80), ("samples_per_second", 1000),
        ("gradient_norm", 2), ("temperature_index", 0.0625), ("test_loss", 0.25), ("test_accuracy", 0.5),
        ("run_info", 1), ("learning_rate", 0.05),
      ] {
        let found = metrics["isotherm_" + name]?.value ?? .nan
        #expect(abs(found - value) < 1e-9, "\(name): \(found)")
      }
      #expect(metrics["isotherm_samples_total"]?.type == "counter" && metrics["isotherm_step"]?.type == "gauge")
      #expect(metrics["isotherm_noise_scale"] == nil && metrics["isotherm_seconds_left"]?.value ?? -1 >= 0)
      let labels = metrics["isotherm_run_info"]?.labels ?? ""
      #expect(labels.hasPrefix("{name=\"run\",version=\"\(IsothermVersion.current)\",kernels=\""))
      #if os(Linux)
        let resident = metrics["isotherm_process_resident_memory_bytes"]?.value ?? 0
        #expect(resident > 1e6 && resident < 1e12)
      #endif

      // A loss that is no number, and a validation set.
      var (step, evaluation) = (Runs.step(11), Runs.evaluation(loss: 0.5))
      (step.loss, evaluation.isValidation) = (.nan, true)
      step.noiseScale = NoiseScale(
        covarianceTrace: 1, gradientSquaredNorm: 0, traceVariance: 1, covariance: 0, normVariance: 1,
        degreesOfFreedom: 9)
      live.observe(.step(step))
      live.observe(.evaluated(step: 11, epoch: 1.1, evaluation))
      let later = try parse(text(live))
      #expect(later["isotherm_loss"]?.value.isNaN == true && later["isotherm_noise_scale"]?.value == .infinity)
      #expect(later["isotherm_validation_loss"]?.value == 0.5 && later["isotherm_test_loss"] == nil)
    }
  }

  @Test("of a resumed run count its steps on, and its samples anew")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let live = LiveRun(try Runs.plan(steps: 40), folder: folder)
      live.observe(.started(step: 25))
      #expect(try parse(text(live))["isotherm_step"]?.value == 25)
      live.observe(.step(Runs.step(26)))
      let metrics = try parse(text(live))
      #expect(metrics["isotherm_step"]?.value == 26 && metrics["isotherm_samples_total"]?.value == 8)
    }
  }

  @Test("leave the name of a run readable, whatever it is")
  func names() throws {
    try withTemporaryFolder { folder in
      var configuration = Runs.configuration(steps: 4)
      configuration.name = "a\"b\\c\nd"
      let plan = try RunPlan(configuration, splits: Runs.splits, threads: 1)
      let labels = try parse(text(LiveRun(plan, folder: folder)))["isotherm_run_info"]?.labels
      #expect(labels?.hasPrefix("{name=\"a\\\"b\\\\c\\nd\",") == true)
    }
  }
}

import Calendars
import Configuration
import Coordinator
import Foundation
import Models
import Observers
import Records
import Statistics
import TestSupport
import Testing

/// What TensorBoard reads of a run, against the run's own records.
@Suite("TensorBoard itself", .enabled(if: Program.pythonHas("tensorboard"), "python3 has no module tensorboard"))
struct TensorBoardReaderTests {
  /// A point, as the reader has it.
  private struct Points {
    var steps: [Int]
    var values: [Any]
    var times: [Double]

    init(_ json: Any?) throws {
      let points = try #require(json as? [[Any]])
      steps = points.compactMap { $0[0] as? Int }
      values = points.map { $0[1] }
      times = points.compactMap { $0[2] as? Double }
    }

    /// The values of a curve, which the reader writes as texts since JSON has no word for some.
    var numbers: [Float] { values.compactMap { ($0 as? String).flatMap(Float.init) } }
  }

  private func plan(steps: Int, saveEvery: Int = 1000) throws -> RunPlan {
    var configuration = Runs.configuration(steps: steps, evaluateEvery: 10, saveEvery: saveEvery)
    configuration.log = LogConfiguration(tensorboard: true, csv: true)
    configuration.model = .mlp(hidden: [19, 5])
    return try RunPlan(configuration, splits: Runs.splits, threads: 2)
  }

  private func expectCurves(_ json: [String: Any], of metrics: MetricsLog) throws {
    let curves: [(String, (MetricsLine) -> Double?)] = [
      ("loss/train", \.loss), ("accuracy/train", \.trainAccuracy), ("learning_rate", \.learningRate),
      ("throughput/samples_per_second", \.samplesPerSecond), ("gradient/norm", \.gradientNorm),
      ("noise_scale/value", \.noiseScale), ("noise_scale/low", \.noiseScaleLow),
      ("noise_scale/high", \.noiseScaleHigh), ("temperature_index", \.temperatureIndex), ("loss/test", \.testLoss),
      ("accuracy/test", \.testAccuracy),
    ]
    let scalars = try #require(json["scalars"] as? [String: Any])
    for (tag, value) in curves {
      let lines = metrics.lines.compactMap { line in value(line).map { (line.step, Float($0)) } }
      guard tag != "noise_scale/high" || !lines.isEmpty else {
        #expect(scalars[tag] == nil)
        continue
      }
      try #require(!lines.isEmpty, "\(tag)")
      let points = try Points(scalars[tag])
      let (steps, numbers) = (lines.map { $0.0 }, lines.map { $0.1 })
      #expect(points.steps == steps && points.numbers == numbers, "\(tag)")
    }
  }

  @Test("reads the numbers of metrics.jsonl, histograms that count every weight, the config and the hyper-parameters")
  func run() throws {
    try withTemporaryFolder { folder in
      let plan = try plan(steps: 30)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let start = Date().timeIntervalSince1970
      let trainer = try Trainer(plan, recordingIn: run)
      let result = try trainer.train()
      #expect(result.observerFailures.isEmpty)
      let json = try #require(try Python.json("read_events.py", run.path) as? [String: Any])
      try expectCurves(json, of: try RunRecord(folder: URL(fileURLWithPath: run.path)).metrics)
      let scalars = try #require(json["scalars"] as? [String: Any])
      let times = try Points(scalars["loss/train"]).times
      let isInTime = times == times.sorted() && times[0] > start && times[29] < Date().timeIntervalSince1970
      #expect(isInTime && Set(times).count > 20)

      let histograms = try #require(json["histograms"] as? [String: Any])
      let names = plan.network.tensors.map(\.name)
      let tags = Set(names.flatMap { ["weights/" + $0, "gradients/" + $0] })
      #expect(Set(histograms.keys) == tags)
      for (tensor, counted) in zip(plan.network.tensors, trainer.tensorHistograms()) {
        for (kind, expected) in [("weights/", counted.weights), ("gradients/", try #require(counted.gradient))] {
          let points = try Points(histograms[kind + tensor.name])
          #expect(points.steps == [10, 20, 30])
          let buckets = try #require(points.values as? [[[Double]]])
          let counts = buckets.map { $0.reduce(0) { $0 + $1[2] } }
          #expect(counts == Array(repeating: Double(tensor.count), count: 3))
          let (last, limits) = (buckets[2].map { $0[2] }, buckets[2].dropLast().map { Float($0[1]) })
          let expectedLimits = expected.limits.dropLast().map { Float($0) }
          #expect(last == expected.counts.map(Double.init) && limits == expectedLimits)
          let (low, high) = (try #require(buckets[2].first?[0]), try #require(buckets[2].last?[1]))
          #expect(Float(low) == Float(expected.minimum) && Float(high) == Float(expected.maximum))
        }
      }
      let texts = try #require(json["texts"] as? [String: Any])
      let config = try Points(texts["config"]).values.first as? String
      #expect(config == "```json\n" + plan.configuration.json() + "```")
      let parameters = try #require(json["hparams"] as? [String: Any])
      #expect(parameters["batch.size"] as? Double == 8 && parameters["optimizer.momentum"] as? Double == 0.9)
      #expect(parameters["model.hidden"] as? String == "[19,5]" && parameters["optimizer.nesterov"] as? Bool == false)
      #expect(parameters["seed"] as? Double == 5 && parameters["steps"] as? Double == 30)
      #expect(parameters["threads"] == nil && parameters["log.csv"] == nil && json["status"] as? Int == 1)
      #expect(
        try Points(scalars["result/test_accuracy"]).numbers == [Float(try #require(result.summary.testAccuracy))])
    }
  }

  @Test("reads no step twice of a run that was killed and went on, though its file ends within a record")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      struct Killed: Error {}
      do {
        let plan = try plan(steps: 40, saveEvery: 12)
        let run = try RunFolder(creating: path, configuration: plan.configuration)
        let trainer = try Trainer(plan, recordingIn: run)
        #expect(throws: Killed.self) {
          try trainer.train { if case .step(let step) = $0, step.step == 33 { throw Killed() } }
        }
        let first = try EventFiles.paths(path)[0]
        let bytes = try Data(contentsOf: URL(fileURLWithPath: first))
        try bytes.dropLast(5).write(to: URL(fileURLWithPath: first))
      }
      let plan = try plan(steps: 40, saveEvery: 12)
      let run = try RunFolder(resuming: path, configuration: plan.configuration)
      let trainer = try Trainer(plan, recordingIn: run)
      _ = try trainer.resume()
      #expect(trainer.resumedFromStep == 24)
      _ = try trainer.train()
      #expect(try EventFiles.paths(path).count == 2)
      let json = try #require(try Python.json("read_events.py", path) as? [String: Any])
      let metrics = try RunRecord(folder: URL(fileURLWithPath: path)).metrics
      #expect(metrics.training.map(\.step) == Array(1...40))
      try expectCurves(json, of: metrics)
      let histograms = try #require(json["histograms"] as? [String: Any])
      #expect(try Points(histograms["weights/0.weight"]).steps == [10, 20, 30, 40])
    }
  }

  @Test("reads numbers that are not finite")
  func nonFinite() throws {
    try withTemporaryFolder { folder in
      let file = TensorBoardFile(in: folder.path, of: try Runs.plan(steps: 40))
      try file.observe(.started(step: 0))
      for (number, loss) in [(1, Double.nan), (2, .infinity), (3, 0.5)] {
        var step = Runs.step(number)
        step.loss = loss
        try file.observe(.step(step))
      }
      let json = try #require(try Python.json("read_events.py", folder.path) as? [String: Any])
      let numbers = try Points((json["scalars"] as? [String: Any])?["loss/train"]).numbers
      #expect(numbers.count == 3 && numbers[0].isNaN && numbers[1] == .infinity && numbers[2] == 0.5)
    }
  }
}

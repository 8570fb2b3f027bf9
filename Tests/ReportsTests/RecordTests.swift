import Foundation
import JSON
import Records
import Reports
import Testing

@Suite("Records")
struct RecordTests {
  @Test("a training line has the contract's keys")
  func trainingLine() {
    let line = MetricsLine.training(
      step: 20, epoch: 1, loss: 0.25, learningRate: 0.1, samplesPerSecond: 38_600.5)
    #expect(
      JSONText.line(line)
        == #"{"epoch":1,"learningRate":0.1,"loss":0.25,"samplesPerSecond":38600.5,"step":20}"#)
  }

  @Test("an evaluation line has the contract's keys, and a regression's has no accuracy")
  func evaluationLine() {
    let line = MetricsLine.evaluation(step: 20, epoch: 1.5, testLoss: 0.5, testAccuracy: 0.975)
    #expect(JSONText.line(line) == #"{"epoch":1.5,"step":20,"testAccuracy":0.975,"testLoss":0.5}"#)
    let regression = MetricsLine.evaluation(step: 20, epoch: 1.5, testLoss: 0.5, testAccuracy: nil)
    #expect(JSONText.line(regression) == #"{"epoch":1.5,"step":20,"testLoss":0.5}"#)
  }

  @Test("a loss that is not finite is null in the file and NaN in memory, and the line still is one of training")
  func notFinite() throws {
    for loss in [Double.nan, .infinity] {
      let text = JSONText.line(
        MetricsLine.training(step: 1, epoch: 0.1, loss: loss, learningRate: 3, samplesPerSecond: 1))
      #expect(text.contains(#""loss":null"#))
      let line = try JSONDecoder().decode(MetricsLine.self, from: Data(text.utf8))
      #expect(line.isTraining && !line.isEvaluation)
      #expect(line.loss?.isNaN == true)
    }
  }

  @Test("a summary writes every key of the contract, with null for what it lacks, and reads back the same")
  func summary() throws {
    let bare = RunSummary(
      outcome: .diverged, steps: 3, epochs: 0.5, samples: 192, trainLoss: .nan, testLoss: nil, testAccuracy: nil,
      wallSeconds: 0.25, samplesPerSecond: 1000, peakMemoryBytes: 4096, threads: 2, weightsSHA256: "ab")
    #expect(
      JSONText.line(bare)
        == #"{"epochs":0.5,"outcome":"diverged","peakMemoryBytes":4096,"samples":192,"samplesPerSecond":1000,"#
        + #""steps":3,"testAccuracy":null,"testLoss":null,"threads":2,"trainLoss":null,"wallSeconds":0.25,"#
        + #""weightsSHA256":"ab"}"#)
    for outcome in RunOutcome.allCases {
      let full = try #require(SampleRuns.digits(outcome: outcome).summary)
      let read = try JSONDecoder().decode(RunSummary.self, from: Data(JSONText.pretty(full).utf8))
      #expect(read == full)
    }
  }

  @Test("every property of a summary that is known is in the file")
  func nothingIsForgotten() throws {
    var full = try #require(SampleRuns.digits(outcome: .diverged).summary)
    full.target = TargetRecord(testLoss: 0.1)
    full.targetReachedAtStep = 1
    full.bestTestLoss = 0.5
    full.energyJoules = 12
    full.resumedFromStep = 2
    full.acceptedChanges = ["seed: 2 in place of 1"]
    full.trainLoss = 1
    (full.validationSamples, full.bestValidationAccuracy, full.bestValidationLoss) = (10, 0.5, 1)
    (full.ranks, full.rankHosts) = (2, ["a", "b"])
    (full.stoppedEarlyAtStep, full.metricsLinesLost, full.guardedShards) = (3, 2, 4)
    full.extendedFrom = [
      ExtensionRecord(step: 3, plannedSteps: 3, learningRateBefore: 0.1, learningRateAfter: 0.1)
    ]
    full.initializedFrom = InitialWeightsRecord(
      file: "a.safetensors", sha256: "ab", prefix: nil, tensorsTaken: 2, tensorsLeft: ["fc.weight"])
    full.regression = RegressionRecord([
      .init(name: "price", rSquared: 0.5, rootMeanSquaredError: 2, meanAbsoluteError: 1)
    ])
    (full.samplesPerClass, full.mistakes, full.mistakenPairs) = ([1], [], 0)
    let object = try JSONSerialization.jsonObject(with: Data(JSONText.line(full).utf8)) as? [String: Any]
    let written = Set(object?.keys.map { $0 } ?? [])
    // What a wrapper holds has an underscore before its name, and one key is older than the name of its property.
    let known = Mirror(reflecting: full).children.compactMap(\.label).map { String($0.drop { $0 == "_" }) }
    #expect(Set(known.map { $0 == "reduceSeconds" ? "updateSeconds" : $0 }) == written)
  }

  @Test("a truncated last line is left out and said; a broken line in the middle is counted")
  func truncated() {
    let good = JSONText.line(
      MetricsLine.training(step: 1, epoch: 0.1, loss: 1, learningRate: 0.1, samplesPerSecond: 5))
    let log = MetricsLog(
      contents: Data("\(good)\n{\"st\n\n\(good.replacing("\"step\":1", with: "\"step\":2"))\n{\"step\":3,\"ep".utf8))
    #expect(log.lines.map(\.step) == [1, 2])
    #expect(log.unreadableLines == [2])
    #expect(log.isTruncated)
    #expect(!MetricsLog(contents: Data("\(good)\n".utf8)).isTruncated)
    #expect(MetricsLog(contents: Data()).lines.isEmpty)
  }

  @Test("steps that a resumed run does again replace the ones before, evaluations included")
  func resumed() {
    func train(_ step: Int, _ loss: Double) -> MetricsLine {
      .training(step: step, epoch: Double(step), loss: loss, learningRate: 1, samplesPerSecond: 1)
    }
    func test(_ step: Int, _ loss: Double) -> MetricsLine {
      .evaluation(step: step, epoch: Double(step), testLoss: loss, testAccuracy: nil)
    }
    let log = MetricsLog([
      train(1, 1), train(2, 1), test(2, 1), train(3, 1), train(4, 1), test(4, 1), train(3, 2), train(4, 2), test(4, 2),
    ])
    #expect(log.training.map(\.step) == [1, 2, 3, 4])
    #expect(log.training.map(\.loss) == [1, 1, 2, 2])
    #expect(log.evaluations.map(\.testLoss) == [1, 2])
    // The last step alone may be what is repeated.
    let again = MetricsLog([train(1, 1), train(2, 1), test(2, 1), train(2, 2), test(2, 2), test(2, 3)])
    #expect(again.training.map(\.loss) == [1, 2] && again.evaluations.map(\.testLoss) == [3])
  }

  @Test("a run directory reads back, also without a summary; anything else is refused with a reason")
  func directory() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: RecordError.self) { try RunRecord(folder: folder) }

    let sample = SampleRuns.digits()
    let lines = sample.metrics.lines.map { JSONText.line($0) + "\n" }.joined()
    try lines.write(to: folder.appendingPathComponent("metrics.jsonl"), atomically: true, encoding: .utf8)
    let running = try RunRecord(folder: folder)
    #expect(running.summary == nil && running.metrics == sample.metrics && running.name == folder.lastPathComponent)

    let summary = folder.appendingPathComponent("summary.json")
    try JSONText.pretty(sample.summary).write(to: summary, atomically: true, encoding: .utf8)
    try SampleRuns.configuration.write(
      to: folder.appendingPathComponent("config.json"), atomically: true, encoding: .utf8)
    let done = try RunRecord(folder: folder)
    #expect(done.summary == sample.summary && done.configuration == SampleRuns.configuration && done.name == "digits")

    try "{\"outcome\": \"completed\"}".write(to: summary, atomically: true, encoding: .utf8)
    let error = #expect(throws: RecordError.self) { try RunRecord(folder: folder) }
    #expect(error?.description.contains("summary.json") == true)
    #expect(error?.description.contains("steps") == true)
  }

  @Test("each outcome has its own sentence")
  func headlines() throws {
    func headline(_ outcome: RunOutcome) throws -> String {
      try #require(SampleRuns.digits(outcome: outcome).summary).headline
    }
    #expect(
      try headline(.completed)
        == "Reached 97.22 % test accuracy in 40 epochs (800 steps), 1.3 s: 38,600 samples a second on 2 threads.")
    #expect(
      try headline(.targetReached)
        == "Reached the target of 97 % test accuracy, with 97.22 %, after 15 epochs (300 steps), 19,200 samples and "
        + "1.2 s of steps (evaluation took 40 ms more): 38,600 samples a second on 2 threads.")
    #expect(
      try headline(.diverged)
        == "Diverged at step 132, in epoch 7: the loss was no longer a finite number at a learning rate of 3.2.")
    #expect(
      try headline(.interrupted)
        == "Interrupted after 15 of 40 epochs (300 steps), 1.3 s, and saved: it can be resumed from there.")
    var regression = SampleRuns.summary(.completed, 20)
    regression.testAccuracy = nil
    regression.threads = 1
    #expect(
      regression.headline
        == "Reached a test loss of 0.0712 in 1 epoch (20 steps), 1.3 s: 38,600 samples a second on 1 thread.")
  }

  @Test("a run over several ranks says so wherever it says its threads: headline, closing text and page")
  func ranks() throws {
    var run = SampleRuns.digits(outcome: .completed)
    run.summary?.ranks = 3
    run.summary?.rankHosts = ["a", "b", "b"]
    let summary = try #require(run.summary)
    #expect(summary.headline.hasSuffix("38,600 samples a second on 3 ranks × 2 threads."))
    #expect(summary.closingText(folder: "r").contains("on 3 ranks × 2 threads"))
    let html = RunReport.page(run).html().replacing("\u{00A0}", with: " ")
    #expect(html.contains("3 ranks × 2 threads") && html.contains("a: 1 rank, b: 2 ranks"))
    #expect(!html.contains("on 2 threads"))
    // One rank, as one process writes it, needs no such word.
    run.summary?.ranks = 1
    #expect(try #require(run.summary).headline.hasSuffix("on 2 threads."))
  }

  @Test("a machine has its packages, memory nodes, L3 groups and cores in its record, and on the page")
  func machine() throws {
    let summary = try #require(SampleRuns.digits(outcome: .completed).summary)
    let machine = try #require(summary.machine)
    let object = try JSONSerialization.jsonObject(with: Data(JSONText.line(machine).utf8)) as? [String: Any]
    let known = Mirror(reflecting: machine).children.compactMap(\.label)
    #expect(Set(known) == Set(object?.keys.map { $0 } ?? []))
    #expect(
      object?["packages"] as? Int == 2 && object?["l3Groups"] as? Int == 4 && object?["physicalCores"] as? Int == 8)
    let html = RunReport.page(SampleRuns.digits(outcome: .completed)).html()
    #expect(html.contains("L3 groups") && html.contains("Packages") && html.contains("Physical cores"))
    // Files of older programs have none of them.
    let old = try JSONDecoder().decode(MachineRecord.self, from: Data(#"{"cores": 2, "numaNodes": 1}"#.utf8))
    #expect(old.packages == nil && old.l3Groups == nil && old.physicalCores == nil)
  }
}

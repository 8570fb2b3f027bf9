import Foundation
import JSON
import Records
import Testing

@Suite("JSON text of records")
struct RecordTextTests {
  @Test("numbers that are not finite read back as NaN in metrics")
  func notFinite() throws {
    let line = MetricsLine.training(
      step: 3, epoch: 0.5, loss: .nan, learningRate: 0.1, samplesPerSecond: .infinity, gradientNorm: nil)
    let text = JSONText.line(line)
    #expect(text == #"{"epoch":0.5,"learningRate":0.1,"loss":null,"samplesPerSecond":null,"step":3}"#)
    let read = try #require(MetricsLog(contents: Data(text.utf8)).lines.first)
    #expect(read.loss?.isNaN == true && read.samplesPerSecond?.isNaN == true && read.gradientNorm == nil)
    #expect(read.isTraining)
  }

  @Test("a summary has the contract's keys always, null where there is no number, and reads back")
  func summary() throws {
    var summary = RunSummary(
      outcome: .diverged, steps: 7, epochs: 0.1, samples: 700, trainLoss: .nan, testLoss: nil, testAccuracy: nil,
      wallSeconds: 1.25, samplesPerSecond: 560, peakMemoryBytes: 1 << 40, threads: 3, weightsSHA256: "ab/cd")
    summary.divergence = DivergenceRecord(step: 8, learningRate: .infinity, loss: .nan)
    summary.perClassAccuracy = [0.5, nil]
    let text = JSONText.pretty(summary)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "outcome", "steps", "epochs", "samples", "trainLoss", "testLoss", "testAccuracy", "wallSeconds",
        "samplesPerSecond", "peakMemoryBytes", "threads", "weightsSHA256", "divergence", "perClassAccuracy",
      ])
    for key in ["trainLoss", "testLoss", "testAccuracy"] { #expect(object[key] is NSNull) }
    summary.trainLoss = nil
    summary.divergence = nil
    #expect(try JSONDecoder().decode(RunSummary.self, from: Data(JSONText.pretty(summary).utf8)) == summary)
  }

  @Test("a number that is always there reads back as NaN where it was not finite; one that is missing is an error")
  func requiredNumbers() throws {
    var summary = RunSummary(
      outcome: .diverged, steps: 7, epochs: 0.1, samples: 700, trainLoss: 1, testLoss: .nan, testAccuracy: 0.5,
      wallSeconds: 1.25, samplesPerSecond: .infinity, peakMemoryBytes: 1 << 40, threads: 3, weightsSHA256: "ab/cd")
    summary.divergence = DivergenceRecord(step: 8, learningRate: .infinity, loss: .nan, kind: .evaluation)
    let read = try JSONDecoder().decode(RunSummary.self, from: Data(JSONText.pretty(summary).utf8))
    #expect(read.samplesPerSecond.isNaN && read.divergence?.learningRate.isNaN == true)
    #expect(read.divergence?.loss == nil && read.divergence?.kind == .evaluation && read.testLoss == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(DivergenceRecord.self, from: Data(#"{"step": 1}"#.utf8))
    }
    let rule = SweepRule(scaling: "linear", warmup: "none")
    let cell = SweepCell(batch: 8, learningRate: 1e308, seed: 1, rule: rule)
    var point = SweepPoint(cell, scaledLearningRate: .infinity, outcome: .diverged, steps: 1, samples: 8)
    point.lossCurve = SweepCurve(epochs: [1, 2], values: [.nan, 0.5])
    let again = try JSONDecoder().decode(SweepPoint.self, from: Data(JSONText.line(point).utf8))
    #expect(again.scaledLearningRate.isNaN && again.cell == cell)
    #expect(again.lossCurve.values[0].isNaN && again.lossCurve.values[1] == 0.5)
  }

  @Test("a record with a number that is not finite reads back as one without it")
  func readsBack() throws {
    let target = TargetRecord(testAccuracy: nil, testLoss: .nan)
    #expect(try JSONDecoder().decode(TargetRecord.self, from: Data(JSONText.line(target).utf8)) == TargetRecord())
  }
}

import Foundation
import Records
import Testing

@Suite("JSON text of records")
struct JSONTextTests {
  private struct Sample: Encodable {
    var b = "a/b \"é\"\n"
    var a: [Double] = [1e-4, 0.1, 10, 0x1p53, 1e300]
    var float: Float = 0.1
    var seed: UInt64 = 9_007_199_254_740_993
    var missing: Int?
  }

  @Test("keys are sorted, integers stay integers and doubles are the shortest that read back")
  func line() {
    #expect(
      JSONText.line(Sample())
        == #"{"a":[0.0001,0.1,10,9007199254740992,1e+300],"b":"a/b \"é\"\n","float":0.1,"seed":9007199254740993}"#)
    #expect(JSONText.line(["b": 1, "a": 2]) == #"{"a":2,"b":1}"#)
  }

  @Test("pretty text says the same over several lines and ends with a line break")
  func pretty() throws {
    let text = JSONText.pretty(Sample())
    #expect(text.hasPrefix("{\n  \"a\"") && text.hasSuffix("\n}\n"))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
    #expect(object == (try JSONSerialization.jsonObject(with: Data(JSONText.line(Sample()).utf8)) as? NSDictionary))
  }

  @Test("numbers that are not finite become null wherever they stand, and read back as NaN in metrics")
  func notFinite() throws {
    #expect(JSONText.line([1, .nan, .infinity, -.infinity] as [Double]) == "[1,null,null,null]")
    #expect(JSONText.line(["x": Float.nan]) == #"{"x":null}"#)
    #expect(JSONText.line(Double.nan) == "null")
    #expect(JSONText.pretty([[Double.nan]]) == "[\n  [\n    null\n  ]\n]\n")
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

  @Test("a record with a number that is not finite reads back as one without it")
  func readsBack() throws {
    let target = TargetRecord(testAccuracy: nil, testLoss: .nan)
    #expect(try JSONDecoder().decode(TargetRecord.self, from: Data(JSONText.line(target).utf8)) == TargetRecord())
  }
}

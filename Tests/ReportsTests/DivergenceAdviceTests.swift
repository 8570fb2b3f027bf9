import Foundation
import Records
import Reports
import Testing

@Suite("Advice for a run that diverged")
struct DivergenceAdviceTests {
  private func advice(_ keys: String, losses: [Double], rates: [Double], norm: Double? = nil) -> [String] {
    let lines = zip(losses, rates).enumerated().map { index, values in
      MetricsLine.training(
        step: index + 1, epoch: Double(index) / 10, loss: values.0, learningRate: values.1, samplesPerSecond: 1000,
        gradientNorm: norm)
    }
    var summary = SampleRuns.summary(.diverged, losses.count)
    summary.divergence = DivergenceRecord(step: losses.count + 1, learningRate: rates.last ?? 1, loss: losses.last)
    return DivergenceAdvice.lines(
      RunRecord(
        name: "run", folder: URL(fileURLWithPath: "/run"), configuration: "{ \(keys) }", metrics: MetricsLog(lines),
        summary: summary))
  }

  @Test("a rate that the run bore is told from one at which it did not")
  func rate() {
    let found = advice(
      #""learningRate": { "reference": 0.4, "warmup": { "kind": "gradual" } }, "optimizer": { "clipNorm": 1 }"#,
      losses: [2.3, 1.8, 1.2, 1.5, 9, 80], rates: [0.1, 0.2, 0.4, 0.8, 1.2, 1.6])
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("the loss fell until step 3, at a rate of 0.4, and diverged at 1.6: "))
    #expect(found[0].contains("\"reference\": 0.1 }"))
  }

  @Test("a loss that never fell asks for a tenth, a full rate at once for a warmup, long gradients for clipping")
  func first() {
    let found = advice(
      #""learningRate": { "reference": 5, "warmup": { "kind": "none" } }"#, losses: [2.3, 60, 1e9], rates: [5, 5, 5],
      norm: 3)
    #expect(found.count == 3)
    #expect(found[0].contains("\"reference\": 0.5 }, a tenth"))
    #expect(found[1].contains("\"kind\": \"gradual\""))
    #expect(found[2].contains("\"clipNorm\": 6 }"))
  }

  @Test("numbers to predict that are not scaled come first")
  func targets() {
    let found = advice(
      #""loss": { "kind": "meanSquaredError" }, "data": { "targets": "none" }, "learningRate": { "reference": 0.1 }"#,
      losses: [5.2e8, 1e20], rates: [0.1, 0.1])
    #expect(found.first?.contains("\"targets\": \"standardize\"") == true)
  }

  @Test("other runs get none, and a record without a config takes none amiss")
  func others() {
    #expect(DivergenceAdvice.lines(SampleRuns.digits(outcome: .completed)).isEmpty)
    #expect(advice("", losses: [], rates: []).count == 1)
  }
}

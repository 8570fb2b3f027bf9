import Charts
import Foundation
import Records
import Reports
import Testing

@Suite("What several seeds, and two configs, are said to have reached")
struct ReplicaTextTests {
  private func summary() -> ReplicasSummary {
    var summary = ReplicasSummary(name: "digits", seeds: [1, 2, 3], threads: 2, replicasAtOnce: 2)
    summary.replicas = (1...3).map { seed in
      ReplicaRecord(seed: UInt64(seed), folder: "seed-\(seed)", SampleRuns.summary(.completed, 20))
    }
    summary.outcome = .completed
    summary.completed = 3
    summary.samplesPerSecond = 40_000
    summary.testAccuracy = SpreadRecord(count: 3, mean: 0.972, standardDeviation: 0.0012, low: 0.969, high: 1.01)
    summary.testLoss = SpreadRecord(count: 3, mean: 0.1, standardDeviation: 0.01, low: 0.08, high: 0.12)
    return summary
  }

  @Test("a note becomes a sentence, and a key at its beginning stays a key")
  func sentences() {
    var record = difference(0.0031, 0.0012, 0.005)
    record.notes = ["one seed diverged", "learningRate.decay follows the budget"]
    let notes = record.page(SampleRuns.several, names: SampleRuns.several.map { _ in "A" }).notes
    #expect(notes.prefix(2) == ["One seed diverged.", "learningRate.decay follows the budget."])
  }

  @Test("the headline has mean, deviation and interval within what the figure can be, and what is missing")
  func headline() {
    var summary = summary()
    let words =
      "3 seeds reached 97.20 ± 0.12 % test accuracy (mean and standard deviation; 95 % interval of the mean: 96.90 to "
      + "100.00 %)"
    #expect(summary.headline == words + ".")
    (summary.diverged, summary.seeds) = (1, [1, 2, 3, 4])
    #expect(summary.headline == words + "; 1 of 4 diverged.")
    summary.outcome = .interrupted
    #expect(summary.headline.hasPrefix("Interrupted with 3 of 4 seeds done: "))
    #expect(summary.closingText(folder: "all").contains("isotherm train --resume all"))
    (summary.testAccuracy, summary.diverged) = (nil, 0)
    #expect(summary.headline.contains("a test loss of 0.1000 ± 0.0100"))
    (summary.completed, summary.diverged, summary.outcome) = (0, 4, .diverged)
    #expect(summary.headline == "All 4 seeds diverged.")
  }

  @Test("the table says how runs ended where they did not all end alike, and fits 80 columns")
  func table() {
    var summary = summary()
    let style = TerminalStyle(isTerminal: true, width: 80)
    func rows() -> [Substring] { summary.closingText(folder: "all", style: style).split(separator: "\n") }
    #expect(!rows().contains { $0.contains("outcome") || $0.contains("completed") })
    #expect(rows().allSatisfy { $0.count <= 80 } && rows().contains { $0.contains("± SD") })
    summary.replicas[1].outcome = .diverged
    #expect(rows().contains { $0.contains("outcome") } && rows().contains { $0.contains("diverged") })
    let comparison = difference(0.0031, 0.0012, 0.005, toSettle: 22).closingText(style: style)
    #expect(comparison.contains("accuracy") && comparison.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  private func difference(
    _ mean: Double, _ low: Double?, _ high: Double?, count: Int = 5, toSettle: Int? = nil,
    measure: ComparisonRecord.Measure = .testAccuracy
  ) -> ComparisonRecord {
    let summary = summary()
    let isSettled = low.map { $0 > 0 } ?? false || high.map { $0 < 0 } ?? false
    return ComparisonRecord(
      a: .init(name: "A", folder: "a", summary), b: .init(name: "B", folder: "b", summary),
      differences: [
        .init(
          measure: measure, pairs: [.init(seed: 1, a: 0.9, b: 0.9 + mean)],
          difference: SpreadRecord(
            count: count, mean: mean, standardDeviation: low.map { _ in 0.001 }, low: low, high: high),
          probability: 0.04, isSettled: isSettled, seedsToSettle: toSettle)
      ])
  }

  @Test("a claim is as sure as its interval, says who is better, and what would settle it")
  func claims() {
    #expect(
      difference(0.0031, 0.0012, 0.005).headline
        == "B is better by 0.31 points of test accuracy (95 % interval: 0.12 to 0.50).")
    #expect(
      difference(-0.0031, -0.005, -0.0012).headline
        == "A is better by 0.31 points of test accuracy (95 % interval: 0.12 to 0.50).")
    #expect(
      difference(-0.01, -0.02, -0.005, measure: .testLoss).headline.hasPrefix("B is better by 0.0100 of test loss"))
    #expect(
      difference(500, 100, 900, measure: .samplesToTarget).headline.hasPrefix("A is better by 500 samples to the"))
    #expect(
      difference(0.001, -0.002, 0.004, toSettle: 22).headline
        == "Not settled: the interval of the difference (B − A) reaches from −0.20 to +0.40 points of test accuracy; about 22 "
        + "seeds would settle a difference of this size.")
    #expect(difference(0, 0, 0).headline.contains("there is no difference to settle"))
    #expect(difference(0.01, nil, nil, count: 1).headline.hasPrefix("Not settled: one seed has no interval"))
    var none = difference(0, 0, 0)
    none.differences = []
    #expect(none.headline.hasPrefix("No seed has a result in both") && none.tone == .warning)
  }

  @Test("the page has the claim, the table, and a band for each")
  func page() {
    let runs = [64, 256].flatMap { batch in [1, 2, 3].map { SampleRuns.run(batch: batch, seed: $0) } }
    let record = difference(0.0031, 0.0012, 0.005)
    let page = record.page(runs, names: ["A", "A", "A", "B", "B", "B"])
    #expect(page.headline == record.headline && page.sections[0].title == "The difference")
    let bands = page.charts[0].series.filter { $0.spread == .band && $0.stroke == .thick }
    #expect(bands.map(\.name) == ["A, mean of 3 seeds", "B, mean of 3 seeds"])
    #expect(page.html().contains("+0.12 to +0.50"))
    #expect(record.closingText().contains("+0.31"))
  }
}

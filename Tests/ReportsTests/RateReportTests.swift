import Charts
import Foundation
import Records
import Reports
import Testing

@Suite("The report of a learning-rate range test")
struct RateReportTests {
  static var record: RateRecord {
    let points = (0..<60).map { step in
      let rate = pow(10, -4 + Double(step) / 10)
      let loss = 2.3 / (1 + 20 * rate) + 0.2 * rate * rate
      return RateRecord.Point(
        step: step + 1, learningRate: rate, loss: loss * (step % 2 == 0 ? 1.05 : 0.95), smoothedLoss: loss)
    }
    var record = RateRecord(
      name: "digits", machine: MachineRecord(cores: 2), optimizer: "sgd, momentum 0.9", batch: 64, plannedSteps: 100,
      low: 1e-4,
      high: 1e6, points: points, lowestLossLearningRate: 0.8, configReferenceLearningRate: 0.02,
      configLearningRate: 0.08,
      referenceBatch: 16, seconds: 1.5)
    record.steepestLearningRate = 0.05
    record.divergedAtLearningRate = 4
    record.suggestedLearningRate = 0.4
    record.referenceLearningRate = 0.1
    return record
  }

  @Test("the page and the text name the rate for the batch and for the config, and draw the loss")
  func page() {
    let html = Self.record.page.html()
    #expect(
      Self.record.headline
        == "A learning rate of about 0.4 is a good start for batches of 64: learningRate.reference 0.1; the config has 0.02."
    )
    // One run of one seed: nothing is green, and the page says so.
    #expect(Self.record.tone == .plain && html.contains("one seed, which settles nothing"))
    #expect(html.contains("suggested") && html.contains("<svg"))
    let text = Self.record.closingText()
    #expect(text.contains("suggested") && text.contains("0.4") && text.contains("Loss"))
    #expect(Self.record.table.rows.count == 60)
  }

  @Test("without a fall of the loss nothing is suggested")
  func flat() {
    var record = Self.record
    (record.steepestLearningRate, record.divergedAtLearningRate) = (nil, nil)
    (record.suggestedLearningRate, record.referenceLearningRate) = (nil, nil)
    #expect(record.headline.contains("fell at no rate") && record.tone == .warning)
    #expect(record.page.html().contains("nothing can be suggested"))
  }
}

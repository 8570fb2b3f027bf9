import Foundation
import Records
import Reports
import Testing

@Suite("A study that is watched")
struct RecordWatchTests {
  private func record(_ noiseScale: Double) -> NoiseRecord {
    NoiseRecord(
      name: "digits", machine: MachineRecord(cores: 2), weights: nil, noiseScale: noiseScale, low: 1, high: 9,
      gradientSquaredNorm: 1, covarianceTrace: noiseScale, isGradientExact: true, loss: 1, samples: 64,
      samplesPerGradient: 1, trainSamples: 100, parameters: 2, batch: 4, learningRate: 0.1, momentum: 0)
  }

  @Test("is new once after each update, and its page and files are those of the newest record")
  func course() throws {
    let watch = RecordWatch(record(3)) { ReportPage(title: "t", kicker: "k", headline: "\($0.noiseScale)") }
    #expect(watch.renew())
    #expect(!watch.renew() && !watch.renew())
    #expect(watch.page(isOver: false).headline == "3.0")

    watch.update(record(5))
    watch.update(record(7))
    #expect(watch.renew())
    #expect(!watch.renew())
    #expect(watch.page(isOver: false).headline == "7.0" && watch.page(isOver: true).headline == "7.0")
    let study = try #require(watch.file("study.json"))
    #expect(try JSONDecoder().decode(StudyDocument<NoiseRecord>.self, from: study).record == record(7))
    #expect(watch.file("study.csv") == Data(record(7).table.text.utf8))
    #expect(watch.file("metrics.jsonl") == nil && watch.file("../study.json") == nil)
  }
}

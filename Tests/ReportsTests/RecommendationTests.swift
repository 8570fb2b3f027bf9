import Foundation
import Records
import Reports
import Testing

@Suite("What speed and a sweep recommend together")
struct RecommendationTests {
  private func scale(_ speeds: [(threads: Int, batch: Int, speed: Double)]) -> ScaleRecord {
    var record = ScaleRecord(name: "digits", machine: MachineRecord(cores: 4), usableCores: 4)
    record.cells = speeds.map {
      ScaleCell(
        threads: $0.threads, batch: $0.batch, stepSeconds: Double($0.batch) / $0.speed, stepSecondsLow: 0,
        stepSecondsHigh: 1, gradientSeconds: 0, reduceSeconds: 0, peakMemoryBytes: 1, timedSteps: 9, shards: 8,
        microbatch: 8, busiestSamples: 8, usableCores: 4)
    }
    return record
  }

  private func sweep(_ batches: [(batch: Int, samples: Double?)], multiple: Double = 1) throws -> SweepRecord {
    var record = SampleSweeps.batches()
    record.name = "digits"
    let rule = try #require(record.rules.first)
    record.rules = [
      SweepRuleRecord(
        rule.rule,
        batches: batches.map { batch, samples in
          var result = SweepBatchRecord(
            batch: batch, learningRate: multiple, scaledLearningRate: 0.01 * Double(batch), seeds: 2,
            reached: samples == nil ? 0 : 2, diverged: 0)
          result.samples = samples.flatMap { SweepSpread([$0]) }
          result.steps = samples.flatMap { SweepSpread([$0 / Double(batch)]) }
          return result
        }, fit: nil, speedup: [])
    ]
    return record
  }

  @Test("the least time is samples needed ÷ samples a second, with the fewest threads that come within 5 % of it")
  func best() throws {
    let speeds = [
      (threads: 1, batch: 16, speed: 100.0), (2, 16, 120), (4, 16, 121), (1, 64, 100), (2, 64, 190), (4, 64, 195),
      (1, 256, 100), (2, 256, 195), (4, 256, 380),
    ]
    let found = try #require(Recommendation(scale(speeds), sweep([(16, 1000), (64, 1100), (256, 4000)])))
    // 64 with 4 threads takes 5.64 s, with 2 threads 5.79 s, which is within 5 %; 256 with 4 takes 10.5 s.
    #expect(found.best.threads == 2 && found.best.batch == 64)
    #expect(abs(found.best.secondsToTarget - 1100.0 / 190) < 1e-9)
    #expect(found.choices.count == 9)
    #expect(found.headline.hasPrefix("Use 2 threads and batch 64, with a learning rate of 0.64 ("))
    #expect(found.reasons.contains { $0.contains("less than 5 % below") })
    #expect(found.page.sections.count == 1)
  }

  @Test("a batch that scale did not measure is interpolated between its neighbours, and none beyond them is used")
  func interpolated() throws {
    let speeds = [(threads: 1, batch: 16, speed: 100.0), (1, 256, 400)]
    let found = try #require(Recommendation(scale(speeds), sweep([(8, 10), (64, 1000), (512, 10)])))
    #expect(found.choices.count == 1)
    #expect(abs(found.best.samplesPerSecond - 200) < 1e-9 && !found.best.isMeasured)
    #expect(found.table.rows[0].last == "recommended")
  }

  @Test("threads beyond the cores, and batches that never reached the target, recommend nothing")
  func nothing() throws {
    #expect(try Recommendation(scale([(8, 64, 1e9)]), sweep([(64, 1000)])) == nil)
    #expect(try Recommendation(scale([(1, 64, 100)]), sweep([(64, nil)])) == nil)
    #expect(try Recommendation(scale([]), sweep([(64, 1000)])) == nil)
  }

  @Test("another rate than the config's is told as a multiple of it")
  func multiple() throws {
    let found = try #require(Recommendation(scale([(1, 64, 100)]), sweep([(64, 1000)], multiple: 0.5)))
    #expect(found.reasons.contains { $0.hasPrefix("That is 0.5 × the config's learningRate.reference") })
    #expect(!found.reasons.contains { $0.contains("largest batch") })
  }
}

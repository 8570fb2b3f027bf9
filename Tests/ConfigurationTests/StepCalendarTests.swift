import Calendars
import Configuration
import Keys
import TestSupport
import Testing

@Suite("step calendar")
struct StepCalendarTests {
  private func calendar(
    _ decay: String = #"{ "kind": "none" }"#, batch: Int = 10, samples: Int = 1000, more: String = ""
  ) throws -> StepCalendar {
    let run = try RunConfiguration.decode(
      """
      { "data": { "dataset": "digits" }, "model": { "preset": "logistic" }, "batch": { "size": \(batch) },
        "learningRate": { "decay": \(decay) }\(more) }
      """, file: "test")
    return StepCalendar(run, samples: samples)
  }

  @Test("one batch makes one phase, and a step's epoch is its share of the steps")
  func onePhase() throws {
    let calendar = try calendar()
    #expect(calendar.phases.count == 1)
    #expect(calendar.phases[0].stepsPerEpoch == 100)
    #expect(calendar.epoch(after: 250) == 2.5)
    #expect(calendar.steps(of: .epochs(2.5)) == 250)
    #expect(calendar.steps(of: .steps(17)) == 17)
  }

  @Test("a growing batch takes fewer steps an epoch, and epochs and steps stay inverse to one another")
  func growing() throws {
    let calendar = try calendar(#"{ "kind": "batch", "epochs": [2, 5], "factor": 5 }"#)
    #expect(calendar.phases.map(\.batch) == [10, 50, 250])
    #expect(calendar.phases.map(\.firstStep) == [0, 200, 260])
    #expect(calendar.phases.map(\.stepsPerEpoch) == [100, 20, 4])
    #expect(calendar.phases.allSatisfy { $0.rateFactor == 1 })
    #expect([0, 199, 200, 259, 260, 1_000_000].map { calendar.phase(ofStep: $0).batch } == [10, 10, 50, 50, 250, 250])
    for steps in [0, 1, 199, 200, 201, 259, 260, 263, 300] {
      #expect(calendar.steps(of: .epochs(calendar.epoch(after: steps))) == steps)
    }
    #expect(calendar.epoch(after: 210) == 2.5)
    #expect((1...280).filter { calendar.endsEpoch(after: $0) } == [100, 200, 220, 240, 260, 264, 268, 272, 276, 280])
    #expect(
      (1...280).filter { calendar.isDue(.epochs(1), after: $0) }.suffix(7)
        == [220, 240, 260, 264, 268, 272, 276, 280].suffix(7))
  }

  @Test("where the batch can grow no further, by maximum or training set, the rate falls in its place")
  func maximum() throws {
    let capped = try calendar(#"{ "kind": "batch", "epochs": [1, 2, 3], "factor": 4, "maximumBatch": 100 }"#)
    #expect(capped.phases.map(\.batch) == [10, 40, 100, 100])
    // η ÷ B falls by 4 each time.
    let temperatures = capped.phases.map { $0.rateFactor / Double($0.batch) }
    for (high, low) in zip(temperatures, temperatures.dropFirst()) { #expect(abs(high / low - 4) < 1e-12) }
    #expect(try calendar(#"{ "kind": "batch", "epochs": [1], "factor": 5000 }"#).largestBatch == 1000)
    // A batch that is no whole number is rounded, and the rate makes up for it.
    let odd = try calendar(#"{ "kind": "batch", "epochs": [1], "factor": 1.26 }"#)
    #expect(odd.phases[1].batch == 13 && abs(odd.phases[1].rateFactor - 13 / 12.6) < 1e-12)
  }

  @Test("a held temperature multiplies the rate by as much as the batch")
  func held() throws {
    let calendar = try calendar(more: #", "temperature": { "hold": true, "batches": [{ "epoch": 3, "size": 40 }] }"#)
    #expect(calendar.phases.map(\.batch) == [10, 40])
    #expect(calendar.phases.map(\.rateFactor) == [1, 4])
    #expect(calendar.phases[1].firstStep == 300)
  }

  @Test("a change of batch replaces later ones, and is none where the batch stays")
  func changing() throws {
    var run = try RunConfiguration.decode(
      #"{ "data": { "dataset": "digits" }, "model": { "preset": "logistic" }, "temperature": { "hold": true } }"#,
      file: "test")
    run = run.changingBatch(to: 512, atEpoch: 4).changingBatch(to: 128, atEpoch: 2)
    #expect(run.temperature.batches == [BatchChange(epoch: 2, size: 128)])
    #expect(run.changingBatch(to: 128, atEpoch: 5) == run)
    #expect(try RunConfiguration.decode(run.json(), file: "test") == run)
  }

  @Test(
    "changes that cannot be meant are refused",
    arguments: [
      (#""temperature": { "batches": [{ "epoch": 1, "size": 2 }] }"#, "temperature.batches"),
      (
        #""temperature": { "hold": true, "batches": [{ "epoch": 2, "size": 2 }, { "epoch": 2, "size": 3 }] }"#,
        "temperature.batches"
      ),
      (#""temperature": { "hold": true }, "optimizer": { "method": "adam" }"#, "temperature.hold"),
      (
        #""temperature": { "hold": true }, "learningRate": { "decay": { "kind": "batch", "epochs": [1] } }"#,
        "temperature.hold"
      ),
      (#""learningRate": { "decay": { "kind": "batch", "epochs": [3, 2] } }"#, "learningRate.decay.epochs"),
      (#""learningRate": { "decay": { "kind": "batch", "epochs": [1], "factor": 0.2 } }"#, "learningRate.decay.factor"),
    ])
  func refused(keys: String, path: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try RunConfiguration.decode(
        #"{ "data": { "dataset": "digits" }, "model": { "preset": "logistic" }, \#(keys) }"#, file: "test")
    }
    #expect(error?.issues.map(\.path) == [path])
  }
}

import Calendars
import Gradients
import Configuration
import Coordinator
import Datasets
import Foundation
import Keys
import Records
import Replays
import TestSupport
import Testing

/// Where two runs first differ, and what it comes from.
@Suite struct BisectionTests {
  /// Runs twice and compares; `overrides` and `second` are of the second run.
  private func compare(
    _ model: String = ReplayRuns.dense, _ overrides: [String] = [], first: DataSplits = ReplayRuns.pictures(),
    second: DataSplits? = nil, threads: (Int, Int) = (2, 2), _ more: String = ""
  ) throws -> BisectionRecord {
    try withTemporaryFolder { folder in
      let configuration = try ReplayRuns.configuration(model, more)
      let changed = try RunConfiguration.decode(
        configuration.json(), file: "test", overrides: overrides.map { try Override($0) })
      let (a, b) = (folder.path + "/a", folder.path + "/b")
      try ReplayRuns.train(configuration, first, in: a, threads: threads.0)
      try ReplayRuns.train(changed, second ?? first, in: b, threads: threads.1)
      return try Bisection(
        ReplayRuns.open(a, first, threads: threads.0), ReplayRuns.open(b, second ?? first, threads: threads.1)
      ).run()
    }
  }

  @Test("the same run with other numbers of threads has no difference", arguments: [(1, 2), (3, 7)])
  func same(threads: (Int, Int)) throws {
    let record = try compare(ReplayRuns.deep, threads: threads)
    #expect((record.part, record.equalUpTo, record.stepsComputed) == (.nothing, 6, 0))
    #expect(record.hasSameData && record.keys.isEmpty)
  }

  @Test("two samples that have changed places are found: step, position, samples")
  func swap() throws {
    let swapped = ReplayRuns.pictures { values, labels in
      for element in 0..<36 { values.swapAt(9 * 36 + element, 50 * 36 + element) }
      labels.swapAt(9, 50)
    }
    let record = try compare(second: swapped)
    #expect((record.part, record.isSwap) == (.input, true))
    #expect(record.differentSamples == [9, 50])
    // Which batch has one of them first, by the order itself.
    let plan = try RunPlan(ReplayRuns.configuration(ReplayRuns.dense), splits: swapped, threads: 1)
    let order = plan.source.order
    let expected = (0..<6).lazy.compactMap { step -> (step: Int, position: Int, sample: Int)? in
      let batch = order.position(ofStep: step)
      order.prepare(batch)
      let position = (0..<batch.count).first { [9, 50].contains(order.sample(batch, $0)) }
      return position.map { (step + 1, $0, order.sample(batch, $0)) }
    }.first
    let place = try #require(expected)
    #expect((record.step, record.position, record.sampleA) == (place.step, place.position, place.sample))
  }

  @Test("one changed label and one changed pixel are found")
  func changedSample() throws {
    let label = try compare(second: ReplayRuns.pictures { $1[14] = ($1[14] + 1) % 3 })
    #expect((label.part, label.sampleA, label.differentSamples) == (.label, 14, [14]))
    let pixel = try compare(second: ReplayRuns.pictures { values, _ in values[14 * 36 + 5] += 0.25 })
    #expect((pixel.part, pixel.sampleA, pixel.element) == (.input, 14, 5))
    #expect(pixel.count == 1 && !pixel.isSwap)
  }

  @Test("a config that differs is followed to what it changes first")
  func configurations() throws {
    #expect(try compare(ReplayRuns.dense, ["seed=6"]).part == .start)
    let rate = try compare(ReplayRuns.dense, ["learningRate.reference=0.05"])
    #expect((rate.part, rate.step) == (.learningRate, 1))
    #expect(rate.keys.map(\.path) == ["learningRate.reference"])
    let momentum = try compare(ReplayRuns.dense, ["optimizer.momentum=0.5"])
    #expect(momentum.part == .state || momentum.part == .update)
    let division = try compare(ReplayRuns.dense, ["batch.shards=4"])
    #expect(division.part == .division, "\(division)")
    #expect(try compare(ReplayRuns.dense, ["data.order=sequential"]).part == .samples)
    let smoothing = try compare(ReplayRuns.dense, [#"loss={"kind": "crossEntropy", "labelSmoothing": 0.1}"#])
    #expect(smoothing.part == .loss || smoothing.part == .backward)
    let dropped = try compare(ReplayRuns.deep, ["model.layers.5.rate=0.4"])
    #expect((dropped.part, dropped.step) == (.forward, 1))
    #expect(dropped.layer?.hasPrefix("5 ") == true)
  }

  @Test("a difference that comes late is found behind the last equal save")
  func late() throws {
    let more =
      #", "learningRate": { "reference": 0.1, "decay": { "kind": "step", "epochs": [1], "factor": 0.1 }, "warmup": { "kind": "none" } }"#
    let record = try compare(ReplayRuns.dense, ["learningRate.decay.epochs=[2]"], more)
    // An epoch has three steps: the rates differ from step 4 on, before the first save.
    #expect((record.part, record.step, record.stepsComputed) == (.learningRate, 4, 4))
  }

  @Test("runs of models with other tensors are refused")
  func otherModel() throws {
    #expect(throws: ReplayError.self) { try compare(ReplayRuns.dense, ["model.layers.1.units=9"]) }
  }
}

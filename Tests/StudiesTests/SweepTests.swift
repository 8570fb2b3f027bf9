import JSON
import Optimizers
import Calendars
import Keys
import Configuration
import Coordinator
import Datasets
import Foundation
import Models
import Records
import Studies
import TestSupport
import Testing

@Suite("Sweep")
struct SweepTests {
  private let configuration: RunConfiguration
  private let splits: DataSplits

  init() throws {
    configuration = try RunConfiguration.decode(
      """
      {"name": "small", "seed": 11, "data": {"dataset": "digits"}, "model": {"preset": "mlp", "hidden": [24]},
       "batch": {"size": 64, "microbatch": 16, "shards": 4},
       "optimizer": {"method": "sgd", "momentum": 0.9},
       "learningRate": {"reference": 0.02, "referenceBatch": 16, "warmup": {"kind": "gradual", "epochs": 1}},
       "epochs": 6}
      """, file: "small.json")
    splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
  }

  private func grid(
    _ batches: [Int] = [16, 64, 300], seeds: Int = 2, multiples: [Double] = [1], accuracy: Double = 0.85,
    toTheEnd: Bool = false, warmups: [String] = ["gradual"], epochs: Double = 6
  ) -> SweepGrid {
    SweepGrid(
      batches: batches, seeds: (0..<UInt64(seeds)).map { 11 + $0 }, learningRates: multiples, scalings: ["linear"],
      warmups: warmups, target: TargetRecord(testAccuracy: accuracy), toTheEnd: toTheEnd, epochs: epochs)
  }

  private func run(_ grid: SweepGrid, threads: Int? = 1) throws -> SweepRecord {
    let sweep = try Sweep(configuration, splits: splits, grid: grid, threads: threads)
    return try sweep.run(sweep.newRecord())
  }

  /// The record without what the clock and the machine decide.
  private func timeless(_ record: SweepRecord) -> SweepRecord {
    var record = record
    record.startedAt = nil
    record.threads = nil
    record.points = record.points.map { point in
      var point = point
      (point.trainingSeconds, point.evaluationSeconds, point.threads) = (0, 0, 0)
      (point.secondsToTarget, point.secondsToTargetWithEvaluation) = (nil, nil)
      return point
    }
    record.speedup = []
    for index in record.rules.indices {
      record.rules[index].speedup = []
      for batch in record.rules[index].batches.indices { record.rules[index].batches[batch].seconds = nil }
    }
    return record
  }

  @Test("every cell reaches the target, and its numbers agree with one another")
  func points() throws {
    let record = try run(grid())
    #expect(record.isComplete && record.points.count == 6 && record.hasReached)
    for point in record.points {
      #expect(point.reached && point.outcome == .targetReached, "\(point.batch)")
      let steps = try #require(point.stepsToTarget)
      #expect(point.samplesToTarget == steps * point.batch && point.steps == steps)
      #expect(point.testAccuracy ?? 0 >= 0.85 && point.testAccuracy == point.bestTestAccuracy)
      let (seconds, withEvaluation) = (
        try #require(point.secondsToTarget), try #require(point.secondsToTargetWithEvaluation)
      )
      #expect(0 < seconds && seconds <= withEvaluation)
      #expect(abs(point.scaledLearningRate - 0.02 * Double(point.batch) / 16) < 1e-12)
      #expect(point.testCurve.values.dropLast().allSatisfy { $0 < 0.85 })
      #expect(point.lossCurve.values.count > 0 && point.weightsSHA256.count == 64)
    }
    #expect(Set(record.points.map(\.weightsSHA256)).count == 6)
    #expect(record.fit != nil && record.speedup.count == 3)
  }

  @Test("1, 2, 3 and 7 threads give the same points, but for times")
  func threads() throws {
    let expected = timeless(try run(grid(seeds: 1), threads: 1))
    for threads in [2, 3, 7] {
      let record = try run(grid(seeds: 1), threads: threads)
      #expect(record.points.allSatisfy { $0.threads == threads })
      #expect(timeless(record) == expected, "\(threads)")
    }
  }

  @Test("a sweep that was stopped inside a cell goes on, runs no cell twice and ends as one that was not")
  func resume() throws {
    let sweep = try Sweep(configuration, splits: splits, grid: grid(), threads: 2)
    let expected = try sweep.run(sweep.newRecord())
    var record = sweep.newRecord()
    var started: [SweepCell] = []
    for stopAt in [3, 20, 1, Int.max] {
      let stop = StopRequest()
      var steps = 0
      let before = record.points
      var dropped: SweepCell?
      record = try sweep.run(record, stop: stop) { progress in
        if progress.step.step == 1 { started.append(progress.cell) }
        steps += 1
        dropped = progress.cell
        if steps == stopAt { stop.raise() }
      }
      // Through the file, as a resumed process would have it.
      record = try JSONDecoder().decode(
        StudyDocument<SweepRecord>.self, from: Data(JSONText.pretty(StudyDocument(record)).utf8)
      ).record
      #expect(before.allSatisfy { record.points.contains($0) }, "a finished cell keeps its numbers, times included")
      if stopAt != Int.max, !record.isComplete {
        // The cell that was under way has no point; it starts again.
        let cell = try #require(dropped)
        if !record.points.contains(where: { $0.cell == cell }) { started.removeAll { $0 == cell } }
      }
    }
    #expect(record.isComplete)
    #expect(Set(started).count == started.count && started.count == 6)
    #expect(timeless(record) == timeless(expected))
  }

  @Test("a diverged cell and one that misses the target are results")
  func failures() throws {
    let record = try run(grid([16, 64], seeds: 1, multiples: [1e-4, 1, 1e20]))
    for point in record.points {
      switch point.learningRate {
      case 1: #expect(point.outcome == .targetReached)
      case 1e-4:
        #expect(point.outcome == .completed && !point.reached && point.stepsToTarget == nil)
        // 1257 samples: 78 or 19 steps an epoch.
        #expect(point.steps == 6 * (1257 / point.batch) && point.epochs == 6)
      default:
        #expect(point.outcome == .diverged && !point.reached)
        #expect(point.divergedAtStep ?? 0 >= 1)
      }
    }
    #expect(record.rules.first?.batches.map(\.learningRate) == [1, 1])
    // What is not a number is left out of the file, which reads back.
    let text = JSONText.pretty(StudyDocument(record))
    let again = try JSONDecoder().decode(StudyDocument<SweepRecord>.self, from: Data(text.utf8)).record
    #expect(again == record)
  }

  @Test("cells that train to the end note the target on the way, and reach the same steps as those that stop")
  func toTheEnd() throws {
    let (stopping, whole) = (try run(grid([64], seeds: 1)), try run(grid([64], seeds: 1, toTheEnd: true)))
    #expect(whole.points[0].stepsToTarget == stopping.points[0].stepsToTarget)
    #expect(whole.points[0].outcome == .completed && whole.points[0].reached)
    #expect(whole.points[0].steps == 6 * 19 && stopping.points[0].steps < 6 * 19)
  }

  @Test("a cell is the run that its config gives, and rules differ only where they act")
  func sameAsTrainer() throws {
    let record = try run(grid([64], seeds: 1, toTheEnd: true, warmups: ["gradual", "constant", "none"], epochs: 3))
    #expect(Set(record.points.map(\.weightsSHA256)).count == 3)
    for (warmup, point) in zip(["gradual", "constant"], record.points) {
      var own = configuration
      own.batch.size = 64
      own.length = .epochs(3)
      own.learningRate.warmup = warmup == "gradual" ? .gradual(.epochs(1)) : .constant(.epochs(1))
      let result = try Trainer(RunPlan(own, splits: splits, threads: 3)).train()
      #expect(point.warmup == warmup && point.weightsSHA256 == result.summary.weightsSHA256)
      #expect(point.testLoss == result.summary.testLoss && point.trainLoss == result.summary.trainLoss)
    }
  }

  @Test("spans in steps are epochs at the config's own batch: every cell's schedule sees the same samples")
  func spans() throws {
    var own = configuration
    // 1257 samples in batches of 64: 19 steps an epoch.
    own.learningRate.warmup = .gradual(.steps(38))
    own.learningRate.decay = .step(at: [.steps(57)], factor: 0.1)
    let grid = SweepGrid(
      batches: [64, 16], seeds: [11], scalings: ["linear"], warmups: ["gradual"], target: nil, epochs: 4)
    let sweep = try Sweep(own, splits: splits, grid: grid, threads: 1)
    own.learningRate.referenceBatch = 8
    let other = try Sweep(own, splits: splits, grid: grid, threads: 1)
    for (sweep, referenceBatch) in [(sweep, 16), (other, 8)] {
      var rates: [Int: [Double]] = [:]
      _ = try sweep.run(sweep.newRecord()) { rates[$0.cell.batch, default: []].append($0.step.learningRate) }
      for (batch, stepsPerEpoch) in [(64, 19), (16, 78)] {
        let scaled = 0.02 * Double(batch) / Double(referenceBatch)
        let expected = (0..<4 * stepsPerEpoch).map { step in
          let warm = min(1, Double(step) / Double(2 * stepsPerEpoch))
          return (0.02 + (scaled - 0.02) * warm) * (step >= 3 * stepsPerEpoch ? 0.1 : 1)
        }
        let found = try #require(rates[batch])
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "batch \(batch)")
      }
    }
  }

  @Test("updates come before the first cell and after each, with all that is known")
  func updates() throws {
    let sweep = try Sweep(configuration, splits: splits, grid: grid(seeds: 1), threads: 1)
    var counts: [Int] = []
    let record = try sweep.run(sweep.newRecord(), onUpdate: { counts.append($0.points.count) })
    #expect(counts == [0, 1, 2, 3])
    #expect(record.rules.first?.batches.map(\.batch) == [16, 64, 300])
  }

  @Test("what cannot run is refused before the first cell")
  func refused() throws {
    #expect(throws: RunError.self) { try Sweep(configuration, splits: splits, grid: grid([16, 2000])) }
    // At 300 = 18.75 × 16 the square-root rule would make Adam's β1 negative.
    var adam = configuration
    adam.optimizer.method = .adam(AdamConfiguration(scaleWithBatch: true))
    adam.learningRate.scaling = .sqrt
    #expect(throws: ConfigurationError.self) { try Sweep(adam, splits: splits, grid: grid()) }
    _ = try Sweep(adam, splits: splits, grid: grid([16, 64]))
  }

  @Test("a directory goes on only with the sweep's own config and grid")
  func folder() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/study"
      let sweep = try Sweep(configuration, splits: splits, grid: grid(), threads: 1)
      do { _ = try StudyFolder(creating: path, configuration: configuration) }
      // Nothing to go on with yet.
      #expect(throws: RunFolderError.self) { try SweepFolder(resuming: path, configuration: configuration) }
      do { try StudyFolder(resuming: path).write(sweep.newRecord()) }
      var other = configuration
      other.optimizer.weightDecay = 0.5
      #expect(throws: RunFolderError.self) { try SweepFolder(resuming: path, configuration: other) }
      let again = try SweepFolder(
        resuming: path, configuration: RunConfiguration.decode(contentsOf: path + "/config.json"))
      #expect(again.record.grid == sweep.grid && again.record.points.isEmpty)
      try again.requireSame(configuration, file: "same.json")
      try again.requireSame("--batches", [16, 64, 300], \.batches)
      try again.requireSame("--batches", nil, \.batches)
      let error = #expect(throws: RunFolderError.self) { try again.requireSame("--batches", [16], \.batches) }
      #expect(error?.description.contains("--batches: found 16, but the sweep there has 16,64,300") == true)
      #expect(error?.isUsage == true)
      #expect(throws: RunFolderError.self) { try again.requireSame(other, file: "other.json") }
    }
  }
}

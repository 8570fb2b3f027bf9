import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Records
import Studies
import TestSupport
import Testing

@Suite("The scale study", .serialized)
struct ScaleStudyTests {
  private func configuration(_ keys: String = "") throws -> RunConfiguration {
    let text = #"{"data": {"dataset": "digits"}, "model": {"preset": "mlp", "hidden": [32]}"# + keys + "}"
    return try RunConfiguration.decode(Data(text.utf8), file: "test", overrides: [])
  }

  /// A study's record.
  private func record(
    _ keys: String = "", threads: [Int] = [1, 2], batches: [Int] = [32, 64, 256], seconds: Double = 0.02,
    stop: StopRequest = StopRequest(), progress: @escaping @Sendable (StudyProgress) -> Void = { _ in },
    save: (ScaleRecord) throws -> Void = { _ in }
  ) throws -> ScaleRecord {
    let configuration = try configuration(keys)
    return try ScaleStudy(threads: threads, batches: batches, seconds: seconds).run(
      configuration, splits: DatasetLoader.load(configuration.data, seed: configuration.seed), stop: stop,
      progress: progress, save: save)
  }

  @Test("every cell of the grid has its times, its share of the speedup and its memory, and the model its error")
  func grid() throws {
    let progress = Locked<[StudyProgress]>([])
    var saved = 0
    let record = try record(progress: { state in progress.withLock { $0.append(state) } }, save: { _ in saved += 1 })
    let visits = progress.withLock { $0.map(\.done) }
    #expect(record.outcome == .completed)
    #expect(record.cells.map(\.batch) == [32, 32, 64, 64, 256, 256])
    #expect(record.cells.map(\.threads) == [1, 2, 1, 2, 1, 2])
    for cell in record.cells {
      #expect(cell.stepSeconds > 0 && cell.gradientSeconds > 0 && cell.reduceSeconds > 0)
      #expect(cell.stepSecondsLow <= cell.stepSeconds && cell.stepSeconds <= cell.stepSecondsHigh)
      #expect(cell.samplesPerSecond == Double(cell.batch) / cell.stepSeconds)
      #expect(cell.timedSteps >= 3)
      #expect(cell.peakMemoryBytes > 1 << 20)
      let base = try #require(record.cells.first { $0.batch == cell.batch })
      #expect(cell.speedup == base.stepSeconds / cell.stepSeconds)
      #expect(cell.efficiency == cell.speedup / Double(cell.threads))
    }
    // A batch of 32 is one microbatch, so one shard.
    #expect(record.cells[1].exceedsShards && !record.cells[0].exceedsShards)
    #expect(record.weakScaling.map(\.samplesPerThread) == [32])
    #expect(visits == visits.sorted() && saved == 4)
    let model = try #require(record.model)
    #expect(model.medianHeldOutError != nil)
    #expect(Set(record.predictions.map(\.threads)).isSuperset(of: [4, 8, 16, 32, 64, 128, 256]))
    #expect(record.limits.count == 3)
    #expect(record.table.rows.count == 6)
  }

  @Test("cells of other ranks join the grid and its model, and are measured after its own")
  func ranks() throws {
    let configuration = try configuration()
    let splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let own = try record(threads: [1], batches: [64, 256])
    var study = ScaleStudy(threads: [1], batches: [64, 256], seconds: 0.02)
    study.others = [2, 4]
    let asked = Locked<[Int]>([])
    study.measureRanks = { ranks, _ in
      asked.withLock { $0.append(ranks) }
      var part = own
      for index in part.cells.indices { (part.cells[index].ranks, part.cells[index].hostRanks) = (ranks, ranks) }
      part.launcher = "a launcher"
      return part
    }
    let record = try study.run(configuration, splits: splits)
    #expect(asked.withLock { $0 } == [2, 4])
    #expect(record.outcome == .completed && record.launcher == "a launcher")
    #expect(record.cells.map(\.ranks) == [1, 2, 4, 1, 2, 4])
    let parameters = try #require(record.model?.parameters)
    #expect(parameters.contains { $0.term == .exchangedByte && $0.isTold })
    let networks = try #require(record.networks)
    #expect(networks.count == 2 * 3 * 4 && Set(networks.map(\.ranks)) == [2, 4, 8, 16])
    let plan = try RunPlan(configuration, splits: splits, threads: 1)
    #expect(plan.division.batch != 64 || networks[0].exchangedBytes > 0)
    // Who is stopped meanwhile has cells that are missing.
    study.measureRanks = { _, _ in nil }
    #expect(try study.run(configuration, splits: splits).outcome == .interrupted)
    // Ranks alone.
    study.measuresItself = false
    study.others = [2]
    study.measureRanks = { ranks, _ in
      var part = own
      for index in part.cells.indices { (part.cells[index].ranks, part.cells[index].hostRanks) = (ranks, ranks) }
      return part
    }
    #expect(try study.run(configuration, splits: splits).cells.map(\.ranks) == [2, 2])
  }

  @Test("ranks take as many steps as the first one's clock says, the fewest here, and each has the cells")
  func lockstep() throws {
    let configuration = try configuration()
    let splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let room = SharedCollective.Room(ranks: 3)
    let results = Locked<[Int: ScaleRecord]>([:])
    let group = DispatchGroup()
    for rank in 0..<3 {
      group.enter()
      let thread = Thread {
        var study = ScaleStudy(threads: [1, 2], batches: [64, 256], seconds: rank == 0 ? 1e-9 : 1, rounds: 2)
        study.collective = SharedCollective(rank: rank, in: room)
        study.hostRanks = 3
        let record = try? study.run(configuration, splits: splits)
        results.withLock { $0[rank] = record }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    let records = results.withLock { $0 }
    #expect(records.count == 3)
    for record in records.values {
      #expect(record.cells.map(\.ranks) == [3, 3, 3, 3])
      #expect(record.cells.map(\.timedSteps) == [3, 3, 3, 3])
    }
  }

  @Test("steps longer than the time of a cell are still timed three times")
  func longSteps() throws {
    let record = try record(threads: [1], batches: [64], seconds: 1e-9)
    #expect(record.cells.map(\.timedSteps) == [3])
  }

  @Test("threads above the cores are measured, marked, and no evidence for the model")
  func crowded() throws {
    let record = try record(threads: [1, 300 / 3], batches: [64, 128])
    let crowded = record.cells.filter { $0.threads > record.usableCores }
    if record.usableCores < 100 { #expect(crowded.count == 2) }
    #expect(crowded.allSatisfy { $0.exceedsCores && $0.heldOutStepSeconds == nil })
    #expect(record.model?.fittedThreads == [1])
    #expect(record.cells.count == 4)
  }

  @Test("a wish to stop ends the study with the cells that it has; one before the first step leaves none")
  func interruption() throws {
    let stop = StopRequest()
    let steps = Locked(0)
    let some = try record(
      stop: stop,
      progress: { _ in
        let count = steps.withLock { steps in
          steps += 1
          return steps
        }
        if count == 4 { stop.raise() }
      })
    #expect(some.outcome == .interrupted)
    #expect(some.cells.reduce(0) { $0 + $1.timedSteps } == 4)
    let none = try record(stop: stop)
    #expect(none.outcome == .interrupted && none.cells.isEmpty && none.model == nil)
  }

  @Test("what a run would make of the learning rate does not matter: no cell diverges")
  func divergence() throws {
    let record = try record(#", "learningRate": {"reference": 1e20}"#, threads: [1], batches: [64])
    #expect(record.cells.count == 1)
  }

  @Test("a batch that has fewer microbatches than the config has shards gets one a microbatch")
  func shards() throws {
    let record = try record(
      #", "batch": {"size": 256, "shards": 16, "microbatch": 16}"#, threads: [1], batches: [64, 256])
    #expect(record.cells.map(\.shards) == [4, 16])
    #expect(record.cells.map(\.microbatch) == [16, 16])
  }

  @Test("a batch beyond the training set is refused before any work, with the batches that go")
  func refused() throws {
    let configuration = try configuration()
    let splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    func check(threads: [Int] = [1, 2], batches: [Int] = [64]) throws {
      try ScaleStudy(threads: threads, batches: batches, seconds: 1).check(configuration, splits: splits)
    }
    try check()
    do {
      try check(batches: [64, 4096, 8192, 256])
      Issue.record("accepted")
    } catch let error as RunError {
      #expect(error.path == "--batches")
      #expect(error.message.contains("4096 and 8192") && error.message.contains("64 and 256"), "\(error)")
      #expect(error.message.contains("1257"))
    }
    #expect(throws: RunError.self) { try check(threads: [129]) }
  }

  @Test("speedups are against the fewest threads of the same batch; diagonals of the grid are weak scaling")
  func grouping() {
    func cell(_ threads: Int, _ batch: Int, _ seconds: Double) -> ScaleCell {
      ScaleCell(
        threads: threads, batch: batch, stepSeconds: seconds, stepSecondsLow: seconds, stepSecondsHigh: seconds,
        gradientSeconds: seconds * 0.9, reduceSeconds: seconds * 0.1, peakMemoryBytes: 1, timedSteps: 3, shards: 16,
        microbatch: 32, busiestSamples: batch / threads, usableCores: 4)
    }
    let cells = [
      cell(8, 512, 0.25), cell(2, 256, 0.5), cell(4, 512, 0.5), cell(2, 512, 1), cell(4, 256, 0.4), cell(3, 96, 0.2),
    ].compared()
    #expect(cells.map(\.batch) == [96, 256, 256, 512, 512, 512])
    let speedups: [Double] = [1, 1, 1.25, 1, 2, 4]
    let efficiencies: [Double] = [1, 1, 0.625, 1, 1, 1]
    #expect(cells.map(\.speedup) == speedups)
    #expect(cells.map(\.efficiency) == efficiencies)
    #expect(cells.map(\.exceedsCores) == [false, false, false, false, false, true])
    let groups = cells.weakScaling()
    // 64 a thread: 4 × 256 and 8 × 512; 128: 2 × 256 and 4 × 512; 32 and 256 stand alone.
    #expect(groups.map(\.samplesPerThread) == [64, 128])
    #expect(groups[0].points.map(\.threads) == [4, 8] && groups[1].points.map(\.batch) == [256, 512])
    // 512 a second and thread each; 160 of 4 threads against 256 of 8.
    #expect(groups[1].points.map(\.efficiency) == [1, 1])
    #expect(groups[0].points.map(\.efficiency) == [1, 1.6])
  }
}

import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Machine
import Records
import Studies
import TestSupport
import Testing

@Suite("Seeds as replicas")
struct ReplicaTests {
  /// A network with batch norm and dropout, with evaluations and saves on the way.
  private static let config = """
    { "name": "replicas", "seed": 3, "data": { "dataset": "digits", "augment": [{ "type": "padCrop", "padding": 1 }] },
      "model": { "layers": [ { "type": "conv2d", "channels": 4, "kernel": 3, "padding": 1 }, { "type": "batchNorm" }, { "type": "relu" },
        { "type": "flatten" }, { "type": "dropout", "rate": 0.2 }, { "type": "dense", "units": 10 } ] },
      "batch": { "size": 64, "shards": 4, "microbatch": 8 }, "optimizer": { "method": "sgd", "momentum": 0.9 },
      "learningRate": { "reference": 0.02, "referenceBatch": 16 },
      "steps": 24, "evaluate": { "everySteps": 9 }, "checkpoint": { "everySteps": 5, "keep": 2 } }
    """

  private let configuration: RunConfiguration
  private let splits: DataSplits

  init() throws {
    configuration = try RunConfiguration.decode(Self.config, file: "replicas.json")
    splits = try DatasetLoader.load(configuration.data, seed: configuration.seed)
  }

  private func replicas(
    _ count: Int = 4, threads: Int = 2, _ configuration: RunConfiguration? = nil, _ splits: DataSplits? = nil
  ) -> Replicas {
    let configuration = configuration ?? self.configuration
    return Replicas(
      configuration, seeds: configuration.seeds(count), threads: threads,
      data: ReplicaData(configuration, splits: splits ?? self.splits))
  }

  private func folder(_ path: String, _ replicas: Replicas) throws -> ReplicaFolder {
    try ReplicaFolder(creating: path, configuration: replicas.configuration, summary: replicas.newSummary())
  }

  private static let make: Replicas.Maker = { plan, folder, _ in try recorded(plan, folder) }

  /// A trainer in a run directory; what it records besides is for observers.
  private static func recorded(_ plan: RunPlan, _ folder: RunFolder) throws -> Trainer {
    try Trainer(plan, folder: folder)
  }

  /// Digests of runs of one seed each, by seed.
  private func solo(_ count: Int, _ configuration: RunConfiguration? = nil) throws -> [UInt64: String] {
    let configuration = configuration ?? self.configuration
    var digests: [UInt64: String] = [:]
    for seed in configuration.seeds(count) {
      let own = configuration.with(seed: seed)
      let data = try DatasetLoader.load(own.data, seed: seed)
      digests[seed] = try Trainer(RunPlan(own, splits: data, threads: 1)).train().summary.weightsSHA256
    }
    return digests
  }

  private func digests(_ summary: ReplicasSummary) -> [UInt64: String] {
    Dictionary(uniqueKeysWithValues: summary.replicas.map { ($0.seed, $0.weightsSHA256) })
  }

  @Test("threads are dealt evenly, to as many replicas at once as there are threads or seeds")
  func threads() {
    #expect(ReplicaThreads(threads: 2, seeds: 8).counts == [1, 1])
    #expect(ReplicaThreads(threads: 7, seeds: 3).counts == [3, 2, 2])
    #expect(ReplicaThreads(threads: 1, seeds: 5).counts == [1])
    #expect(ReplicaThreads(threads: 16, seeds: 1).counts == [16])
    #expect(configuration.seeds(3) == [3, 4, 5])
  }

  @Test("every replica has the bits of its seed's run alone, whatever the threads", arguments: [1, 2, 3, 7])
  func sameBits(threads: Int) throws {
    try withTemporaryFolder { root in
      let replicas = replicas(threads: threads)
      let summary = try replicas.run(in: folder(root.path + "/seeds", replicas), make: Self.make)
      #expect(summary.outcome == .completed && summary.completed == 4 && summary.diverged == 0)
      #expect(summary.replicas.map(\.seed) == [3, 4, 5, 6])
      #expect(try digests(summary) == solo(4))
      #expect(Set(summary.replicas.map(\.weightsSHA256)).count == 4)
      #expect(summary.replicasAtOnce == min(threads, 4) && summary.threads == threads)
      #expect(summary.replicas.map(\.threads).allSatisfy { $0 >= threads / 4 && $0 >= 1 })
      #expect(summary.samples == 4 * 24 * 64)
      // The file says the same.
      #expect(try ReplicasSummary(folder: root.path + "/seeds") == summary)
    }
  }

  @Test("means, deviations and intervals are those of the replicas' own figures")
  func figures() throws {
    try withTemporaryFolder { root in
      let replicas = replicas(3)
      let summary = try replicas.run(in: folder(root.path + "/seeds", replicas), make: Self.make)
      let values = summary.replicas.compactMap(\.testAccuracy)
      let mean = values.reduce(0, +) / 3
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2).squareRoot()
      let found = try #require(summary.testAccuracy)
      #expect(found.count == 3 && abs(found.mean - mean) < 1e-12)
      #expect(abs(try #require(found.standardDeviation) - deviation) < 1e-12)
      // t = 4.302653 for two degrees of freedom.
      let margin = 4.302652729911275 * deviation / 3.0.squareRoot()
      #expect(abs(try #require(found.low) - (mean - margin)) < 1e-9)
      #expect(abs(try #require(found.high) - (mean + margin)) < 1e-9)
      for replica in summary.replicas {
        let file = root.path + "/seeds/\(replica.folder)/summary.json"
        let own = try JSONDecoder().decode(RunSummary.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        #expect(replica == ReplicaRecord(seed: replica.seed, folder: replica.folder, own))
        #expect(own.seed == replica.seed && own.weightsSHA256 == replica.weightsSHA256)
      }
    }
  }

  @Test("all replicas read one copy of the data; samples that the seed makes are each seed's own, as they are alone")
  func data() throws {
    let shared = ReplicaData(configuration, splits: splits)
    let sets = try configuration.seeds(3).map { try #require(try shared.splits(seed: $0).train as? Dataset) }
    #expect(shared.isShared)
    func storage(_ dataset: Dataset) -> ObjectIdentifier {
      switch dataset.samples {
      case .bytes(let buffer): ObjectIdentifier(buffer)
      case .floats(let buffer): ObjectIdentifier(buffer)
      }
    }
    #expect(Set(sets.map(storage)).count == 1)

    let made = try RunConfiguration.decode(
      """
      { "name": "made", "seed": 5, "data": { "dataset": "synthetic", "samples": 90, "testSamples": 20, "shape": [5],
        "classes": 3 }, "batch": { "size": 16 }, "model": { "preset": "logistic" }, "epochs": 2 }
      """, file: "made.json")
    let own = replicas(3, made, try DatasetLoader.load(made.data, seed: made.seed))
    #expect(!own.data.isShared)
    try withTemporaryFolder { root in
      let summary = try own.run(in: folder(root.path + "/made", own), make: Self.make)
      #expect(try digests(summary) == solo(3, made))
    }
  }

  @Test(
    "stopped or killed, seeds go on: those that are over stay, the others end with the same bits", arguments: [1, 2, 3])
  func resumed(threads: Int) throws {
    try withTemporaryFolder { root in
      let path = root.path + "/seeds"
      let replicas = replicas(threads: threads)
      let (stop, steps) = (StopRequest(), Locked(0))
      let first = try replicas.run(in: folder(path, replicas), stop: stop, make: Self.make) { _ in
        // In the middle of the second run of a place.
        if steps.withLock({
          $0 += 1; return $0
        }) == 24 * threads + 7 {
          stop.raise()
        }
      }
      #expect(first.outcome == .interrupted && first.completed >= 1 && first.completed < 4)
      #expect(first.replicas.contains { $0.outcome == .interrupted })
      let kept = first.replicas.filter(\.isOver).map(\.seed)
      // A killed run leaves its saves and no summary; one that was killed before its first save leaves nothing of use.
      for replica in first.replicas where !replica.isOver {
        try FileManager.default.removeItem(atPath: "\(path)/\(replica.folder)/summary.json")
      }
      let missing = try #require(replicas.seeds.last)
      if !first.replicas.contains(where: { $0.seed == missing }) {
        try FileManager.default.createDirectory(atPath: "\(path)/seed-\(missing)", withIntermediateDirectories: true)
        try "half".write(toFile: "\(path)/seed-\(missing)/metrics.jsonl", atomically: true, encoding: .utf8)
      }
      let trained = Locked<[UInt64]>([])
      let second = try replicas.run(
        in: ReplicaFolder(resuming: path),
        make: { plan, folder, goesOn in
          trained.withLock { $0.append(plan.configuration.seed) }
          #expect(goesOn == first.replicas.contains { $0.seed == plan.configuration.seed })
          return try Self.recorded(plan, folder)
        })
      #expect(Set(trained.withLock { $0 }).isDisjoint(with: kept))
      #expect(second.outcome == .completed && second.wallSeconds >= first.wallSeconds)
      #expect(try digests(second) == solo(4))
    }
  }

  @Test("a seed that diverges does not stop the others, is counted, and is in no mean")
  func diverged() throws {
    try withTemporaryFolder { root in
      let replicas = replicas(threads: 2)
      let summary = try replicas.run(
        in: folder(root.path + "/seeds", replicas),
        make: { plan, folder, _ in
          let trainer = try Self.recorded(plan, folder)
          if plan.configuration.seed == 4 { trainer.weights[0] = .nan }
          return trainer
        })
      #expect(summary.outcome == .completed && summary.completed == 3 && summary.diverged == 1)
      #expect(summary.testAccuracy?.count == 3 && summary.testLoss?.count == 3)
      #expect(summary.replicas.map(\.outcome) == [.completed, .diverged, .completed, .completed])
      // It is over: nothing is left to do.
      let again = try replicas.run(
        in: ReplicaFolder(resuming: root.path + "/seeds"),
        make: { _, _, _ in throw RunFolderError.unwanted })
      #expect(again.outcome == .completed && digests(again) == digests(summary))
    }
  }

  @Test("a run that fails ends the others after their step, saved, and its error is told")
  func failed() throws {
    try withTemporaryFolder { root in
      let path = root.path + "/seeds"
      let replicas = replicas(threads: 2)
      #expect(throws: RunFolderError.self) {
        try replicas.run(
          in: folder(path, replicas),
          make: { plan, folder, _ in
            if plan.configuration.seed == 4 { throw RunFolderError.unwanted }
            return try Self.recorded(plan, folder)
          })
      }
      let left = try ReplicasSummary(folder: path)
      #expect(left.outcome == .interrupted)
      let second = try replicas.run(in: ReplicaFolder(resuming: path), make: Self.make)
      #expect(try second.outcome == .completed && digests(second) == solo(4))
    }
  }

  @Test("a seed whose files are damaged is told of once the others are done", arguments: [1, 2])
  func damaged(threads: Int) throws {
    try withTemporaryFolder { root in
      let path = root.path + "/seeds"
      let replicas = replicas(threads: threads)
      let (stop, steps) = (StopRequest(), Locked(0))
      _ = try replicas.run(in: folder(path, replicas), stop: stop, make: Self.make) { _ in
        if steps.withLock({
          $0 += 1; return $0
        }) == 7 * threads {
          stop.raise()
        }
      }
      let saves = path + "/seed-3/checkpoints"
      for file in try FileManager.default.contentsOfDirectory(atPath: saves) {
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: saves + "/" + file))
      }
      let error = #expect(throws: DamagedSeedsError.self) {
        try replicas.run(in: ReplicaFolder(resuming: path), make: Self.make)
      }
      let words = try #require(error?.description)
      #expect(words.hasPrefix("\(path)/seed-3: has no usable checkpoint\n"))
      #expect(words.contains("seed 3 starts from its beginning") && !words.contains("train CONFIG"))
      let left = try ReplicasSummary(folder: path)
      #expect(left.outcome == .interrupted && left.replicas.filter(\.isOver).map(\.seed) == [4, 5, 6])
      // Records of its metrics are as much of it.
      try FileManager.default.removeItem(atPath: path + "/seed-3/metrics.jsonl")
      let other = #expect(throws: DamagedSeedsError.self) {
        try replicas.run(in: ReplicaFolder(resuming: path), make: Self.make)
      }
      #expect(other?.description.contains("/seed-3: has no metrics.jsonl, so it is not a run directory\n") == true)
      try FileManager.default.removeItem(atPath: path + "/seed-3")
      let last = try replicas.run(in: ReplicaFolder(resuming: path), make: Self.make)
      #expect(try last.outcome == .completed && digests(last) == solo(4))
    }
  }

  @Test("progress never goes back, and ends with all steps")
  func progress() throws {
    try withTemporaryFolder { root in
      let replicas = replicas(3, threads: 1)
      let told = Locked<[ReplicaProgress]>([])
      _ = try replicas.run(in: folder(root.path + "/seeds", replicas), make: Self.make) { progress in
        told.withLock { $0.append(progress) }
      }
      let all = told.withLock { $0 }
      #expect(all.map(\.step) == Array(1...72) && all.allSatisfy { $0.steps == 72 && $0.seeds == 3 })
      #expect(all[0].ended == 0 && all[24].ended == 1 && all[71].ended == 2 && all[24].testAccuracy != nil)
      #expect(all[71].secondsLeft == 0)
    }
  }

  @Test("seeds that do not fit into memory side by side are refused, with what to do")
  func memory() throws {
    let replicas = replicas(threads: 3)
    let error = #expect(throws: RunError.self) {
      try replicas.check(memory: MemoryLimit(bytes: 1 << 20, source: .machine))
    }
    #expect(error?.path == "--seeds" && error?.message.contains("side by side") == true)
    try replicas.check()
  }
}

extension RunFolderError {
  fileprivate static let unwanted = RunFolderError(path: "test", message: "is not wanted")
}

import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Machine
import Models
import TestSupport
import Testing

@Suite("The weights are the same bits wherever workers are held")
struct PlacementDeterminismTests {
  private let vectors = Runs.samples(.features(600), count: 97)
  private let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 61)

  /// A wide network, whose first layer leaves factors, and one with batch norm.
  private var cases: [(RunConfiguration, DataSplitsOfRun)] {
    [
      (Runs.configuration(.mlp(hidden: [400, 17]), batch: 24, shards: 3, microbatch: 4), .vectors),
      (Runs.configuration(Runs.convolutional, batch: 26, shards: 5, microbatch: 4), .images),
    ]
  }

  enum DataSplitsOfRun { case vectors, images }

  private func trainer(
    _ run: (RunConfiguration, DataSplitsOfRun), threads: Int, pinning: Pinning? = nil
  ) throws -> Trainer {
    var plan = try RunPlan(run.0, splits: run.1 == .vectors ? vectors : images, threads: threads)
    if let pinning { plan.pinning = pinning }
    return try Trainer(plan)
  }

  private func bits(_ trainer: Trainer) -> [UInt32] { trainer.state.parameters.array().map(\.bitPattern) }

  @Test("spread over the nodes and L3 groups of a large server, with any T")
  func spread() throws {
    let server = try #require(LoadedTopology(.synthetic("package:2 numa:1 l3:2 core:4 pu:2"))).topology
    for run in cases {
      let reference = try trainer(run, threads: 1, pinning: .free(.unwanted))
      for _ in 0..<5 { _ = reference.takeStep() }
      for threads in [1, 2, 3, 7] {
        for pinning in [.pinned(Placement(server, threads: threads)), nil] as [Pinning?] {
          let other = try trainer(run, threads: threads, pinning: pinning)
          for _ in 0..<5 { _ = other.takeStep() }
          #expect(bits(other) == bits(reference), "\(threads) threads")
        }
      }
    }
  }

  @Test("and on auto there are as many workers as cores and work: beyond the shards where a wide layer leaves factors")
  func auto() throws {
    let cores = ThreadCountRule.current.threads
    for (hidden, shards, isFactored) in [(400, 1, true), (17, 1, false), (17, 3, false)] {
      var run = Runs.configuration(.mlp(hidden: [hidden]), batch: 24, shards: shards, microbatch: 4)
      run.threads = .auto
      let plan = try RunPlan(run, splits: vectors)
      #expect(plan.threads == (isFactored ? cores : min(cores, shards)))
      run.isPinned = false
      #expect(try RunPlan(run, splits: vectors).pinning == .free(.unwanted))
    }
  }

  @Test("while the number of workers follows what the system grants")
  func follows() throws {
    for run in cases {
      let reference = try trainer(run, threads: 1)
      let other = try trainer(run, threads: 7)
      for workers in [7, 2, 1, 5, 3, 7] {
        _ = reference.takeStep()
        other.follow(GrantWatch.Change(workers: workers, movesUnits: workers == 3))
        #expect(other.activeWorkers == workers)
        _ = other.takeStep()
        #expect(bits(other) == bits(reference), "\(workers) workers")
      }
    }
  }

  @Test("and a run looks at the kernel's files: the fake ones of a container whose quota falls")
  func looks() throws {
    try withTemporaryFolder { folder in
      let status = folder.appendingPathComponent("proc/self/status")
      let quota = folder.appendingPathComponent("sys/fs/cgroup/cpu.max")
      for file in [status, quota] {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      }
      let units = Topology.current.allowedUnits.map { "\($0.number)" }.joined(separator: ",")
      try "Cpus_allowed_list:\t\(units)\n".write(to: status, atomically: true, encoding: .utf8)
      try "max 100000\n".write(to: quota, atomically: true, encoding: .utf8)
      let threads = min(3, Topology.current.allowed.cores)
      let trainer = try trainer(cases[0], threads: threads)
      // As if the last look had been long ago.
      let watch = trainer.plan.grantWatch(root: folder.path + "/", now: 0)
      #expect(watch != nil)
      trainer.grants = watch
      #expect(trainer.activeWorkers == threads)
      try "100000 100000\n".write(to: quota, atomically: true, encoding: .utf8)
      _ = trainer.takeStep()
      #expect(trainer.activeWorkers == 1)
      // Whoever asks for more threads than are granted at the start gets them, and is not watched.
      #expect((trainer.plan.grantWatch(root: folder.path + "/", now: 0) == nil) == (threads > 1))
    }
  }
}

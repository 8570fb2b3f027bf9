import Configuration
import Coordinator
import Datasets
import Dispatch
import Foundation
import Machine
import Records
import Workers

/// Several seeds of one config, trained side by side over one copy of the data, each on its share of the threads; the next
/// seed begins where one ends.
///
/// Each seed's run is the one that it would be alone, to the bit: nothing of a run depends on its threads, or on who runs
/// beside it.
///
/// ```swift
/// let replicas = Replicas(configuration, seeds: configuration.seeds(8), threads: 2, data: data)
/// let summary = try replicas.run(in: folder, make: { plan, folder, _ in try Trainer(plan, folder: folder) })
/// ```
package struct Replicas: Sendable {
  /// Makes the trainer of a run that leaves its records in a directory; the last argument says whether the run goes on from a
  /// save, which it then must not take weights over.
  package typealias Maker = @Sendable (RunPlan, RunFolder, Bool) throws -> Trainer

  /// One seed's run that has just come to an end.
  package struct Ended: Sendable {
    package var seed: UInt64
    package var result: RunResult
    /// What was found when the run went on from its save.
    package var remarks: [String] = []
  }

  package let configuration: RunConfiguration
  package let seeds: [UInt64]
  package let data: ReplicaData
  package let threads: ReplicaThreads
  /// Goes on with seeds although data, config or kernels are not those that they began with.
  package var acceptsChanges = false

  /// - Parameters:
  ///   - seeds: at least one, each once.
  ///   - threads: of all replicas together.
  package init(_ configuration: RunConfiguration, seeds: [UInt64], threads: Int, data: ReplicaData) {
    self.configuration = configuration
    self.seeds = seeds
    self.data = data
    self.threads = ReplicaThreads(threads: threads, seeds: seeds.count)
  }

  /// Refuses what cannot run, before anything is written.
  ///
  /// - Parameter memory: what the process may use.
  /// - Returns: the plan of the first seed.
  /// - Throws: `RunError` or `ModelError`, as a plan does; `RunError` if the replicas do not fit into memory side by side.
  @discardableResult
  package func check(memory: MemoryLimit = MachineTopology.current.memoryLimit) throws -> RunPlan {
    let plans = try threads.counts.indices.map { try plan(seeds[$0], data.splits, place: $0) }
    let estimate = MemoryEstimate(sideBySide: plans)
    try estimate.requireFit(
      memory, path: "--seeds",
      remedy: "fewer --threads are fewer replicas at once: \(plans.count) train side by side with \(threads.total)")
    try estimate.requireAllocation()
    return plans[0]
  }

  /// A summary without any seed.
  package func newSummary() -> ReplicasSummary {
    var summary = ReplicasSummary(
      name: configuration.name, seeds: seeds, threads: threads.total, replicasAtOnce: threads.counts.count)
    summary.isothermVersion = IsothermVersion.current
    summary.startedAt = Date().formatted(.iso8601)
    summary.dataset = data.splits.train.name
    summary.target = configuration.target.map(TargetRecord.init)
    return summary
  }

  /// Trains every seed that is not over yet.
  ///
  /// - Parameters:
  ///   - folder: the directory of the seeds, new or interrupted.
  ///   - stop: ends all runs after their step, saved. It is raised too where one of them fails: the others are then saved,
  ///     and the error is thrown.
  ///   - make: makes each run's trainer, on the run's own thread.
  ///   - progress: is told of every step, from any thread.
  ///   - onEnd: is told of every run that has come to an end, on the calling thread, after `summary.json` has it.
  /// - Returns: the summary, as `summary.json` has it.
  /// - Throws: ``DamagedSeedsError`` once all others have been trained, if what some seeds left cannot be used.
  package func run(
    in folder: ReplicaFolder, stop: StopRequest = StopRequest(), make: @escaping Maker,
    progress: @escaping @Sendable (ReplicaProgress) -> Void = { _ in }, onEnd: (Ended) throws -> Void = { _ in }
  ) throws -> ReplicasSummary {
    var summary = folder.summary
    (summary.threads, summary.replicasAtOnce) = (threads.total, threads.counts.count)
    let (before, start) = (summary.wallSeconds, DispatchTime.now())
    let board = ReplicaBoard(seeds.filter { keep($0, folder, &summary) }, of: seeds.count)
    summary.collect()
    try folder.write(summary)
    try begin(ReplicaWork(replicas: self, folder: folder, stop: stop, make: make, progress: progress, board: board))
    var failure: (any Error)?
    while let ended = board.nextEnded() {
      summary.add(ReplicaRecord(seed: ended.seed, folder: ReplicaFolder.name(seed: ended.seed), ended.result.summary))
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) * 1e-9
      summary.wallSeconds = before + seconds
      summary.samplesPerSecond = Double(board.samples) / seconds
      do {
        try folder.write(summary)
        try onEnd(ended)
      } catch {
        // The others are saved, as they are where a run fails.
        stop.raise()
        failure = failure ?? error
      }
    }
    if let failure = failure ?? board.failure ?? DamagedSeedsError(board.damaged) { throw failure }
    return summary
  }

  /// Notes a seed whose run is over.
  ///
  /// - Returns: whether it is still to be trained.
  private func keep(_ seed: UInt64, _ folder: ReplicaFolder, _ summary: inout ReplicasSummary) -> Bool {
    guard case .ended(let run) = folder.state(seed: seed) else { return true }
    summary.add(ReplicaRecord(seed: seed, folder: ReplicaFolder.name(seed: seed), run))
    return false
  }

  /// Starts a thread for each place.
  private func begin(_ work: ReplicaWork) throws {
    let wanted = min(threads.counts.count, work.board.waiting)
    guard wanted > 0 else { return }
    let places = ThreadLimit.grantedThreads(wanted)
    guard places > 0 else {
      throw RunError(
        path: "--seeds",
        message: "the system grants this process no more threads (ulimit -u, pids.max); train the seeds one by one")
    }
    work.board.open(places)
    for place in 0..<places {
      let thread = Thread { work.serve(place) }
      thread.name = "isotherm.replica"
      // A secondary thread of Foundation has half a MiB, less than OpenBLAS and the decoders were tried with.
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// The plan of a seed at one of the places, to each of which belong cores of its own.
  func plan(_ seed: UInt64, _ splits: DataSplits, place: Int) throws -> RunPlan {
    try RunPlan(
      configuration.with(seed: seed), splits: splits, threads: threads.counts[place],
      share: NodeShare(rank: place, ranks: threads.counts.count))
  }
}

extension ReplicaThreads {
  /// T of all together.
  package var total: Int { counts.reduce(0, +) }
}

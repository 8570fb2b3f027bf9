import Calendars
import Configuration
import Gradients
import Kernels
import Machine
import Models

extension RunPlan {
  /// T, where the workers are held, and what a user should know of both.
  ///
  /// The order of precedence is command line, config, machine; at most 128 threads call BLAS at once (measured limits
  /// of OpenBLAS: it crashes from 192 callers on).
  ///
  /// Where no thread is asked for, pieces of wide dense layers that wait for whoever sums them (``FactoredGradients``) are
  /// work for as many threads, beyond the shards.
  static func threads(
    _ asked: Int?, _ configuration: RunConfiguration, _ network: Network, _ division: BatchDivision,
    _ calendar: StepCalendar, _ ranks: Int, _ share: NodeShare
  ) -> (Int, Pinning, [String]) {
    // Those of this process.
    let shards = (division.shards + ranks - 1) / ranks
    let products = products(network, division, calendar)
    let machine = ThreadCountRule(
      .current, quota: MachineTopology.current.quotaCores, ranksOnNode: share.ranks)
    let cores = machine.threads
    let isAuto = asked == nil && configuration.threads == .auto
    let wanted: Int
    switch (asked, configuration.threads) {
    case (let asked?, _): wanted = asked
    case (nil, .count(let count)): wanted = count
    case (nil, .auto): wanted = min(cores, max(shards, products))
    }
    let callers = min(wanted, BLASBuild.maximumCallers)
    let threads = 1 + ThreadLimit.grantedThreads(callers - 1)
    var notes: [String] = []
    if wanted > callers {
      notes.append("\(wanted) threads asked for; \(callers) are used, the most that may call OpenBLAS at once")
    }
    if callers > threads {
      notes.append(
        "\(callers) threads wanted; \(threads) are used, the most that the system grants this user or container now "
          + "(ulimit -u, pids.max): the same bits, less speed")
    }
    if threads > shards && !(isAuto && products > 0) {
      notes.append(
        "\(threads) threads share \(shards) shard\(shards == 1 ? "" : "s"), so \(threads - shards) can only help to "
          + (products > 0 ? "multiply the gradients of wide layers and to " : "")
          + "update the weights; more batch.shards, or a smaller batch.microbatch, would let them compute gradients")
    }
    if threads > cores {
      notes.append("\(threads) threads share \(cores) core\(cores == 1 ? "" : "s"): the same bits, but no more speed")
    }
    if isAuto, cores > max(shards, products) {
      notes.append("\(max(shards, products)) of \(cores) cores can help: batch.shards is \(shards)")
    }
    let pinning = pinning(configuration, threads, share)
    if pinning == .free(.refused) {
      notes.append(
        "the system does not let threads be held to cores (a container's rules): the same bits; "
          + "\"pin\": false turns the attempt off")
    }
    return (threads, pinning, notes)
  }

  /// Where the workers are held.
  private static func pinning(_ configuration: RunConfiguration, _ threads: Int, _ share: NodeShare) -> Pinning {
    Pinning(
      .current, threads: threads, quota: MachineTopology.current.quotaCores, isWanted: configuration.isPinned,
      share: share)
  }

  /// About how many pieces the wide dense layers' gradients have: counted, not made, since the network may be larger than the
  /// memory, which is asked later.
  private static func products(_ network: Network, _ division: BatchDivision, _ calendar: StepCalendar) -> Int {
    let samples = division.largestShard(count: max(division.batch, calendar.largestBatch))
    let count = network.parameterCount - FactoredGradients(network, samples: samples).gradientCount
    return count == 0 ? 0 : 1 + (count - 1) / StepGradients.chunkCount
  }

  /// A watch over what the system grants such a run.
  ///
  /// - Parameter root: where the kernel's files are; another folder is for tests.
  package func grantWatch(root: String = "/", now: UInt64) -> GrantWatch? {
    GrantWatch(.current, threads: threads, ranksOnNode: share.ranks, root: root, now: now)
  }
}

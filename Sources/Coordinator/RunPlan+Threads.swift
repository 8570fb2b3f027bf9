import Configuration
import Kernels
import Machine

extension RunPlan {
  /// The order of precedence is command line, config, machine; at most 128 threads call BLAS at once (measured limits
  /// of OpenBLAS: it crashes from 192 callers on).
  ///
  /// - Parameters:
  ///   - shards: of this process.
  ///   - ranksOnCores: processes of the run that share this one's cores.
  static func threads(
    asked: Int?, configured: ThreadCount, shards: Int, ranksOnCores: Int = 1
  ) -> (Int, [String]) {
    let cores = max(1, MachineTopology.current.usableCores / ranksOnCores)
    let wanted: Int
    switch (asked, configured) {
    case (let asked?, _): wanted = asked
    case (nil, .count(let count)): wanted = count
    case (nil, .auto): wanted = min(cores, shards)
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
    if threads > shards {
      notes.append(
        "\(threads) threads share \(shards) shard\(shards == 1 ? "" : "s"), so \(threads - shards) can only help to "
          + "update the weights; more batch.shards, or a smaller batch.microbatch, would let them compute gradients")
    }
    if threads > cores {
      notes.append("\(threads) threads share \(cores) core\(cores == 1 ? "" : "s"): the same bits, but no more speed")
    }
    if asked == nil, configured == .auto, cores > shards {
      notes.append("\(shards) of \(cores) cores can help: batch.shards is \(shards)")
    }
    return (threads, notes)
  }
}

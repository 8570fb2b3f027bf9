import Calendars
import Machine
import Gradients
import Configuration
import Datasets
import Foundation
import Kernels
import Models
import Optimizers
import Workers

/// Memory that a run will take, predicted before it starts. What no `Int` holds is `Int.max`.
package struct MemoryEstimate: Sendable, Equatable {
  /// The data sets, the orders of two epochs, and what an evaluation takes and keeps.
  package var dataBytes: Int
  /// Weights and the optimizer's state.
  package var parameterBytes: Int
  /// Gradient buffers of all shards.
  package var gradientBytes: Int
  /// One worker's arena.
  package var workerBytes: Int
  /// What recomputing batch norm's statistics takes; 0 unless `evaluate.batchNormSamples` asks for it.
  package var statisticsBytes: Int
  /// The largest tensor in the layout of files, while weights are saved.
  package var savingBytes: Int
  /// T.
  package var threads: Int
  /// k.
  package var shards: Int
  /// The program itself, with its libraries: measured, not computed.
  package static let programBytes = 40 << 20

  /// The estimate for a plan.
  package init(_ plan: RunPlan) {
    let network = plan.network
    let floatBytes = MemoryLayout<Float>.stride
    dataBytes =
      plan.splits.memoryBytes + 2 * plan.splits.train.count * MemoryLayout<Int32>.stride
      + Evaluator.bytes(for: network, plan.splits.test)
      + (plan.splits.validation.map { Evaluator.bytes(for: network, $0) } ?? 0)
    let update = WeightUpdate.bytes(plan.update, network)
    parameterBytes =
      (network.parameterCount + network.statisticsCount + network.packedCount) * floatBytes + update.shared
      + (plan.splits.validation == nil ? 0 : (network.parameterCount + network.statisticsCount) * floatBytes)
    gradientBytes = GradientEngine.gradientBytes(
      network, shards: plan.division.shards, samples: plan.largestShard, workers: plan.threads, ranks: plan.ranks,
      roundsSums: plan.roundsSums, guardShare: plan.configuration.guarding?.share)
    workerBytes = Workspace.bytes(for: network) + update.ofWorker
    threads = plan.threads
    shards = plan.division.shards
    savingBytes = (plan.network.tensors.map(\.count).max() ?? 0) * floatBytes
    statisticsBytes =
      plan.configuration.evaluate.batchNormSamples.map {
        RecomputedStatistics.bytes(for: plan.network, samples: $0, trainingSamples: plan.splits.train.count)
      } ?? 0
  }

  /// The estimate for several trainers at once, which share their data.
  package init(sideBySide plans: [RunPlan]) {
    precondition(!plans.isEmpty, "an estimate for no run")
    let estimates = plans.map(MemoryEstimate.init)
    func sum(_ bytes: (MemoryEstimate) -> Int) -> Int { estimates.reduce(0) { Int.saturatingSum($0, bytes($1)) } }
    self = estimates[0]
    parameterBytes = sum(\.parameterBytes)
    gradientBytes = sum(\.gradientBytes)
    workerBytes = sum(\.arenaBytes)
    statisticsBytes = sum(\.statisticsBytes)
    threads = 1
  }

  /// What a trainer will allocate: all but the data and the program.
  private var trainerBytes: Int {
    Int.saturatingSum(parameterBytes, gradientBytes, arenaBytes, savingBytes, statisticsBytes)
  }

  /// Asks the system whether it would give what a trainer will allocate; a trainer asks so itself, but whoever makes a run
  /// directory for it asks before.
  package func requireAllocation() throws(AllocationError) {
    try AllocationError.requireMemory(bytes: trainerBytes)
  }

  private var arenaBytes: Int { Int.saturatingProduct(workerBytes, threads) }

  /// The predicted peak.
  package var totalBytes: Int { parts.reduce(0) { Int.saturatingSum($0, $1.bytes) } }

  /// What the predicted peak is made of, in words.
  package var parts: [(use: String, bytes: Int)] {
    var parts = [
      ("data and evaluation", dataBytes), ("parameters and optimizer", parameterBytes),
      ("gradients of \(shards) shard\(shards == 1 ? "" : "s")", gradientBytes),
      (threads == 1 ? "arenas" : "arenas, \(threads) × \(workerBytes >> 10) KiB", arenaBytes),
      ("largest tensor, while it is saved", savingBytes), ("program", Self.programBytes),
    ]
    if statisticsBytes > 0 { parts.append(("batch-norm statistics for evaluation", statisticsBytes)) }
    return parts
  }

  /// Refuses what cannot fit, before anything of it is allocated.
  ///
  /// - Parameters:
  ///   - limit: what the process may use.
  ///   - path: the option to change, where it is not a key of the config; `remedy` says how.
  /// - Throws: ``RunError`` with the predicted peak, its parts, the limit, and what to change.
  package func requireFit(_ limit: MemoryLimit, path: String? = nil, remedy: String? = nil) throws(RunError) {
    guard totalBytes > limit.bytes else { return }
    let culprit = culprit(limit)
    let shown = parts.sorted { $0.bytes > $1.bytes }.filter { $0.bytes >= totalBytes / 100 }
    let table = shown.map { "\n  \(Self.text($0.bytes)) for \($0.use)" }.joined()
    throw RunError(
      path: path ?? culprit.path,
      message: "the run would take \(Self.text(totalBytes)) of memory, and this process may use "
        + "\(Self.text(limit.bytes)) (\(limit)):\(table)\n  \(remedy ?? culprit.remedy)")
  }

  /// The key that decides most: the model where even one gradient beside the weights is too much, else the largest part.
  private func culprit(_ limit: MemoryLimit) -> (path: String, remedy: String) {
    let model = (path: "model", remedy: "use a smaller model: fewer or narrower layers")
    let gradientOfOne = gradientBytes / max(1, shards)
    if Int.saturatingSum(parameterBytes, gradientOfOne, savingBytes, Self.programBytes) > limit.bytes { return model }
    let largest = max(dataBytes, parameterBytes, gradientBytes, arenaBytes, statisticsBytes)
    switch largest {
    case arenaBytes:
      return (
        "batch.microbatch",
        "use a smaller batch.microbatch" + (threads > 1 ? ", fewer threads," : "")
          + " or a smaller model"
      )
    case gradientBytes where shards > 1:
      return (
        "batch.shards", "use fewer batch.shards" + (threads > 1 ? ", fewer threads," : "") + " or a smaller model"
      )
    case dataBytes: return ("data", "use fewer samples")
    case statisticsBytes: return ("evaluate.batchNormSamples", "use fewer samples, or leave the key out")
    default: return model
    }
  }

  /// "298.1 GiB"; "more than 8 EiB" for what no number holds.
  private static func text(_ bytes: Int) -> String {
    if bytes == .max { return "more than 8 EiB" }
    var value = Double(bytes)
    var unit = "B"
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] where value >= 1024 {
      value /= 1024
      unit = larger
    }
    return String(format: unit == "B" ? "%.0f" : "%.1f", value) + " " + unit
  }
}

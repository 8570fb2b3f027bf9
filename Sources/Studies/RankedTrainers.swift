import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Workers

/// A run over several ranks as threads of this process: what it computes is what ranks on several hosts would.
enum RankedTrainers {
  /// Digests of the weights that each rank has after some steps; shorter where the loss was not finite before.
  static func digests(
    _ configuration: RunConfiguration, _ splits: DataSplits, ranks: Int, threads: Int, steps: Int
  ) throws -> [String] {
    let room = SharedCollective.Room(ranks: ranks)
    // Each has a plan of its own, whose order of samples it prepares. Planned beforehand: a rank that fails alone would leave
    // the others waiting.
    let plans = try (0..<ranks).map { _ in
      try RunPlan(configuration, splits: splits, threads: threads, ranks: ranks)
    }
    let trainers = try (0..<ranks).map { rank in
      try Trainer(plans[rank], collective: SharedCollective(rank: rank, in: room))
    }
    let results = Monitor<[Int: String]>([:])
    for (rank, trainer) in trainers.enumerated() {
      nonisolated(unsafe) let trainer = trainer
      let thread = Thread {
        for _ in 0..<steps where trainer.takeStep() == nil { break }
        trainer.collectState()
        let digest = trainer.weightsSHA256
        results.signal { $0[rank] = digest }
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return results.wait { $0.count == ranks ? $0 : nil }.sorted { $0.key < $1.key }.map(\.value)
  }
}

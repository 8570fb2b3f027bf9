import Configuration
import Coordinator
import Datasets
import Machine

/// Trains the same config with several thread counts, side by side, and compares every bit after every step; with several
/// numbers of ranks, one after the other, and compares the bits of the end. Where ranks round what they send
/// (`ranks.wire`), the runs of one number of ranks are compared with each other, for all thread counts.
package struct VerifyStudy: Study {
  package static let name = "verify"

  /// At least one thread count, each at least 1.
  package var threads: [Int]
  /// Numbers of ranks to compare as well, each with the first thread count.
  package var ranks: [Int]
  /// Steps to take; at most the config's.
  package var steps: Int

  package init(threads: [Int] = [1, 2, 8], ranks: [Int] = [], steps: Int = 20) {
    self.threads = threads
    self.ranks = ranks
    self.steps = steps
  }

  package func run(
    _ configuration: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> Verification {
    let plans = try threads.map { try RunPlan(configuration, splits: splits, threads: $0) }
    // All of them are in memory at once.
    try MemoryEstimate(sideBySide: plans).requireFit(
      MachineTopology.current.memoryLimit, path: "--threads", remedy: "compare fewer thread counts at once")
    let trainers = try plans.map { try Trainer($0) }
    var result = Verification(identical: true, steps: 0, runs: [])
    stepping: for step in 1...max(1, steps) {
      if step > trainers[0].plan.steps { break }
      let records = trainers.map { $0.takeStep() }
      if records.contains(where: { $0 == nil }) {
        result.divergedAtStep = step
        result.identical = records.allSatisfy { $0 == nil }
        break
      }
      result.steps = step
      for (index, trainer) in trainers.enumerated().dropFirst() {
        if let place = trainers[0].firstDifference(from: trainer) {
          result.identical = false
          result.difference = Verification.Difference(
            step: step, tensor: place.tensor, element: place.element, threads: [threads[0], threads[index]],
            values: place.values)
          break stepping
        }
      }
      progress(StudyProgress("verify", done: step, of: steps))
    }
    result.runs = zip(threads, trainers).map { Verification.Run(threads: $0, weightsSHA256: $1.weightsSHA256) }
    for (index, count) in ranks.enumerated() {
      progress(StudyProgress("ranks", done: index, of: ranks.count))
      // Rounded sums depend on the number of ranks, and on nothing else: there every thread count has its run.
      let isRounded = configuration.ranks?.wire == .bf16 && count > 1
      var expected = isRounded ? nil : result.runs[0].weightsSHA256
      for threads in isRounded ? threads : [threads[0]] {
        let digests = try RankedTrainers.digests(
          configuration, splits, ranks: count, threads: threads, steps: result.steps)
        // Every rank has to have them.
        let other = digests.first { $0 != expected ?? digests[0] }
        expected = expected ?? digests[0]
        result.runs.append(
          .init(threads: threads, ranks: count, isRounded: isRounded, weightsSHA256: other ?? digests[0]))
        if other != nil { result.identical = false }
      }
    }
    return result
  }
}

import Machine
import Configuration
import Coordinator
import Datasets
import Kernels
import Workers

/// Trains the same config with several thread counts, side by side, and compares every bit after every step.
public struct Verification: Sendable, Encodable {
  /// One thread count's run.
  public struct Run: Sendable, Codable, Equatable {
    public var threads: Int
    /// Digest of all parameters and running statistics after the last step.
    public var weightsSHA256: String
  }

  /// The first place where two runs part.
  public struct Difference: Sendable, Codable, Equatable {
    /// Steps done, counted from 1.
    public var step: Int
    /// Name in files.
    public var tensor: String
    /// Place in file order.
    public var element: Int
    /// The two thread counts.
    public var threads: [Int]
    /// The two values.
    public var values: [Float]
  }

  /// Whether all runs have the same bits.
  public var identical: Bool
  /// Steps that were compared.
  public var steps: Int
  public var runs: [Run]
  public var difference: Difference?
  /// Set when the loss was not finite, where the comparison ends.
  public var divergedAtStep: Int?

  /// Runs the comparison.
  ///
  /// - Parameters:
  ///   - threads: at least one thread count, each at least 1.
  ///   - steps: steps to take; at most the config's.
  ///   - progress: is told the number of steps done.
  public static func run(
    _ configuration: RunConfiguration, splits: DataSplits, threads: [Int], steps: Int,
    progress: (Int) -> Void = { _ in }
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
          result.difference = Difference(
            step: step, tensor: place.tensor, element: place.element, threads: [threads[0], threads[index]],
            values: place.values)
          break stepping
        }
      }
      progress(step)
    }
    result.runs = zip(threads, trainers).map { Run(threads: $0, weightsSHA256: $1.weightsSHA256) }
    return result
  }
}

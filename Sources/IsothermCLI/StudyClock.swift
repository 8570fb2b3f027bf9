import Foundation
import Isotherm

/// The progress of a study, with the time that is left by the time that was spent.
struct StudyClock: Sendable {
  private let start = Date()

  /// - Parameter activity: what is counted.
  func state(done: Int, of all: Int, _ activity: String) -> ProgressState {
    let spent = -start.timeIntervalSinceNow
    let left = done > 0 ? spent / Double(done) * Double(max(0, all - done)) : nil
    return ProgressState(step: done, steps: all, secondsLeft: left, activity: activity)
  }
}

extension ThreadOptions {
  /// T of a study that shares work of its own among threads: the option, the config's number, or the cores.
  func count(_ configuration: RunConfiguration) -> Int {
    if let threads { return min(threads, BLASBuild.maximumCallers) }
    if case .count(let count) = configuration.threads { return min(count, BLASBuild.maximumCallers) }
    return min(MachineTopology.current.usableCores, BLASBuild.maximumCallers)
  }
}

import Checkpoints
import Coordinator
import Foundation
import Records
import Synchronization

/// A run over several hosts that goes on when some of them are lost: starts the ranks, and when one dies starts again with
/// what is left, from the last checkpoint. The bits of the end are those of an undisturbed run, since they depend on
/// neither ranks nor interruptions.
package final class Launch: Sendable {
  /// What is to be started.
  package struct Order: Sendable {
    package var mpirun: MPIRun
    /// Names of the hosts; none: this machine alone.
    package var hosts: [String]
    package var ranksPerHost: Int
    /// How often it is started again after a failure.
    package var restarts: Int
    /// Names of variables that the ranks get.
    package var variables: [String]
    /// Seconds between two looks for hosts that were lost.
    package var probeSeconds = 30.0
    /// Seconds that the launcher may take to end once its ranks have.
    package var graceSeconds = 15.0
    /// The run directory, the command that begins the run, and the one that goes on with it.
    package var folder: String
    package var first: [String]
    package var resuming: [String]
    /// Whether the run directory was there before.
    package var isResumed: Bool

    package init(
      mpirun: MPIRun, hosts: [String], ranksPerHost: Int, restarts: Int, variables: [String], folder: String,
      first: [String], resuming: [String], isResumed: Bool
    ) {
      self.mpirun = mpirun
      self.hosts = hosts
      self.ranksPerHost = ranksPerHost
      self.restarts = restarts
      self.variables = variables
      self.folder = folder
      self.first = first
      self.resuming = resuming
      self.isResumed = isResumed
    }
  }

  /// What came of it.
  package struct Outcome: Sendable, Equatable {
    /// Exit code of the contract.
    package var code: Int32
    package var attempts = 0
    package var failures = 0
    /// Seconds in all, and those in which steps were taken that were lost, or nothing ran.
    package var seconds = 0.0
    package var lostSeconds = 0.0
  }

  private let order: Order
  private let say: @Sendable (String) -> Void
  private let stop: StopRequest

  /// - Parameters:
  ///   - stop: asks the run to save itself and end.
  ///   - say: is told what happens, in words.
  package init(_ order: Order, stop: StopRequest, say: @escaping @Sendable (String) -> Void) {
    self.order = order
    self.stop = stop
    self.say = say
  }

  /// Starts ranks until the run has ended.
  ///
  /// - Throws: ``LaunchError`` where it cannot go on.
  package func run() throws -> Outcome {
    let start = Date()
    var outcome = Outcome(code: 0)
    var hosts = order.hosts
    while true {
      outcome.attempts += 1
      let isResuming = try prepareFolder(isFirst: outcome.attempts == 1)
      let attempt = Attempt(order, hosts: hosts, command: isResuming ? order.resuming : order.first)
      let end = try attempt.run(stop: stop, missing: order.hosts.filter { !hosts.contains($0) }) { [say] in say($0) }
      outcome.seconds = -start.timeIntervalSinceNow
      switch end {
      case .ended(let code) where Self.isFinal(code) || stop.isRaised:
        outcome.code = code
        return outcome
      case .returned(let host):
        say("\(host) is back; continuing from the checkpoint with it")
        hosts = order.hosts.filter { hosts.contains($0) || $0 == host }
        continue
      case .ended(let code):
        outcome.lostSeconds += lostSeconds(since: attempt.startedAt)
        // A rank that was asked to go has saved: nothing failed.
        if code != Self.interrupted { outcome.failures += 1 }
        guard outcome.failures <= order.restarts else {
          throw LaunchError(
            "the ranks have failed \(outcome.failures) times, the last time with exit code \(code); what was saved stays: "
              + "continue with --resume \(order.folder), or allow more by --restarts")
        }
      }
      let lookedAt = Date()
      hosts = try survivors()
      try waitForFolder()
      outcome.lostSeconds -= lookedAt.timeIntervalSinceNow
    }
  }

  private static let interrupted: Int32 = 75

  /// Done, or an end that would come again: usage, data, divergence, a target that was not reached.
  private static func isFinal(_ code: Int32) -> Bool { [0, 2, 3, 4, 5].contains(code) }

  // MARK: Run directory

  private var store: CheckpointStore {
    CheckpointStore(folder: order.folder + "/" + RunRecord.FileName.checkpoints, keep: 1)
  }

  /// Whether the run goes on from a checkpoint. One that was ended before its first begins anew, in an empty directory.
  private func prepareFolder(isFirst: Bool) throws -> Bool {
    if isFirst { return order.isResumed }
    // One that is damaged is not removed: --resume takes the one before, or says what is wrong.
    if let step = store.steps().last {
      say("continuing from the checkpoint of step \(step)")
      return true
    }
    if order.isResumed { return true }
    say("no checkpoint was written yet: the run starts from the beginning")
    let manager = FileManager.default
    for name in (try? manager.contentsOfDirectory(atPath: order.folder)) ?? [] {
      try manager.removeItem(atPath: order.folder + "/" + name)
    }
    return false
  }

  /// Seconds of an attempt after its last checkpoint.
  private func lostSeconds(since start: Date) -> Double {
    let path = store.steps().last.map { store.path(step: $0) }
    let saved = path.flatMap { try? FileManager.default.attributesOfItem(atPath: $0)[.modificationDate] as? Date }
    return -max(saved ?? start, start).timeIntervalSinceNow
  }

  /// A rank on a host that cannot be reached any more works on until it finds itself alone: nobody else may write there.
  private func waitForFolder() throws {
    guard FileManager.default.fileExists(atPath: order.folder) else { return }
    let end = Date().addingTimeInterval(600)
    var hasSaid = false
    while true {
      do {
        _ = try FolderLock(folder: order.folder)
        return
      } catch let error as FolderInUse {
        guard Date() < end, !stop.isRaised else { throw error }
        if !hasSaid { say("waiting for what still works in \(order.folder)") }
        hasSaid = true
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
  }

  // MARK: Hosts

  private func survivors() throws -> [String] {
    guard !order.hosts.isEmpty else { return [] }
    let found = HostProbe.reachable(order.hosts, by: order.mpirun)
    let lost = order.hosts.filter { !found.contains($0) }
    if !lost.isEmpty { say("\(lost.joined(separator: ", ")) cannot be reached") }
    guard !found.isEmpty else {
      throw LaunchError(
        "none of the hosts can be reached: \(order.hosts.joined(separator: ", ")); what was saved stays: continue with "
          + "--resume \(order.folder)")
    }
    return found
  }
}

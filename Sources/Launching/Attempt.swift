import Checkpoints
import Coordinator
import Foundation
import Records

/// The ranks of a run, started once.
final class Attempt {
  enum End {
    /// With the launcher's exit code, 128 + n where a signal ended it.
    case ended(Int32)
    /// They have saved and left, since a host that was lost is back.
    case returned(String)
  }

  private let order: Launch.Order
  private let hosts: [String]
  private let process = Process()
  let startedAt = Date()

  init(_ order: Launch.Order, hosts: [String], command: [String]) {
    self.order = order
    self.hosts = hosts
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      [order.mpirun.path]
      + order.mpirun.arguments(
        hosts: hosts, perHost: order.ranksPerHost, variables: order.variables, command: command)
    process.standardInput = FileHandle.nullDevice
  }

  /// Waits for the end, passes a wish to stop on, and looks for hosts that were lost.
  func run(stop: StopRequest, missing: [String], say: @escaping (String) -> Void) throws -> End {
    do {
      try process.run()
    } catch {
      throw LaunchError("\(order.mpirun.path): cannot be started: \(error.localizedDescription)")
    }
    var (wasAsked, back) = (false, String?.none)
    var (nextLook, sign) = (Date().addingTimeInterval(order.probeSeconds), SignOfLife())
    var wasEnded = false
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.05)
      if stop.isRaised, !wasAsked {
        wasAsked = true
        ask()
      }
      if !missing.isEmpty, back == nil, Date() > nextLook {
        nextLook = Date().addingTimeInterval(order.probeSeconds)
        if let host = HostProbe.reachable(missing, by: order.mpirun).first {
          say("\(host) answers again; it is taken in at the next checkpoint")
          back = host
          awaited = newestStep
        }
      }
      if back != nil, !wasAsked, newestStep != awaited {
        wasAsked = true
        ask()
      }
      // Where the network is cut, the launcher may wait for ever for ranks that it cannot reach.
      sign.look(ranks: Self.ranks(of: process.processIdentifier), folder: order.folder)
      if let since = sign.lostAt, !wasEnded, -since.timeIntervalSinceNow > order.graceSeconds {
        wasEnded = true
        say("the launcher does not end though its ranks have: it is ended")
        kill(process.processIdentifier, SIGKILL)
      }
    }
    process.waitUntilExit()
    let code =
      process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    if let back, code == 75, !stop.isRaised { return .returned(back) }
    return .ended(code)
  }

  /// Whether ranks are at work, as far as this machine can tell.
  private struct SignOfLife {
    /// Since when there has been none; `nil` where there is, or has never been.
    private(set) var lostAt: Date?
    private var hadRanks = false
    private var hadLock = false
    private var nextLook = Date.distantPast
    private var isHeld = false

    /// - Parameter ranks: those on this machine. There are none where it is no host of the run: then the first rank's hold of
    ///   the run directory tells.
    mutating func look(ranks: Int, folder: String) {
      hadRanks = hadRanks || ranks > 0
      var lives = ranks > 0
      if !hadRanks {
        if Date() > nextLook {
          nextLook = Date().addingTimeInterval(1)
          isHeld = FolderLock.isHeld(folder: folder)
        }
        hadLock = hadLock || isHeld
        lives = isHeld
      }
      lostAt = (hadRanks || hadLock) && !lives ? lostAt ?? Date() : nil
    }
  }

  /// The newest checkpoint when a host came back.
  private var awaited: Int?

  private var newestStep: Int? {
    CheckpointStore(folder: order.folder + "/" + RunRecord.FileName.checkpoints, keep: 1).steps().last
  }

  /// Launchers of MPI hand this signal on to the ranks, which save and leave.
  private func ask() { kill(process.processIdentifier, SIGUSR1) }

  /// Ranks that a launcher has started on this machine itself, as far as the system shows them.
  private static func ranks(of launcher: Int32) -> Int {
    func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
    let name = text("/proc/self/comm")
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(launcher)/task")) ?? []
    let children = threads.flatMap { text("/proc/\(launcher)/task/\($0)/children").split(separator: " ") }
    return children.count { text("/proc/\($0)/comm") == name }
  }
}

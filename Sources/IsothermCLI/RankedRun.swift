import Configuration
import Coordinator
import Foundation
import Gradients
import Machine
import MPICollective
import Synchronization

/// The other processes of this run, where a launcher of MPI has started several.
enum RankedRun {
  private struct State: Sendable {
    var collective: MPICollective?
    var identities: [RankIdentity] = []
  }

  /// How long a rank may be silent while steps go on, in seconds.
  static let timeoutVariable = "ISOTHERM_MPI_TIMEOUT"
  static let defaultTimeout = 120.0
  private static let state = Mutex(State())

  /// Joins the others; `nil` where there are none.
  static func join() throws -> MPICollective? {
    guard let launch = MPILaunch() else { return nil }
    let collective = try MPICollective(launch)
    state.withLock { $0.collective = collective }
    let identities = try RankIdentity.requireSame(collective)
    state.withLock { $0.identities = identities }
    return collective
  }

  /// The way to the other ranks; outside a launcher there are none.
  static var collective: any Collective { state.withLock { $0.collective } ?? LocalCollective() }

  /// Ranks on this host, 1 outside a launcher.
  static var hostRanks: Int {
    state.withLock { state in
      guard let rank = state.collective?.rank else { return 1 }
      return state.identities.count { $0.host == state.identities[rank].host }
    }
  }

  /// What moves the bytes, in words; `nil` outside a launcher.
  static var version: String? { state.withLock { $0.collective?.version } }

  /// Numbers as rank 0 has them: what each would choose for itself may depend on its machine.
  static func agreed(_ numbers: [Int]) -> [Int] {
    guard let collective = state.withLock({ $0.collective }) else { return numbers }
    let text = numbers.map(String.init).joined(separator: ",")
    let agreed = String(decoding: collective.broadcast(Array(text.utf8)), as: UTF8.self)
    return agreed.split(separator: ",").compactMap { Int($0) }
  }

  /// P, 1 outside a launcher.
  static var ranks: Int { state.withLock { $0.collective?.ranks ?? 1 } }

  /// This rank's part of the cores that it may run on.
  static var share: NodeShare {
    state.withLock { state in
      state.collective.map { RankIdentity.share(state.identities, rank: $0.rank) } ?? .whole
    }
  }

  /// Seconds after which a silent rank is lost.
  static func timeout() throws -> Double {
    guard let text = ProcessInfo.processInfo.environment[timeoutVariable], !text.isEmpty else { return defaultTimeout }
    guard let seconds = Double(text), seconds >= 1, seconds <= 1e6 else {
      throw RunError(path: timeoutVariable, message: "found \(text); allowed: seconds, from 1 to 1000000")
    }
    return seconds
  }

  /// Lets the others know the config, so that they load their data while rank 0 loads its own.
  ///
  /// - Throws: `RankMismatchError` on every rank where their sums would not fit together.
  static func announce(_ configuration: RunConfiguration) throws {
    let (collective, identities) = state.withLock { ($0.collective, $0.identities) }
    guard let collective else { return }
    _ = collective.broadcast(Array(configuration.json().utf8))
    try RankIdentity.requireSameRounding(identities, configuration.arithmetic)
  }

  /// The config that rank 0 has announced.
  static func announced(_ collective: MPICollective) throws -> RunConfiguration {
    let text = String(decoding: collective.broadcast([]), as: UTF8.self)
    let configuration = try RunConfiguration.decode(text, file: "the config of rank 0")
    try RankIdentity.requireSameRounding(state.withLock { $0.identities }, configuration.arithmetic)
    return configuration
  }

  /// What a user should know of the ranks, in words.
  static func notes(_ plan: RunPlan) -> [String] {
    state.withLock { state in
      guard let collective = state.collective else { return [] }
      let hosts = collective.hosts
      var counts: [(host: String, ranks: Int)] = []
      for host in hosts {
        if let index = counts.firstIndex(where: { $0.host == host }) {
          counts[index].ranks += 1
        } else {
          counts.append((host, 1))
        }
      }
      let places = counts.map { counts.count > 8 ? $0.host : "\($0.host): \($0.ranks)" }.joined(separator: ", ")
      var notes = [
        "\(collective.ranks) ranks on \(counts.count) host\(counts.count == 1 ? "" : "s") (\(places)), "
          + "\(plan.threads) thread\(plan.threads == 1 ? "" : "s") each; \(collective.version)"
      ]
      let shards = plan.configuration.batch.shards ?? 1
      if shards < collective.ranks {
        notes.append(
          "\(shards) shard\(shards == 1 ? "" : "s") for \(collective.ranks) ranks: \(collective.ranks - shards) can only "
            + "help to update the weights; more batch.shards would let them compute gradients")
      }
      if let note = bindingNote(state.identities, plan) { notes.append(note) }
      return notes
    }
  }

  /// What to know where the launcher has bound a rank to fewer cores than are its share.
  private static func bindingNote(_ identities: [RankIdentity], _ plan: RunPlan) -> String? {
    guard let own = identities.first, case .auto = plan.configuration.threads else { return nil }
    let onHost = identities.count { $0.host == own.host }
    let topology = MachineTopology.current
    let share = topology.onlineCores / onHost
    guard topology.affinityCores < min(share, plan.configuration.batch.shards ?? share) else { return nil }
    return
      "the launcher has bound each rank to \(topology.affinityCores) of \(topology.onlineCores) cores (\(own.cores)), so "
      + "\"threads\": \"auto\" came to \(plan.threads); with mpirun --bind-to none, or --map-by slot:PE=\(share), a rank "
      + "may use \(share)"
  }

  /// The end of a program whose ranks have come to the end of their work together.
  static func leave() {
    let collective = state.withLock { state in
      defer { state.collective = nil }
      return state.collective
    }
    collective?.finish()
  }

  /// Ends all ranks with a code, since this one cannot go on.
  static func abort(_ code: Int32) {
    state.withLock { $0.collective }?.abort(code)
  }

  /// Stands before the errors of a rank.
  static var prefix: String {
    state.withLock { state in
      guard let collective = state.collective else { return "" }
      let host = collective.hosts.indices.contains(collective.rank) ? " on \(collective.hosts[collective.rank])" : ""
      return "rank \(collective.rank)\(host): "
    }
  }

  static var isFirst: Bool { state.withLock { $0.collective?.rank ?? 0 } == 0 }
}

import Checkpoints
import Foundation
import Gradients
import JSON
import Kernels
import Machine
import Records

/// What has to be the same on all ranks of a run for their sums to fit together, and what each may use of its host.
package struct RankIdentity: Codable, Sendable, Equatable {
  package var host: String
  /// Digest of the program's file.
  package var program: String
  package var kernels: String
  package var blas: String
  /// Logical cores that the process may run on, as the system lists them: `0-3,8`.
  package var cores: String

  /// This process.
  package static var current: RankIdentity {
    RankIdentity(
      host: ProcessInfo.processInfo.hostName, program: Trainer.programSHA256, kernels: KernelPath.active.rawValue,
      blas: BLASBuild.current.coreName, cores: MachineTopology.current.affinityList)
  }

  /// What each rank is, in their order, where all run the same program.
  ///
  /// - Throws: ``RankMismatchError`` on every rank alike, naming what differs and where.
  package static func requireSame(_ collective: any Collective) throws -> [RankIdentity] {
    let all = try exchange(current, collective)
    try requireSame(all.map(\.program), "programs", "install the same build on all hosts", hosts: all.map(\.host))
    return all
  }

  /// Refuses ranks whose sums would not fit together, where the config's arithmetic does not make them.
  ///
  /// - Throws: ``RankMismatchError`` on every rank alike.
  package static func requireSameRounding(_ all: [RankIdentity], _ arithmetic: Arithmetic) throws {
    guard arithmetic == .machine else { return }
    let kinds: [(String, KeyPath<RankIdentity, String>, String)] = [
      ("CPU kernels", \.kernels, "set ISOTHERM_KERNELS to a family that all hosts have, such as avx2"),
      ("OpenBLAS cores", \.blas, "set OPENBLAS_CORETYPE to one that all hosts have, such as Haswell"),
    ]
    for (name, path, remedy) in kinds {
      try requireSame(
        all.map { $0[keyPath: path] }, name, remedy + ", or \"arithmetic\" to \"portable\" in the config",
        hosts: all.map(\.host))
    }
  }

  /// Refuses ranks that have read other data than rank 0.
  ///
  /// - Throws: ``RankMismatchError`` on every rank alike.
  package static func requireSameData(_ sha256: String, _ collective: any Collective) throws {
    let all = collective.gather(Array(sha256.utf8)).map { String(decoding: $0, as: UTF8.self) }
    try requireSame(all, "data", "copy the same files to all hosts", hosts: collective.hosts)
  }

  private static func requireSame(_ values: [String], _ name: String, _ remedy: String, hosts: [String]) throws {
    guard let odd = values.indices.first(where: { values[$0] != values[0] }) else { return }
    func short(_ value: String) -> String { value.count == 64 ? String(value.prefix(12)) + "…" : value }
    func words(_ rank: Int) -> String {
      "rank \(rank) on \(hosts.indices.contains(rank) ? hosts[rank] : "?") has \(short(values[rank]))"
    }
    let others = values.count { $0 != values[0] }
    throw RankMismatchError(
      "ranks have different \(name), so their sums would not fit together: \(words(0)), \(words(odd))"
        + (others > 1 ? ", and \(others - 1) more differ from rank 0" : "") + "; \(remedy)")
  }

  private static func exchange(_ own: RankIdentity, _ collective: any Collective) throws -> [RankIdentity] {
    try collective.gather(Array(JSONText.state(own).utf8)).map {
      try JSONText.state(RankIdentity.self, from: String(decoding: $0, as: UTF8.self))
    }
  }

  /// A rank's part of the cores that it may run on, which others that may run on the very same share with it.
  package static func share(_ all: [RankIdentity], rank: Int) -> NodeShare {
    let same = all.indices.filter { all[$0].host == all[rank].host && all[$0].cores == all[rank].cores }
    return NodeShare(rank: same.firstIndex(of: rank) ?? 0, ranks: same.count)
  }
}

/// The ranks of a run cannot compute together; exit code 2.
package struct RankMismatchError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

import Foundation

/// What a launcher of MPI has told this process in its environment.
package struct MPILaunch: Sendable, Equatable {
  /// Whose launcher it was.
  package enum Family: String, Sendable, CaseIterable {
    case open = "Open MPI"
    case mpich = "MPICH"

    /// Names of the library, the likeliest first.
    var libraries: [String] {
      switch self {
      case .open: ["libmpi.so.40", "libmpi.so"]
      case .mpich: ["libmpich.so.12", "libmpi.so.12", "libmpi.so"]
      }
    }

    /// What brings the library onto a Debian machine.
    var package: String {
      switch self {
      case .open: "libopenmpi3"
      case .mpich: "libmpich12"
      }
    }
  }

  /// Names the library to load, where the likely ones are not the right one.
  package static let libraryVariable = "ISOTHERM_MPI"

  package let family: Family
  /// P.
  package let ranks: Int
  /// This process's number, as far as the launcher says it.
  package let rank: Int?
  /// The library that the environment names; `nil` to try the family's.
  package let library: String?

  /// What the variables say; `nil` where no launcher has started this process, or it has started this one alone.
  package init?(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    func number(_ names: String...) -> Int? { names.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first }
    if let ranks = number("OMPI_COMM_WORLD_SIZE") {
      self.init(.open, ranks: ranks, rank: number("OMPI_COMM_WORLD_RANK"), environment)
    } else if let ranks = number("PMI_SIZE"), environment["PMI_RANK"] != nil || environment["PMI_FD"] != nil {
      self.init(.mpich, ranks: ranks, rank: number("PMI_RANK"), environment)
    } else if environment["PMIX_RANK"] != nil, let ranks = number("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS") {
      // srun --mpi=pmix starts Open MPI's programs as well as those of a newer MPICH; the former is what is usual.
      self.init(.open, ranks: ranks, rank: number("PMIX_RANK"), environment)
    } else {
      return nil
    }
  }

  private init?(_ family: Family, ranks: Int, rank: Int?, _ environment: [String: String]) {
    guard ranks > 1 else { return nil }
    self.family = family
    self.ranks = ranks
    self.rank = rank
    library = environment[Self.libraryVariable].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Libraries to try, in order.
  package var candidates: [String] { library.map { [$0] } ?? family.libraries }
}

/// The ranks of a run cannot speak to one another; exit code 1.
package struct MPIError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

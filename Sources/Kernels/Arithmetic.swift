/// `arithmetic`: which machines repeat the bits of a run.
public enum Arithmetic: String, Sendable, Equatable, CaseIterable {
  /// What is fastest here. Runs repeat to the bit on CPUs with the same kernels and the same OpenBLAS.
  case machine
  /// Own kernels alone, which round alike on every CPU. Runs repeat to the bit on all of them.
  case portable

  /// Which bits ``portable`` has: another number wherever a change of the program changes them.
  static let portableVersion = 2
}

extension KernelPath {
  /// Whether the path computes what ``Arithmetic/portable`` asks for: on x86 ``portable`` rounds products and sums apart.
  package var hasPortableArithmetic: Bool {
    #if arch(x86_64)
      self != .portable
    #else
      true
    #endif
  }
}

/// What decides beside config and data how the numbers of a run are rounded.
package struct Rounding: Sendable, Equatable {
  /// The kernels' path; with portable arithmetic, which all paths have in common, its name.
  package let kernels: String
  /// The CPU that OpenBLAS chose its kernels for; "none" where nothing is left to it.
  package let blas: String

  /// Whether a record's kernels are the name of portable arithmetic, of any version.
  package static func isPortable(kernels: String) -> Bool { kernels.hasPrefix(portableName) }

  private static let portableName = "portable arithmetic "

  /// That of this process.
  package static func here(_ arithmetic: Arithmetic) -> Rounding {
    switch arithmetic {
    case .machine: Rounding(kernels: KernelPath.active.rawValue, blas: BLASBuild.current.coreName)
    case .portable: Rounding(kernels: portableName + String(Arithmetic.portableVersion), blas: "none")
    }
  }

  package init(kernels: String, blas: String) {
    self.kernels = kernels
    self.blas = blas
  }

  /// What is otherwise here than where something was computed, in words; a record that does not name it counts as the
  /// same.
  package func differences(fromKernels earlierKernels: String?, blas earlierBLAS: String?) -> [String] {
    var words: [String] = []
    if let earlierKernels, earlierKernels != kernels {
      let isPath = KernelPath(rawValue: earlierKernels) != nil
      words.append(
        "kernels: \(kernels) in place of \(earlierKernels), which round otherwise"
          + (isPath ? " (ISOTHERM_KERNELS=\(earlierKernels) asks for them, where the CPU has them)" : ""))
    }
    if let earlierBLAS, earlierBLAS != blas {
      words.append("OpenBLAS: its kernels for \(blas) in place of those for \(earlierBLAS)")
    }
    return words
  }
}

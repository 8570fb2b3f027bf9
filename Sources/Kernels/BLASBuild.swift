import COpenBLAS

/// The BLAS library that this process runs on, and whether many threads may call it.
package struct BLASBuild: Sendable {
  /// The library's own description: version and build options.
  package let configuration: String
  /// The CPU family whose kernels it picked; the bits of a product depend on it.
  package let coreName: String
  /// Whether concurrent callers get right results: a build without threads shares buffers among them.
  package let isThreadSafe: Bool

  /// Concurrent callers a process: Debian's OpenBLAS 0.3.21 was right up to 160 and crashed at 192.
  package static let maximumCallers = 128

  /// The linked library.
  package static let current = BLASBuild(
    configuration: String(cString: openblas_get_config()), coreName: String(cString: openblas_get_corename()))

  package init(configuration: String, coreName: String) {
    self.configuration = configuration
    self.coreName = coreName
    isThreadSafe = !configuration.split(separator: " ").contains("SINGLE_THREADED")
  }

  /// Version number, such as `0.3.21`; the whole description where it has none.
  package var version: String {
    let words = configuration.split(separator: " ")
    return words.first { $0.first?.isNumber == true }.map(String.init) ?? configuration
  }

  /// Multiply-adds that one instruction of its kernels does, half of them where products and sums take an instruction
  /// each, if these are older than fused ones (2013); else `nil`.
  ///
  /// OpenBLAS takes kernels by the CPU's model number, and its oldest for a model newer than itself: Debian's 0.3.21 those
  /// of a Prescott (2004) on an Emerald Rapids (2023), an eighth as fast by the width of their instructions.
  private var oldMultiplyAdds: Double? {
    switch coreName.lowercased() {
    case "sandybridge", "bulldozer": 4
    case "katmai", "coppermine", "northwood", "prescott", "banias", "atom", "core2", "penryn", "dunnington", "nehalem",
      "athlon", "opteron", "opteron_sse3", "barcelona", "bobcat":
      2
    default: nil
    }
  }

  /// How many times as long its products take as they could with the instructions of `path`: 1 where it has fused ones.
  package func slowness(beside path: KernelPath) -> Double {
    guard let oldMultiplyAdds else { return 1 }
    switch path {
    case .avx512: return 16 / oldMultiplyAdds
    case .avx2: return 8 / oldMultiplyAdds
    case .portable, .fused: return 1
    }
  }

  /// What to know where the library's kernels are older than those of `path`; `nil` where they suit it.
  package func advice(on path: KernelPath) -> String? {
    guard slowness(beside: path) > 1 else { return nil }
    return """
      OpenBLAS \(version) does not know this CPU and uses its kernels for \(coreName), which are slow; Isotherm uses its \
      own in their place. OPENBLAS_CORETYPE=\(path == .avx512 ? "SkylakeX" : "Haswell") in the environment makes OpenBLAS \
      use newer ones, here and in other programs
      """
  }

  /// Threads that one call uses now: 1 after ``requireUsable()``.
  package var threads: Int { Int(openblas_get_num_threads()) }

  /// Sets one thread a call, and refuses a build that concurrent callers would break.
  ///
  /// Workers call BLAS each for itself; with BLAS threads of its own the bits of a product would depend on their number.
  package static func requireUsable() throws(BLASError) {
    try current.requireThreadSafe()
    openblas_set_num_threads(1)
  }

  package func requireThreadSafe() throws(BLASError) {
    guard isThreadSafe else { throw .singleThreaded(configuration: configuration) }
  }
}

/// Why the linked BLAS cannot be used.
public enum BLASError: Error, CustomStringConvertible, Equatable {
  /// A serial build: concurrent callers would silently get wrong results.
  case singleThreaded(configuration: String)

  /// What was found and what to install.
  public var description: String {
    switch self {
    case .singleThreaded(let configuration):
      """
      the linked OpenBLAS is a serial build (\(configuration)), which gives wrong results when several threads call it; \
      install a threaded one: on Debian and Ubuntu `apt-get install libopenblas-pthread-dev`, \
      on Fedora `dnf install openblas-threads`
      """
    }
  }
}

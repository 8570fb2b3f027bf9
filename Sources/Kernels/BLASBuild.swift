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

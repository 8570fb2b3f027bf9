import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A family of CPU instructions for which the vector kernels are compiled.
///
/// The best supported one is picked once; the environment variable `ISOTHERM_KERNELS` forces another. All but `portable`
/// give the same bits: they fuse multiply-adds, and sums have one order on all of them.
package enum KernelPath: String, CaseIterable, Sendable {
  /// Vectors of four floats, on any CPU. Multiply-adds are fused where every CPU of the kind can do it, which is not so on
  /// x86.
  case portable
  /// The same on any x86, with the bits of fused multiply-adds, in software: some twenty times as slow.
  case fused
  /// AVX2 and FMA: vectors of eight floats.
  case avx2
  /// AVX-512 (F, VL, DQ, BW): vectors of sixteen floats.
  case avx512

  /// The environment variable that forces a path.
  package static let environmentVariable = "ISOTHERM_KERNELS"

  /// The paths that are compiled into this build, worst first.
  package static var built: [KernelPath] {
    #if arch(x86_64)
      allCases
    #else
      [.portable]
    #endif
  }

  /// The paths that this CPU and this build can run, worst first.
  package static let supported: [KernelPath] = allCases.filter { kernel_family_supported($0.family) }

  /// The path of this process: the requested one, else the fastest supported one.
  package static let active: KernelPath = (try? requested()) ?? supported.last { $0 != .fused } ?? .portable

  /// The path that the environment asks for, or `nil` where it asks for none.
  ///
  /// Throws where it names no path or one that this CPU cannot run; the kernels then use the best supported one, so
  /// a program calls this once at its start to refuse.
  package static func requested() throws(KernelPathError) -> KernelPath? {
    guard let value = getenv(environmentVariable) else { return nil }
    return try named(String(cString: value))
  }

  /// The supported path of that name; `nil` for an empty name.
  package static func named(_ name: String) throws(KernelPathError) -> KernelPath? {
    guard !name.isEmpty else { return nil }
    guard let path = KernelPath(rawValue: name), supported.contains(path) else {
      throw KernelPathError(
        found: name, allowed: supported.map(\.rawValue), isKnown: KernelPath(rawValue: name) != nil)
    }
    return path
  }

  /// Runs `body` with the kernels of another path on this thread alone, for tests.
  package static func withForced<Result>(_ path: KernelPath, _ body: () throws -> Result) rethrows -> Result {
    precondition(supported.contains(path), "this CPU has no \(path.rawValue) kernels")
    kernel_table_force(kernel_table(path.family))
    defer { kernel_table_force(nil) }
    return try body()
  }

  private var family: KernelFamily {
    switch self {
    case .portable: .portable
    case .fused: .fused
    case .avx2: .AVX2
    case .avx512: .AVX512
    }
  }

  /// The path whose kernels are in use now: ``active``, unless a test forces another.
  package static var inUse: KernelPath {
    let table = table
    // First, since the table of a family that is not supported is the portable one.
    if table == kernel_table(.portable) { return .portable }
    return allCases.last { kernel_family_supported($0.family) && table == kernel_table($0.family) } ?? .portable
  }

  /// The functions in use.
  @inline(__always)
  static var table: UnsafePointer<KernelTable> { kernel_table_in_use() ?? choose() }

  @inline(never)
  private static func choose() -> UnsafePointer<KernelTable> {
    let table = kernel_table(active.family)
    kernel_table_use(table)
    return table
  }
}

/// `ISOTHERM_KERNELS` names a path that does not exist or that this CPU cannot run.
public struct KernelPathError: Error, CustomStringConvertible, Equatable {
  /// The variable's value.
  public let found: String
  /// The names of the supported paths.
  public let allowed: [String]
  /// Whether the value is a path's name at all.
  public let isKnown: Bool

  /// What was found, what is allowed, what to do.
  public var description: String {
    let fault = isKnown ? "this CPU cannot run the \(found) kernels" : "\"\(found)\" names no kernels"
    return "\(KernelPath.environmentVariable): \(fault); allowed here: \(allowed.joined(separator: ", ")), or unset it"
  }
}

/// The machine that a run or a study was measured on.
public struct MachineRecord: Codable, Sendable, Equatable {
  /// Logical CPUs of the machine.
  public var cores: Int
  /// CPUs that the process may run on.
  public var affinity: Int?
  /// CPUs' worth of time that the cgroup allows; `nil` is no limit.
  public var quota: Double?
  /// Nodes of memory with CPUs of their own.
  public var numaNodes: Int?
  /// Packages, which sit in a socket each.
  public var packages: Int?
  /// Groups of cores that share a last-level cache on one memory node.
  public var l3Groups: Int?
  /// Cores, whose SMT siblings count once.
  public var physicalCores: Int?
  /// As the system names it.
  public var cpuModel: String?
  /// Physical memory.
  public var memoryBytes: Int?
  /// Kernel family picked for this CPU: `avx512`, `avx2` or `portable`.
  public var kernelFamily: String?
  /// Version of the BLAS library.
  public var blasVersion: String?
  /// The CPU that the BLAS library chose its own kernels for.
  public var blasCore: String?
  /// Name and version.
  public var operatingSystem: String?

  /// A record of a machine of which nothing else is known; the rest is set afterwards.
  public init(cores: Int) { self.cores = cores }
}

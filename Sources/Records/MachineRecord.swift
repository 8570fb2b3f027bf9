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
  /// The machine's own name.
  public var hostName: String?

  /// A record; what is unknown is left out.
  public init(
    cores: Int, affinity: Int? = nil, quota: Double? = nil, numaNodes: Int? = nil, cpuModel: String? = nil,
    memoryBytes: Int? = nil, kernelFamily: String? = nil, blasVersion: String? = nil, blasCore: String? = nil,
    operatingSystem: String? = nil, hostName: String? = nil
  ) {
    self.cores = cores
    self.affinity = affinity
    self.quota = quota
    self.numaNodes = numaNodes
    self.cpuModel = cpuModel
    self.memoryBytes = memoryBytes
    self.kernelFamily = kernelFamily
    self.blasVersion = blasVersion
    self.blasCore = blasCore
    self.operatingSystem = operatingSystem
    self.hostName = hostName
  }
}

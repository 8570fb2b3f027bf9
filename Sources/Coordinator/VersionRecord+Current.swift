import Checkpoints
import Datasets
import Foundation
import Kernels
import Records

extension VersionRecord {
  /// This build on this machine.
  ///
  /// - Parameter parts: optional parts that the caller knows of, by name: whether they are built in.
  package static func current(parts: [String: Bool]) -> VersionRecord {
    let blas = BLASBuild.current
    return VersionRecord(
      version: IsothermVersion.current,
      kernels: Kernels(
        active: KernelPath.active.rawValue, available: KernelPath.supported.map { $0.rawValue },
        built: KernelPath.built.map { $0.rawValue }),
      libraries: Libraries(
        openBLAS: OpenBLAS(version: blas.version, build: blas.configuration, core: blas.coreName),
        zlib: ZlibBuild.version, libcrypto: LibcryptoBuild.version),
      parts: parts,
      // The compiler's version is known to conditional compilation alone; the library comes with the compiler.
      swift: "\(_SwiftStdlibVersion.current)",
      platform: Platform(
        architecture: architecture, operatingSystem: ProcessInfo.processInfo.operatingSystemVersionString))
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86_64"
    #elseif arch(arm64)
      "arm64"
    #elseif arch(riscv64)
      "riscv64"
    #else
      "other"
    #endif
  }
}

import Foundation
import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("Kernel paths and the BLAS build") struct EnvironmentTests {
    @Test("the portable path is always there, and the active one is supported")
    func paths() {
      #expect(KernelPath.supported.first == .portable)
      #expect(KernelPath.supported.contains(KernelPath.active))
    }

    // What a log says of these three tells on which paths every other test of kernels ran.
    @Test("kernels are tested on the path portable") func portable() { expectTested(.portable) }
    @Test("kernels are tested on the path fused", .needs(.fused)) func fused() { expectTested(.fused) }
    @Test("kernels are tested on the path avx2", .needs(.avx2)) func avx2() { expectTested(.avx2) }
    @Test("kernels are tested on the path avx512", .needs(.avx512)) func avx512() { expectTested(.avx512) }

    private func expectTested(_ path: KernelPath) {
      var paths: [KernelPath] = []
      forEachPath { _ in paths.append(KernelPath.inUse) }
      #expect(paths == KernelPath.supported && paths.contains(path))
    }

    @Test("a name that is no path is refused with the allowed ones; an empty one asks for nothing")
    func names() throws {
      #expect(try KernelPath.named("") == nil)
      #expect(try KernelPath.named("portable") == .portable)
      let error = #expect(throws: KernelPathError.self) { try KernelPath.named("sse9") }
      #expect(error?.description.contains("ISOTHERM_KERNELS") == true)
      #expect(error?.description.contains("\"sse9\" names no kernels") == true)
      #expect(error?.description.contains("portable") == true)
    }

    @Test(
      "a path that this CPU lacks is refused",
      .enabled(if: KernelPath.supported.count < KernelPath.allCases.count, "this CPU has all"))
    func unsupported() throws {
      let missing = try #require(KernelPath.allCases.first { !KernelPath.supported.contains($0) })
      let error = #expect(throws: KernelPathError.self) { try KernelPath.named(missing.rawValue) }
      #expect(error?.isKnown == true)
    }

    @Test("the path in use is the forced one, whichever families this CPU lacks", arguments: KernelPath.supported)
    func inUse(path: KernelPath) {
      #expect(KernelPath.withForced(path) { KernelPath.inUse } == path)
    }

    @Test("the environment variable forces the path")
    func variable() async {
      await #expect(processExitsWith: .success) {
        setenv("ISOTHERM_KERNELS", "portable", 1)
        guard try KernelPath.requested() == .portable, KernelPath.active == .portable, KernelPath.inUse == .portable
        else { exit(1) }
      }
      await #expect(processExitsWith: .success) {
        setenv("ISOTHERM_KERNELS", "fast", 1)
        let fastest = KernelPath.supported.last { $0 != .fused }
        guard (try? KernelPath.requested()) == nil, KernelPath.active == fastest else { exit(1) }
      }
    }

    @Test("the linked BLAS is usable with one thread")
    func blas() throws {
      try BLASBuild.requireUsable()
      #expect(BLASBuild.current.threads == 1 && BLASBuild.current.isThreadSafe)
      #expect(BLASBuild.current.version.first?.isNumber == true)
      #expect(!BLASBuild.current.coreName.isEmpty)
    }

    @Test("an OpenBLAS that does not know the CPU is named, with what makes it use newer kernels; others are not")
    func oldBLAS() throws {
      let build = BLASBuild(configuration: "OpenBLAS 0.3.21 DYNAMIC_ARCH Prescott MAX_THREADS=64", coreName: "Prescott")
      let advice = try #require(build.advice(on: .avx512))
      #expect(advice.contains("0.3.21") && advice.contains("Prescott") && advice.contains("OPENBLAS_CORETYPE=SkylakeX"))
      #expect(build.advice(on: .avx2)?.contains("OPENBLAS_CORETYPE=Haswell") == true)
      #expect(build.slowness(beside: .avx512) == 8 && build.slowness(beside: .avx2) == 4)
      #expect(build.advice(on: .portable) == nil && build.slowness(beside: .portable) == 1)
      for name in ["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "neoversen1"] {
        let build = BLASBuild(configuration: "OpenBLAS 0.3.21", coreName: name)
        #expect(build.advice(on: .avx512) == nil && build.slowness(beside: .avx2) == 1)
      }
    }

    @Test("a serial build is refused with what to install")
    func serialBuild() {
      let build = BLASBuild(
        configuration: "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Zen SINGLE_THREADED", coreName: "Zen")
      #expect(!build.isThreadSafe && build.version == "0.3.21")
      let error = #expect(throws: BLASError.self) { try build.requireThreadSafe() }
      #expect(error?.description.contains("libopenblas-pthread-dev") == true)
    }
  }
}

import Foundation
import Kernels
import TestSupport
import Testing

/// One test a path and property, so that a log names the paths that a CPU has no kernels for.
@Suite("Training on every kernel path")
struct KernelPathCommandTests {
  @Test("portable: 1 and 3 threads train to the same bits")
  func portable() throws { try expectSameBits(.portable) }

  @Test("avx2: 1 and 3 threads train to the same bits", .needs(.avx2))
  func avx2() throws { try expectSameBits(.avx2) }

  @Test("avx512: 1 and 3 threads train to the same bits", .needs(.avx512))
  func avx512() throws { try expectSameBits(.avx512) }

  @Test("portable: with and without Winograd, a residual network has the same bits for 1, 2, 3 and 7 threads")
  func portableConvolutions() throws { try expectSameBitsOfConvolutions(.portable) }

  @Test(
    "avx2: with and without Winograd, a residual network has the same bits for 1, 2, 3 and 7 threads", .needs(.avx2))
  func avx2Convolutions() throws { try expectSameBitsOfConvolutions(.avx2) }

  @Test(
    "avx512: with and without Winograd, a residual network has the same bits for 1, 2, 3 and 7 threads",
    .needs(.avx512))
  func avx512Convolutions() throws { try expectSameBitsOfConvolutions(.avx512) }

  private func expectSameBits(_ path: KernelPath) throws {
    for config in ["digits.json", "digits-cnn.json"] {
      let result = try Command.run(
        "verify", Command.packageFolder + "/Configs/" + config, "--threads", "1,3", "--steps", "4", "--json",
        environment: [KernelPath.environmentVariable: path.rawValue])
      #expect(try result.json()["identical"] as? Bool == true, "\(path): \(result.errors)")
    }
  }

  private func expectSameBitsOfConvolutions(_ path: KernelPath) throws {
    // It augments, has a residual block and dropout; 56 samples in microbatches of 5 divide by nothing.
    let cnn = Command.packageFolder + "/Configs/digits-cnn.json"
    var digests: [String?] = []
    for method in ["auto", "direct"] {
      let result = try Command.run(
        "verify", cnn, "--threads", "1,2,3,7", "--steps", "4", "--json", "--set", "model.convolution=\(method)",
        "--set", "batch.size=56", "--set", "batch.microbatch=5", "--set", "batch.shards=5",
        environment: [KernelPath.environmentVariable: path.rawValue])
      let verification = try result.json()
      #expect(verification["identical"] as? Bool == true, "\(path), \(method): \(result.errors)")
      let runs = try #require(verification["runs"] as? [[String: Any]])
      #expect(runs.count == 4)
      digests.append(runs[0]["weightsSHA256"] as? String)
    }
    // Winograd rounds otherwise: the key has reached the kernels.
    #expect(digests[0] != nil && digests[1] != nil && (path == .portable || digests[0] != digests[1]))
  }
}

import Foundation
import TestSupport
import Testing

@Suite("The version")
struct VersionCommandTests {
  @Test("--version prints the newest version of the change log, and --version --json the same with what is in")
  func version() throws {
    let changes = try String(contentsOfFile: Command.packageFolder + "/CHANGELOG.md", encoding: .utf8)
    let newest = try #require(changes.firstMatch(of: #/\n## \[(\d+\.\d+\.\d+)\]/#)).output.1
    #expect(try Command.run("--version").output == "\(newest)\n")
    for arguments in [["--version", "--json"], ["--json", "--version"]] {
      #expect(try Command.run(arguments).json()["version"] as? String == String(newest))
    }
  }

  @Test("--version --json names kernels, libraries, parts, Swift and platform, as doctor does")
  func parts() throws {
    let version = try Command.run("--version", "--json").json()
    let doctor = try Command.run("doctor", "--json").json()
    let kernels = try #require(version["kernels"] as? [String: Any])
    #expect(kernels["active"] as? String == doctor["kernelPath"] as? String)
    #expect(kernels["available"] as? [String] == doctor["supportedKernelPaths"] as? [String])
    let built = try #require(kernels["built"] as? [String])
    let available = try #require(kernels["available"] as? [String])
    #expect(built.first == "portable" && Set(built).isSuperset(of: available))
    let libraries = try #require(version["libraries"] as? [String: Any])
    let blas = try #require(libraries["openBLAS"] as? [String: Any])
    #expect(blas["build"] as? String == doctor["blas"] as? String)
    #expect((blas["core"] as? String)?.isEmpty == false)
    #expect((libraries["zlib"] as? String)?.first?.isNumber == true)
    for name in ["png", "webp", "zip", "curl"] {
      #expect((libraries[name] as? String)?.contains(#/^\d+\.\d+/#) == true, "\(name): \(libraries)")
    }
    let files = try #require(version["files"] as? [String: Any])
    #expect((files["digits"] as? String)?.hasSuffix("/digits.csv.gz") == true)
    #expect((libraries["libcrypto"] as? String)?.contains("SSL") == true)
    #expect((version["parts"] as? [String: Bool])?["liveView"] != nil)
    #expect((version["swift"] as? String)?.contains(".") == true)
    let platform = try #require(version["platform"] as? [String: Any])
    #expect((platform["architecture"] as? String)?.isEmpty == false)
  }

  @Test("the kernels that --version --json calls active are those that the environment asks for")
  func forcedKernels() throws {
    let result = try Command.run("--version", "--json", environment: ["ISOTHERM_KERNELS": "portable"]).json()
    #expect((result["kernels"] as? [String: Any])?["active"] as? String == "portable")
  }
}

import Foundation
import TestSupport
import Testing

@Suite("An installation")
struct InstalledCommandTests {
  /// PREFIX with the built command in bin, and a link to it elsewhere.
  private func withPrefix(_ body: (URL, _ link: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let prefix = folder.appendingPathComponent("prefix")
      for path in ["bin", "share/isotherm"] {
        try FileManager.default.createDirectory(
          at: prefix.appendingPathComponent(path), withIntermediateDirectories: true)
      }
      try FileManager.default.copyItem(atPath: Command.path, toPath: prefix.path + "/bin/isotherm")
      try FileManager.default.copyItem(
        atPath: Command.packageFolder + "/Sources/Datasets/Resources/digits.csv.gz",
        toPath: prefix.path + "/share/isotherm/digits.csv.gz")
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/isotherm", withDestinationPath: prefix.path + "/bin/isotherm")
      try body(prefix, folder.path + "/isotherm")
    }
  }

  private func version(_ program: String) throws -> [String: Any] {
    let result = try Program.run(program, "--version", "--json")
    try #require(result.status == 0, "\(result.errors)")
    return try result.json()
  }

  @Test("digits and schema are found in share beside bin, behind a link too")
  func found() throws {
    try withPrefix { prefix, link in
      let share = prefix.resolvingSymlinksInPath().path + "/share/isotherm"
      for program in [prefix.path + "/bin/isotherm", link] {
        let files = try #require(try version(program)["files"] as? [String: Any])
        let digits = try #require(files["digits"] as? String)
        #expect(URL(fileURLWithPath: digits).resolvingSymlinksInPath().path == share + "/digits.csv.gz")
        #expect(files["schema"] == nil)
      }
      try #require(
        try Program.run(link, "schema", "--output", prefix.path + "/share/isotherm/isotherm.schema.json").status
          == 0)
      try withTemporaryFolder { work in
        #expect(try Program.run(link, "init", "--quiet", in: work).status == 0)
        let text = try String(contentsOf: work.appendingPathComponent("digits.json"), encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.contains("\"$schema\"") })
        let address = try #require(line.firstMatch(of: #/"(file:[^"]*)"/#)?.output.1)
        #expect(FileManager.default.fileExists(atPath: try #require(URL(string: String(address))).path))
      }
    }
  }

  @Test("make uninstall refuses where nothing was installed")
  func uninstall() throws {
    try withTemporaryFolder { folder in
      let result = try Program.run("scripts/install.sh", "uninstall", environment: ["PREFIX": folder.path])
      #expect(result.status == 1 && result.errors.contains("nothing was installed"), "\(result.errors)")
    }
  }
}

import ArgumentParser
import Foundation
import IsothermCLI
import TestSupport
import Testing

@Suite("Help, manual pages and completions")
struct HelpCommandTests {
  @Test("every command has an example, and every example is a command that the program takes")
  func examples() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run("manual", "--out", folder.path)
      #expect(result.status == 0, "\(result.errors)")
      let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      for name in ["isotherm.1", "isotherm-train.1", "isotherm-init.1", "isotherm-data-fetch.1"] {
        #expect(pages.contains(name))
      }
      #expect(!pages.contains("isotherm-manual.1") && !pages.contains("isotherm-help.1"))
    }
  }

  private struct Small: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "small", abstract: "A command.",
      discussion: """
        Text about `small --none`, which is no example.

          small --size 3 'a b' | head    # comment with --nothing
          cat file | small - > small.txt
        """, subcommands: [Sub.self, Silent.self], defaultSubcommand: Sub.self)
  }

  private struct Sub: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Below.",
      discussion: """
          small sub --sise 3
          small sub --size three
        """)
    @Option var size = 1
    @Argument var words: [String] = []
  }

  private struct Silent: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Says nothing.", discussion: "small silent")
  }

  @Test("an option that does not exist, a wrong value and a command without examples are found")
  func faults() throws {
    let faults = try CommandExample.faults(of: Small.self)
    #expect(faults.count == 3, "\(faults)")
    #expect(faults.contains { $0.hasPrefix("small sub: small sub --sise 3: ") && $0.contains("--sise") })
    #expect(faults.contains { $0.contains("three") })
    #expect(faults.contains { $0.hasPrefix("small silent: no example") })
  }

  @Test("an example is divided into words as a shell would")
  func words() {
    let text = """
      Not this: small x
        small --a 'b c' "d"#e   # f
        cat x | small - --g > small.txt
        other small
      """
    let words = CommandExample.all(in: text, of: "small").map(\.words)
    #expect(words == [["small", "--a", "b c", "d#e"], ["small", "-", "--g"]])
  }

  // MARK: Manual pages

  @Test(
    "manual pages are sound for groff",
    .enabled(if: Program.has("groff"), "there is no groff, which would format manual pages"))
  func groff() throws {
    try withPages { folder, pages in
      for page in pages {
        let result = try Program.run("groff", "-ww", "-man", "-Tutf8", "-P-cbou", folder.path + "/" + page)
        #expect(result.status == 0 && result.errors.isEmpty, "\(page): \(result.errors)")
        for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"] {
          #expect(result.output.contains(heading), "\(page)")
        }
      }
    }
  }

  @Test(
    "manual pages are sound for mandoc",
    .enabled(if: Program.has("mandoc"), "there is no mandoc, which would look for faults of manual pages"))
  func mandoc() throws {
    try withPages { folder, pages in
      for page in pages {
        let result = try Program.run("mandoc", "-Tlint", "-Wwarning", folder.path + "/" + page)
        #expect(result.output.isEmpty && result.errors.isEmpty, "\(result.output)\(result.errors)")
      }
    }
  }

  private func withPages(_ body: (URL, [String]) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try #require(try Command.run("manual", "--out", folder.path).status == 0)
      try body(folder, try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted())
    }
  }

  @Test("the program's page has exit codes, environment and files; the same day gives the same bytes")
  func mainPage() throws {
    let environment = ["SOURCE_DATE_EPOCH": "86400"]
    let page = try Command.run("manual", environment: environment).output
    for words in ["EXIT STATUS", "ISOTHERM_DATA", "ISOTHERM_KERNELS", " 1970-01-02 ", "isotherm\\-train"] {
      #expect(page.contains(words), "\(words)")
    }
    #expect(try Command.run("manual", environment: environment).output == page)
    #expect(try Command.run("manual", "trian").status == 2)
  }

  // MARK: Completions

  /// A folder with a config, and a script that completes there.
  private func withScript(_ shell: String, _ body: (URL, String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let script = try Command.run("--generate-completion-script", shell).output
      try Data(script.utf8).write(to: folder.appendingPathComponent("script"))
      try Data("{}".utf8).write(to: folder.appendingPathComponent("mine.json"))
      let program = URL(fileURLWithPath: Command.path).deletingLastPathComponent().path
      try body(folder, program + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""))
    }
  }

  @Test(
    "bash completes commands, options, words and files",
    .enabled(if: Program.has("bash"), "there is no bash to complete in"))
  func bash() throws {
    try withScript("bash") { folder, path in
      for (line, expected) in [
        ("isotherm tra", "train"), ("isotherm train --dry", "--dry-run"), ("isotherm plan mi", "mine.json"),
        ("isotherm predict x --format js", "jsonl"), ("isotherm data fetch cifar100", "cifar100"),
        ("isotherm sweep --scaling sq", "sqrt"),
      ] {
        let script = """
          source ./script
          COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
          COMP_WORDS=($COMP_LINE); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
          _isotherm isotherm "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
          printf '%s\\n' "${COMPREPLY[@]}"
          """
        let result = try Program.run("bash", "-c", script, in: folder, environment: ["PATH": path])
        let words = result.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(words.contains(expected), "\(line): \(result.output)\(result.errors)")
      }
    }
  }

  @Test(
    "fish completes commands, options and files",
    .enabled(if: Program.has("fish"), "there is no fish to complete in"))
  func fish() throws {
    try withScript("fish") { folder, path in
      for (line, expected) in [
        ("isotherm tra", "train"), ("isotherm train --dry", "--dry-run"), ("isotherm plan mi", "mine.json"),
        ("isotherm predict x --format js", "jsonl"), ("isotherm data fetch cifar100", "cifar100"),
      ] {
        let script = "source ./script; complete -C '\(line)'"
        let result = try Program.run(
          "fish", "--no-config", "-c", script, in: folder, environment: ["PATH": path, "HOME": folder.path])
        let words = result.output.split(separator: "\n").compactMap { $0.split(separator: "\t").first.map(String.init) }
        #expect(words.contains(expected), "\(line): \(result.output)\(result.errors)")
      }
    }
  }

  @Test("zsh takes the script", .enabled(if: Program.has("zsh"), "there is no zsh to complete in"))
  func zsh() throws {
    try withScript("zsh") { folder, path in
      let result = try Program.run("zsh", "-fn", "script", in: folder, environment: ["PATH": path])
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let script = try String(contentsOf: folder.appendingPathComponent("script"), encoding: .utf8)
      #expect(script.hasPrefix("#compdef isotherm"))
    }
  }
}

import ArgumentParser
import Checkpoints
import Configuration
import Datasets
import Foundation

/// `isotherm schema`: the keys of a config, for readers and for editors.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of the config: every key, default and range.",
    discussion: """
      An editor that knows JSON Schema completes keys and marks mistakes of a config that names the schema in its first \
      line: "$schema": "./\(SchemaFile.name)". `isotherm init` names one that lies beside the config, or that was installed.

        isotherm schema | less
        isotherm schema --output \(SchemaFile.name)    # for an editor
      """)

  @Option(
    help: ArgumentHelp("The file to write. Default: standard output.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var output: String?

  func run() throws {
    guard let output else { return printResult(RunConfiguration.schema()) }
    try AtomicFile.write(RunConfiguration.schema(), to: output)
    printResult(output)
  }
}

/// The file of the schema, where an installation or a user has put it.
enum SchemaFile {
  static let name = "isotherm.schema.json"

  /// What a config at `path` writes behind `"$schema"`: the file beside it or, in an installation, its address; `nil` where
  /// there is none.
  static func reference(from path: String) -> String? {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    if FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) { return "./" + name }
    return InstalledFiles.locate(name).map { URL(fileURLWithPath: $0).absoluteString }
  }
}

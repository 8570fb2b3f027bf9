import ArgumentParser
import Checkpoints
import Configuration
import Datasets
import Foundation

/// `isotherm schema`: the keys of a config, for readers and for editors.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Explains a key of the config, or prints the JSON Schema: every key, default and range.",
    discussion: """
      An editor that knows JSON Schema completes keys and marks mistakes of a config that names the schema in its first \
      line: "$schema": "./\(SchemaFile.name)". `isotherm init` names one that is beside the config, or that was installed.

        isotherm schema batch.shards      # one key, and those below it
        isotherm schema learningRate
        isotherm schema | less
        isotherm schema --output \(SchemaFile.name)    # for an editor
      """)

  @Argument(help: "A key, such as batch.shards. Left out: the whole schema.") var key: String?

  @Flag(help: "Writes all keys as a page of Markdown.") var markdown = false

  @Option(
    help: ArgumentHelp("The file to write. Default: standard output.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var output: String?

  func validate() throws {
    guard key == nil || !markdown && output == nil else {
      throw ValidationError("a key is explained on standard output; leave out --markdown and --output, or the key")
    }
  }

  func run() throws {
    if let key { return printResult(try KeyText.lines(for: key).joined(separator: "\n")) }
    let text = markdown ? KeyText.page() : RunConfiguration.schema()
    guard let output else { return printResult(text) }
    try AtomicFile.write(text, to: output)
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

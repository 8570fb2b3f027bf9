import ArgumentParser
import Checkpoints
import Datasets
import Foundation
import JSON
import Keys
import Starter

/// `isotherm init`: a first config.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Looks at data and writes a config that trains on them, with a comment on every choice.",
    discussion: """
      Data are a CSV table, a folder of pictures, an archive or files of arrays (.npz, .npy, IDX), or a name of \
      `isotherm data list`; without any, the digits that are inside the program. What the label is, whether classes or \
      numbers are predicted, the network, the batch and the learning rate follow from the data; the comments say how, and \
      what else there is. An existing file is never overwritten.

        isotherm init                                 # digits.json, to begin with
        isotherm init --data wine.csv --label class   # a table, and its label
        isotherm init --data photos/ --out cats.json  # a folder for each class
        isotherm init --data mnist                    # a known data set
      """)

  @Option(
    help: ArgumentHelp("A file, a folder or a name. Default: the digits inside the program.", valueName: "data"),
    completion: .file())
  var data: String?
  @Option(
    help: ArgumentHelp(
      "The label column of a table, by name or by number from 0 (-1 is the last). Default: it is guessed.",
      valueName: "column"))
  var label: String?
  @Option(
    help: ArgumentHelp("The config to write. Default: NAME.json here, after the data.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var out: String?
  @OptionGroup var output: OutputOptions

  /// What `init --json` prints.
  struct Result: Encodable {
    /// The file that was written.
    var config: String
    var data: StarterFacts
  }

  func run() throws {
    if let out { try Self.requireFree(out) }
    let subject = try showingProgress(quiet: output.quiet) { progress in
      try StarterData(
        data, label: label, request: LoadingRequest(seed: 0, normalization: .none, progress: progress))
    }
    let path = out ?? subject.name + ".json"
    // Before the data are loaded, which may take a while.
    try Self.requireFree(path)
    let starter = try StarterConfiguration(
      for: subject, schema: SchemaFile.reference(from: path), name: Self.name(of: path, subject)
    ) { try loadData($0, seed: 1, quiet: output.quiet) }
    try AtomicFile.write(starter.text, to: path)
    if output.json { return printResult(JSONText.pretty(Result(config: path, data: starter.facts))) }
    if !output.quiet { for note in starter.facts.notes { printRemark("note: \(note)") } }
    let shown = Self.quoted(path)
    printResult(
      """
      \(path): \(starter.facts.summary)
      next  isotherm plan \(shown)     what a run will do
            isotherm train \(shown)    trains, and leaves a folder in runs
      """)
  }

  private static func requireFree(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    throw StarterError(subject: path, message: "is there, and init never overwrites; name another file with --out")
  }

  /// A run is called as its config, where that has a name for a folder.
  private static func name(of path: String, _ data: StarterData) -> String {
    let base = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    return base.isEmpty ? data.name : StarterData.configurationName(base)
  }

  private static func quoted(_ path: String) -> String {
    path.allSatisfy { $0.isLetter || $0.isNumber || "/._-+~".contains($0) } ? path : "'\(path)'"
  }
}

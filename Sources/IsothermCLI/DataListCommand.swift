import ArgumentParser
import Charts
import Fetching
import JSON
import Reports

struct DataListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the data sets that can be fetched, and where they are or would be.",
    discussion: """
        isotherm data list
        isotherm data list --json
      """)

  @Flag(help: "Prints a machine-readable result.") var json = false

  /// An entry of what `data list --json` prints.
  struct Entry: Encodable {
    var name: String
    var about: String
    var downloadBytes: Int
    var folder: String
    var presence: Fetchable.Presence
  }

  func run() throws {
    let entries = FetchCatalogue.all.map { set in
      let folder = set.folder
      return Entry(
        name: set.name, about: set.about, downloadBytes: set.byteCount, folder: folder,
        presence: set.presence(in: folder))
    }
    if json { return printResult(JSONText.pretty(entries)) }
    var table = TextTable(columns: [.text("name"), .init("download"), .text("here"), .text("what")])
    for entry in entries {
      let presence =
        switch entry.presence {
        case .present: "yes"
        case .partial: "in part"
        case .absent: "no"
        }
      table.append([entry.name, HumanFormat.bytes(entry.downloadBytes), presence, entry.about])
    }
    printResult(
      table.render(.detect(descriptor: 1))
        + entries.filter { $0.presence != .absent }.map { "\($0.name) is in \($0.folder)\n" }.joined()
        + "`isotherm data fetch NAME` gets one; the digits are inside the program (\"dataset\": \"digits\").")
  }
}

import ArgumentParser
import Charts
import Datasets
import Fetching
import Foundation
import JSON
import Keys
import Reports

struct DataFetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Fetches a data set into the folder that configs read it from.",
    discussion: """
      Files come from the first mirror that gives them whole: lengths and SHA-256 digests are compared, a connection that \
      breaks is taken up where it broke, also by the same command later. http_proxy and https_proxy are honoured.
      Without a network: --mirror FOLDER, with the files as their makers publish them.

        isotherm data fetch mnist
        isotherm data fetch cifar10 --to data/cifar10 --mirror /mnt/downloads
      """)

  @Argument(help: "A name of `isotherm data list`.", completion: .list(FetchCatalogue.all.map(\.name))) var name: String
  @Option(
    help: ArgumentHelp(
      "A folder, or the address of one (http, https, file), that is asked first. Repeatable.", valueName: "folder"),
    completion: .directory)
  var mirror: [String] = []
  @Option(
    help: ArgumentHelp(
      "The folder to put the files in. Default: the one that a config without data.path reads.", valueName: "folder"),
    completion: .directory)
  var to: String?
  @OptionGroup var output: OutputOptions

  /// What `data fetch --json` prints.
  struct Result: Encodable {
    var name: String
    var folder: String
    /// Files that were fetched; others were there.
    var fetched: [String]
    var wereThere: [String]
  }

  func run() throws {
    guard let set = FetchCatalogue.named(name) else {
      let names = FetchCatalogue.all.map(\.name)
      let guess = NearestName.among(names, to: name).map { "; did you mean \($0)?" } ?? ""
      throw ValidationError(
        "no data set \"\(name)\" can be fetched\(guess) There are \(names.joined(separator: ", ")).")
    }
    let folder = to.map { NSString(string: $0).expandingTildeInPath } ?? set.folder
    Self.endOnSignal()
    let writer = ProgressWriter(quiet: output.quiet)
    defer { writer.finish() }
    var result = Result(name: name, folder: folder, fetched: [], wereThere: [])
    var pace = FetchPace()
    try Fetch(set, into: folder, mirrors: mirror) { event in
      switch event {
      case .downloading(let file, let bytes, let total):
        writer.update(Self.progress(file, bytes, total, &pace))
      case .checking(let file):
        var state = ProgressState(step: 100, steps: 100, activity: "checking \(file)")
        state.isShare = true
        writer.update(state)
      case .remark(let text): writer.message("note: \(text)")
      case .finished(let file, let wasThere):
        if wasThere { result.wereThere.append(file) } else { result.fetched.append(file) }
        writer.message("\(file): \(wasThere ? "was there" : "fetched"), verified")
      }
    }.run()
    writer.finish()
    if output.json { return printResult(JSONText.pretty(result)) }
    let hint = to == nil ? "\"dataset\": \"\(name)\"" : "\"dataset\": \"\(name)\", \"path\": \"\(folder)\""
    printResult("\(name) is in \(folder): a config reads it with \"data\": { \(hint) }")
  }

  private static func progress(_ file: String, _ bytes: Int, _ total: Int, _ pace: inout FetchPace) -> ProgressState {
    let speed = pace.bytesPerSecond(bytes, at: ProcessInfo.processInfo.systemUptime)
    var state = ProgressState(
      step: total > 0 ? Int(100 * Double(bytes) / Double(total)) : 0, steps: 100,
      secondsLeft: speed.map { Double(total - bytes) / $0 },
      activity: "\(file) \(HumanFormat.bytes(bytes)) of \(HumanFormat.bytes(total))"
        + (speed.map { ", \(HumanFormat.bytes(Int($0)))/s" } ?? ""))
    state.isShare = true
    return state
  }

  /// A signal ends the program at once: what came so far is in the folder, and the same command goes on from there.
  private static func endOnSignal() {
    for number in [SIGINT, SIGTERM, SIGHUP] where !SignalHandling.isIgnored(number) {
      signal(number) { _ in
        let text: StaticString = "\nstopped; the same command continues from here\n"
        _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
        _exit(Failure.interrupted)
      }
    }
  }
}

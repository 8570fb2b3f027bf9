import ArgumentParser
import Checkpoints
import Foundation

/// `isotherm manual`: the manual pages, for an installation.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Writes the manual pages, made of the commands' own help.",
    discussion: """
      The exit code is 1, and nothing is written, where a command has no example or an example is no command.

        isotherm manual | man -l -
        isotherm manual train
        isotherm manual --out share/man/man1
      """, shouldDisplay: false)

  @Argument(help: "The words of a command, such as data fetch. Left out: the program itself.")
  var words: [String] = []

  @Option(
    help: ArgumentHelp("Writes all pages into this folder, which must be there.", valueName: "folder"),
    completion: .directory)
  var out: String?

  func run() throws {
    let faults = try CommandExample.faults(of: IsothermCommand.self) { VersionOption.isAsked($0) }
    guard faults.isEmpty else {
      for fault in faults { printRemark(fault) }
      throw ExitCode(Failure.runTime)
    }
    let root = try CommandDescription(IsothermCommand.self)
    let pages = root.all.map { ManualPage(command: $0, root: root, date: Self.date) }
    if let out {
      for page in pages { try AtomicFile.write(page.text, to: out + "/" + page.fileName) }
      return printResult(pages.map { out + "/" + $0.fileName }.joined(separator: "\n"))
    }
    let asked = ([root.commandName] + words).joined(separator: "-")
    guard let page = pages.first(where: { $0.name == asked }) else {
      throw ValidationError(
        "\(words.joined(separator: " ")): found no such command; there are \(pages.map(\.name).joined(separator: ", "))"
      )
    }
    printResult(page.text)
  }

  /// The day, or that of SOURCE_DATE_EPOCH, by which a build that is made anew has the same bytes.
  private static var date: String {
    let seconds = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap(Double.init)
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "yyyy-MM-dd"
    return format.string(from: seconds.map { Date(timeIntervalSince1970: $0) } ?? Date())
  }
}

import Records
import Reports
import Checkpoints
import ArgumentParser
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes the page of a run or a study anew, or one page of several runs, one over the other.",
    discussion: """
      One directory: its report.html is written anew from its records. Several run directories: one page with the \
      curves of all, what they reached, and in which keys of the config they differ.

        isotherm report latest                                 # the newest run
        isotherm report runs/small runs/large --out both.html  # two on one page
      """)

  @Argument(
    help: "A run's or a study's directory, or several of runs; latest is the newest run in runs.",
    completion: .directory)
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "The page. Default: report.html in the directory; report-overlay.html here for several.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var out: String?

  func validate() throws {
    if folders.isEmpty { throw ValidationError("give the directory of a run or a study, or several of runs") }
    var seen: Set<String> = []
    for folder in folders {
      let path = URL(fileURLWithPath: LatestRun.resolve(folder, .metrics)).resolvingSymlinksInPath().standardizedFileURL
        .path
      if !seen.insert(path).inserted { throw ValidationError("\(folder) stands there twice") }
    }
  }

  func run() throws {
    let folders = try folders.map { try LatestRun.use($0, .metrics) }
    let path = out ?? (folders.count == 1 ? folders[0] + "/" + RunRecord.FileName.report : "report-overlay.html")
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      throw ReportTargetError(path: path, message: "is a directory; --out takes the name of the page")
    }
    try AtomicFile.write(try Self.page(folders).html(), to: path)
    printResult(path)
  }

  private static func page(_ folders: [String]) throws -> ReportPage {
    let targets = try folders.map { try ReportTarget(path: $0) }
    if targets.count == 1 {
      switch targets[0] {
      case .run(let record): return RunReport.page(record)
      case .study(let kind, let folder): return try StudyPages.page(kind, inFolder: folder)
      }
    }
    let runs = targets.compactMap { if case .run(let record) = $0 { record } else { nil } }
    let studies = targets.compactMap { target -> (kind: StudyKind, folder: URL)? in
      if case .study(let kind, let folder) = target { (kind, folder) } else { nil }
    }
    if studies.isEmpty { return OverlayReport.page(runs) }
    guard runs.isEmpty, let kind = studies.first?.kind, studies.allSatisfy({ $0.kind == kind }) else {
      let found = (runs.isEmpty ? [] : ["runs"]) + Set(studies.map { "\($0.kind.rawValue) studies" }).sorted()
      throw ValidationError("found \(found.joined(separator: " and ")): one page takes runs, or studies of one kind")
    }
    return try StudyPages.overlay(kind, inFolders: studies.map(\.folder))
  }
}

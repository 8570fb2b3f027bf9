import JSON
import Records
import Reports
import Charts
import Checkpoints
import ArgumentParser
import Foundation

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes the page of a run or a study again, or one page of several runs, one over the other.",
    discussion: """
      One directory: its report.html is written again from its records. Several run directories, or one that train --seeds \
      left: one page with the curves of all, what they reached, and in which keys of the config they differ; runs that \
      differ in nothing but their seed have one band. A comparison: its page, with what its seeds say now. A scale study \
      and a sweep of one config: the threads, batch and learning rate that reach the target first.

        isotherm report latest                                 # the newest run
        isotherm report runs/small runs/large --out both.html  # two on one page
        isotherm report studies/scale studies/sweep   # which threads and batch
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

  @Flag(help: "Of a scale study with a sweep: prints the recommendation as JSON.") var json = false

  func validate() throws {
    if folders.isEmpty { throw ValidationError("give the directory of a run or a study, or several of runs") }
    var seen: Set<String> = []
    for folder in folders {
      let path = URL(fileURLWithPath: LatestRun.resolve(folder, .metrics)).resolvingSymlinksInPath().standardizedFileURL
        .path
      if !seen.insert(path).inserted { throw ValidationError("\(folder) is given twice") }
    }
  }

  func run() throws {
    let folders = try folders.map { try LatestRun.use($0, .metrics) }
    let path = out ?? (folders.count == 1 ? folders[0] + "/" + RunRecord.FileName.report : "report-overlay.html")
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      throw ReportTargetError(path: path, message: "is a directory; --out takes the name of the page")
    }
    let targets = try folders.map { try ReportTarget(path: $0) }
    let recommendation = try Self.recommendation(targets)
    guard recommendation != nil || !json else {
      throw ValidationError(
        "--json prints what a scale study and a sweep recommend together; give both, or read summary.json or study.json"
      )
    }
    try AtomicFile.write((try recommendation?.page ?? page(targets)).html(), to: path)
    if let recommendation {
      printResult(json ? JSONText.pretty(recommendation) : recommendation.closingText(style: .detect(descriptor: 1)))
    }
    json ? printRemark(path) : printResult(path)
  }

  /// What a scale study and a sweep say together; `nil` for anything else.
  private static func recommendation(_ targets: [ReportTarget]) throws -> Recommendation? {
    func folder(_ wanted: StudyKind) -> URL? {
      targets.lazy.compactMap { if case .study(wanted, let folder) = $0 { folder } else { nil } }.first
    }
    guard targets.count == 2, let scale = folder(.scale), let sweep = folder(.sweep) else { return nil }
    func file(_ folder: URL) -> URL { folder.appendingPathComponent(StudyFileName.record) }
    let records = (
      scale: try StudyFile.read(ScaleRecord.self, from: file(scale)),
      sweep: try StudyFile.read(SweepRecord.self, from: file(sweep))
    )
    guard records.scale.name == records.sweep.name, records.scale.dataset == records.sweep.dataset else {
      throw ReportTargetError(
        path: sweep.path,
        message:
          "is of \"\(records.sweep.name)\", and \(scale.path) of \"\(records.scale.name)\"; give two studies of one config"
      )
    }
    guard let recommendation = Recommendation(records.scale, records.sweep) else {
      throw ReportTargetError(
        path: sweep.path,
        message:
          "has no batch that reached its target and lies among those of \(scale.path); give `isotherm scale` --batches around "
          + "the ones that did")
    }
    return recommendation
  }

  private func page(_ targets: [ReportTarget]) throws -> ReportPage {
    if targets.count == 1 {
      switch targets[0] {
      case .run(let record): return RunReport.page(record)
      case .seeds(let records): return ReplicaPages.page(records)
      case .study(let kind, let folder): return try StudyPages.page(kind, inFolder: folder)
      case .comparison(let page): return page
      }
    }
    let runs = targets.flatMap { target -> [RunRecord] in
      switch target {
      case .run(let record): [record]
      case .seeds(let records): records
      case .study, .comparison: []
      }
    }
    let studies = targets.compactMap { target -> (kind: StudyKind, folder: URL)? in
      if case .study(let kind, let folder) = target { (kind, folder) } else { nil }
    }
    if let place = targets.firstIndex(where: { if case .comparison = $0 { true } else { false } }) {
      throw ValidationError(
        "\(folders[place]) is a comparison, which has a page of its own; give it alone, or the directories a and b in it"
      )
    }
    if studies.isEmpty { return OverlayReport.page(runs) }
    guard runs.isEmpty, let kind = studies.first?.kind, studies.allSatisfy({ $0.kind == kind }) else {
      let found = (runs.isEmpty ? [] : ["runs"]) + Set(studies.map { "\($0.kind.rawValue) studies" }).sorted()
      throw ValidationError(
        "found \(found.joined(separator: " and ")): one page takes runs, studies of one kind, or a scale study with a sweep"
      )
    }
    return try StudyPages.overlay(kind, inFolders: studies.map(\.folder))
  }
}

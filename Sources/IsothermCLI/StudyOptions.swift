import JSON
import Charts
import Checkpoints
import Configuration
import Records
import Reports
import Studies
import Coordinator
import ArgumentParser
import Foundation

/// Options of every command that makes a study.
struct StudyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The study's directory. Default: studies/NAME-STUDY-YYYYMMDD-HHMMSS.", valueName: "dir"),
    completion: .directory)
  var out: String?

  /// Makes the directory that `--out` names, or a new one.
  func makeFolder(_ kind: StudyKind, _ configuration: RunConfiguration) throws -> StudyFolder {
    try StudyFolder(
      creating: out ?? NewFolder.make(stem: "studies/\(configuration.name)-\(kind.rawValue)"),
      configuration: configuration)
  }
}

extension StudyFolder {
  /// Writes a study's files and its page, and prints its result: the record as JSON, one sentence, or the text and where
  /// the page is.
  func publish<Record: StudyReport>(_ record: Record, as output: OutputOptions) throws {
    try write(record)
    try writePage(record)
    if output.json { return printResult(JSONText.pretty(StudyDocument(record))) }
    if output.quiet { return printResult("\(record.headline) Results: \(path)") }
    printResult(record.closingText(style: .detect(descriptor: 1)))
    printResult("results  \(path)\nreport   \(reportPath)")
  }

  /// Writes the page of a record.
  func writePage(_ record: some StudyReport) throws { try AtomicFile.write(record.page.html(), to: reportPath) }

  private var reportPath: String { path + "/" + StudyFileName.report }
}

/// Numbers of an option, separated by commas: `--batches 64,256,1024`.
struct NumberList<Number: LosslessStringConvertible & Comparable & Sendable>: ExpressibleByArgument, Sendable {
  var values: [Number]

  init(_ values: [Number]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Number($0.trimmingCharacters(in: .whitespaces)) }
    guard !values.isEmpty, values.count == parts.count else { return nil }
  }

  var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }

  /// Throws unless every number is in the range, which NaN is not, and none stands twice.
  func validate(_ option: String, in range: ClosedRange<Number>) throws {
    if let wrong = values.first(where: { !range.contains($0) }) {
      throw ValidationError(
        "\(option): found \(wrong), allowed are numbers \(OptionRange.words(range)), separated by commas")
    }
    for (index, value) in values.enumerated() where values[..<index].contains(value) {
      throw ValidationError("\(option): \(value) is given twice")
    }
  }
}

import Charts
import Records

/// A study's record as something to read: a page, and the text at the study's end.
package protocol StudyReport: StudyRecord {
  /// The result in one or two sentences.
  var headline: String { get }
  /// How the headline is meant.
  var tone: ReportPage.Tone { get }
  /// The page; also of a study that goes on, or was stopped, from what it has.
  var page: ReportPage { get }
  /// What is printed when the study ends.
  func closingText(style: TerminalStyle) -> String
}

extension StudyReport {
  package func closingText() -> String { closingText(style: TerminalStyle()) }

  /// The page: what the study found, then what it was, where it ran and which files lie beside it.
  ///
  /// - Parameters:
  ///   - facts: what the study was.
  ///   - machine: facts that come before the machine's own.
  ///   - version: of the program that ran.
  ///   - cells: how the study calls what it compares.
  func page(
    notes: [String], figures: [KeyFigure], sections: [ReportPage.Section], facts: Facts, machine: Facts = Facts(),
    version: String? = nil, cells: String = "cell"
  ) -> ReportPage {
    let last: [ReportPage.Section] = [
      .init("Study", [.facts(facts.all)]),
      .init("Machine", [.facts(machine.all + RunReport.facts(self.machine))]),
      .init(
        "Files beside this page",
        [
          .files([
            (StudyFileName.record, "the results, for programs"), (StudyFileName.table, "every \(cells), one a row"),
            (StudyFileName.configuration, "the configuration that the study varies"),
          ])
        ]),
    ]
    return ReportPage(
      title: "\(name), \(Self.kind.rawValue) – Isotherm", kicker: "Isotherm \(Self.kind.rawValue) · \(name)",
      headline: headline, tone: tone, notes: notes, figures: figures, sections: sections + last,
      footer: "Made by Isotherm\(version.map { " " + $0 } ?? "") from the records of the study.")
  }

  /// The headline, the parts, each behind an empty line, and the remarks as a list.
  func text(_ parts: [String], remarks: [String], style: TerminalStyle) -> String {
    let head = style.wrapped(style.plain(headline)).joined(separator: "\n")
    var text = style.paint(head, tone.role) + "\n"
    for part in parts where !part.isEmpty { text += "\n" + part }
    if !remarks.isEmpty { text += "\n" }
    for remark in remarks {
      text += style.plain("  · ") + style.wrapped(style.plain(remark), indentation: 4).joined(separator: "\n") + "\n"
    }
    return text
  }
}

extension ReportPage.Tone {
  /// The role of a headline in the terminal.
  var role: TerminalStyle.Role {
    switch self {
    case .plain: .strong
    case .good: .good
    case .warning: .warning
    case .bad: .bad
    }
  }
}

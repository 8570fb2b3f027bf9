import Charts

/// One page that needs nothing but a browser: no script, no network, no other file.
///
/// All text is taken as it is and escaped.
package struct ReportPage: Sendable {
  /// How the headline is meant.
  package enum Tone: String, Sendable { case plain, good, warning, bad }

  /// Something to read on the page.
  package enum Block: Sendable {
    case paragraph(String)
    /// Charts side by side, as many as there is room for.
    case charts([Chart])
    case table(TextTable)
    case confusion(ConfusionMatrix)
    /// Names with what they stand for.
    case facts([(name: String, value: String)])
    /// Files beside the page, by path relative to it, and what each one is.
    case files([(path: String, note: String)])
    /// A text as it is, folded up under a title.
    case foldedText(String, text: String)
    /// A table folded up under a title.
    case foldedTable(String, TextTable)
    /// Anything folded up under a title.
    indirect case folded(String, [Block])
  }

  /// A part of the page under a heading.
  package struct Section: Sendable {
    /// The heading.
    package var title: String
    /// What stands under it, in order.
    package var blocks: [Block]

    /// A section from its heading and its parts.
    package init(_ title: String, _ blocks: [Block]) {
      self.title = title
      self.blocks = blocks
    }
  }

  /// The document's title.
  package var title: String
  /// A short line above the headline: what this is a report of.
  package var kicker: String
  /// The result in words.
  package var headline: String
  /// How the headline is meant.
  package var tone: Tone
  /// Sentences under the headline.
  package var notes: [String]
  /// Numbers under the headline.
  package var figures: [KeyFigure]
  /// The rest of the page, in order.
  package var sections: [Section]
  /// A line at the page's end.
  package var footer: String

  /// A page from its parts.
  package init(
    title: String, kicker: String, headline: String, tone: Tone = .plain, notes: [String] = [],
    figures: [KeyFigure] = [], sections: [Section] = [], footer: String = ""
  ) {
    self.title = title
    self.kicker = kicker
    self.headline = headline
    self.tone = tone
    self.notes = notes
    self.figures = figures
    self.sections = sections
    self.footer = footer
  }

  /// Every chart of the page, in order.
  package var charts: [Chart] {
    func charts(_ blocks: [Block]) -> [Chart] {
      blocks.flatMap { block -> [Chart] in
        switch block {
        case .charts(let own): own
        case .folded(_, let blocks): charts(blocks)
        default: []
        }
      }
    }
    return sections.flatMap { charts($0.blocks) }
  }
}

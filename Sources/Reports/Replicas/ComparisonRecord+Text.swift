import Charts
import Records

extension ComparisonRecord {
  /// What can be said, in one or two sentences: never more than the interval does.
  package var headline: String {
    guard let first = differences.first else {
      return "No seed has a result in both \(a.name) and \(b.name), so there is nothing to compare."
    }
    return first.sentence(a.name, b.name)
  }

  /// How the headline is meant.
  package var tone: ReportPage.Tone { differences.first.map { $0.isSettled ? .good : .plain } ?? .warning }

  /// What is printed at the end.
  package func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    let head = style.wrapped(style.plain(headline)).joined(separator: "\n")
    var text = style.paint(head, tone.role) + "\n"
    if let first = differences.first { text += "\n" + pairTable(first).render(style) }
    if !differences.isEmpty { text += "\n" + differenceTable.render(style) }
    if !notes.isEmpty { text += "\n" }
    for note in notes {
      text += style.plain("  · ") + style.wrapped(style.plain(note), indentation: 4).joined(separator: "\n") + "\n"
    }
    return text
  }

  /// The page: what was found, then all runs with a band for A and one for B.
  ///
  /// - Parameters:
  ///   - runs: those of A and of B, at least two together.
  ///   - names: the side of each.
  package func page(_ runs: [RunRecord], names: [String]) -> ReportPage {
    var page = OverlayReport.page(runs, names: names)
    page.title = "\(a.name) and \(b.name) – Isotherm"
    page.kicker = "Isotherm compare · \(a.name) and \(b.name)"
    page.notes = notes.map(HumanFormat.sentence) + page.notes
    (page.headline, page.tone) = (headline, tone)
    var blocks: [ReportPage.Block] = [.table(differenceTable), .paragraph(Self.words)]
    if let first = differences.first { blocks.append(.folded("Every pair", [.table(pairTable(first))])) }
    if !differences.isEmpty { page.sections.insert(.init("The difference", blocks), at: 0) }
    return page
  }

  private static let words = """
    A seed gives both configs the same order of samples, and the same initial weights where shapes agree, so results are \
    compared seed by seed. The interval is that of a paired t test: 95 of 100 such comparisons would have the true mean \
    difference in theirs. A difference is settled where the interval leaves zero out. The last column says how many seeds would \
    settle a difference of the size that was found, with a chance of 80 %: about so many, since that size is itself uncertain.
    """

  private var differenceTable: TextTable {
    var table = TextTable(columns: [
      .text("of"), .init("seeds"), .init("mean"), .init("SD"), .init("95 % interval"), .init("p"),
      .text("settled"), .init("needed"),
    ])
    for found in differences {
      let spread = found.difference
      table.append([
        found.rowTitle, "\(spread.count)",
        found.number(spread.mean), HumanFormat.optional(spread.standardDeviation) { found.magnitude($0) },
        found.interval ?? HumanFormat.missing, HumanFormat.optional(found.probability) { Self.probability($0) },
        found.isSettled ? "yes" : "no", found.seedsToSettle.map { HumanFormat.count($0) } ?? HumanFormat.missing,
      ])
    }
    return table
  }

  private static func probability(_ value: Double) -> String {
    value < 0.0001 ? "< 0.0001" : HumanFormat.short(value, digits: 2)
  }

  private func pairTable(_ found: Difference) -> TextTable {
    var table = TextTable(columns: [.init("seed"), .init(a.name), .init(b.name), .init("difference")])
    func result(_ value: Double) -> String {
      found.measure == .testAccuracy ? HumanFormat.percent(value) : found.magnitude(value)
    }
    for pair in found.pairs {
      table.append(["\(pair.seed)", result(pair.a), result(pair.b), found.number(pair.b - pair.a)])
    }
    return table
  }
}

extension ComparisonRecord.Difference {
  /// "B is better by 0.31 points of test accuracy (95 % interval: 0.12 to 0.50)", or that it is not settled.
  func sentence(_ a: String, _ b: String) -> String {
    guard let low = difference.low, let high = difference.high else {
      return
        "Not settled: one seed has no interval; its difference is \(number(difference.mean)) \(what). Train more seeds: "
        + "--seeds 5."
    }
    guard isSettled else {
      return "Not settled: the interval of the difference (\(b) − \(a)) reaches from \(number(low)) to \(number(high)) "
        + "\(what); \(remedy)."
    }
    // More of an accuracy is better, less of a loss, and fewer samples.
    let favoursB = (difference.mean > 0) == (measure == .testAccuracy)
    let ends = [magnitude(low), magnitude(high)]
    let (near, far) = abs(low) < abs(high) ? (ends[0], ends[1]) : (ends[1], ends[0])
    return "\(favoursB ? b : a) is better by \(magnitude(difference.mean)) \(what) (95 % interval: \(near) to \(far))."
  }

  /// What would settle it.
  private var remedy: String {
    if difference.mean == 0 { return "there is no difference to settle" }
    guard let seedsToSettle else { return "no number of seeds that anybody trains would settle it" }
    // A power of 80 % may need no more seeds than there are, and have had bad luck.
    return seedsToSettle > difference.count
      ? "about \(HumanFormat.count(seedsToSettle)) seeds would settle a difference of this size"
      : "a few more seeds may settle it"
  }

  private var what: String {
    switch measure {
    case .testAccuracy: "points of test accuracy"
    case .testLoss: "of test loss"
    case .samplesToTarget: "samples to the target"
    }
  }

  var rowTitle: String {
    switch measure {
    case .testAccuracy: "accuracy, points"
    case .testLoss: "test loss"
    case .samplesToTarget: "samples to target"
    }
  }

  private var scale: Double { measure == .testAccuracy ? 100 : 1 }
  private var decimals: Int {
    switch measure {
    case .testAccuracy: 2
    case .testLoss: 4
    case .samplesToTarget: 0
    }
  }

  /// With its sign.
  func number(_ value: Double) -> String {
    let text = magnitude(value)
    return Double(text) == 0 ? text : (value < 0 ? "−" : "+") + text
  }

  /// Without.
  func magnitude(_ value: Double) -> String { HumanFormat.fixed(abs(value) * scale, decimals: decimals) }

  var interval: String? {
    difference.low.flatMap { low in difference.high.map { "\(number(low)) to \(number($0))" } }
  }
}

import Charts
import Records

extension SpreadRecord {
  /// "98.15 ± 0.12", with the deviation; the mean alone of one value.
  func text(scale: Double = 1, decimals: Int) -> String {
    func fixed(_ value: Double) -> String { HumanFormat.fixed(value * scale, decimals: decimals) }
    return fixed(mean) + (standardDeviation.map { " ± " + fixed($0) } ?? "")
  }

  /// "98.03 to 98.27", the 95 % interval of the mean within what the figure can be; `nil` of one value.
  func interval(scale: Double = 1, decimals: Int, within limits: ClosedRange<Double> = 0...Double.infinity) -> String? {
    guard let low, let high else { return nil }
    func fixed(_ value: Double) -> String {
      HumanFormat.fixed(min(max(value, limits.lowerBound), limits.upperBound) * scale, decimals: decimals)
    }
    return "\(fixed(low)) to \(fixed(high))"
  }

  /// "98.15 ± 0.12 % test accuracy (mean and standard deviation; 95 % interval of the mean: 98.03 to 98.27 %)".
  var accuracyText: String {
    text(scale: 100, decimals: 2) + " % test accuracy"
      + Self.words(interval(scale: 100, decimals: 2, within: 0...1).map { $0 + " %" })
  }

  /// The same of a loss.
  var lossText: String { "a test loss of " + text(decimals: 4) + Self.words(interval(decimals: 4)) }

  private static func words(_ interval: String?) -> String {
    interval.map { " (mean and standard deviation; 95 % interval of the mean: \($0))" } ?? ""
  }
}

extension ReplicasSummary {
  /// What the seeds came to, in one sentence.
  package var headline: String {
    let seeds = HumanFormat.plural("\(completed)", "seed")
    let rest = outcome == .interrupted ? "Interrupted with \(overText) of \(self.seeds.count) seeds done: " : ""
    let lost = diverged > 0 ? "; \(diverged) of \(self.seeds.count) diverged" : ""
    if completed == 0 {
      if diverged > 0, outcome != .interrupted { return "All \(diverged) seeds diverged." }
      return rest + "no result yet\(lost)."
    }
    if let testAccuracy { return rest + "\(seeds) reached \(testAccuracy.accuracyText)\(lost)." }
    if let testLoss { return rest + "\(seeds) reached \(testLoss.lossText)\(lost)." }
    return rest + "\(seeds) came to their end\(lost)."
  }

  private var overText: String { "\(replicas.count { $0.isOver })" }

  /// How the headline is meant.
  private var role: TerminalStyle.Role {
    outcome == .interrupted || diverged > 0 ? completed == 0 && diverged > 0 ? .bad : .warning : .good
  }

  /// What is printed at the end: a row a seed, and what they say together.
  ///
  /// - Parameter folder: the directory of the seeds as the user would type it.
  package func closingText(folder: String, style: TerminalStyle = TerminalStyle()) -> String {
    let head = style.wrapped(style.plain(headline)).joined(separator: "\n")
    var text = style.paint(head, role) + "\n\n" + table.render(style) + "\n"
    for (label, value) in facts(folder) {
      let lines = style.wrapped(style.plain(value), indentation: 14).joined(separator: "\n")
      text += "  " + style.paint(label, .quiet) + String(repeating: " ", count: max(1, 12 - label.count)) + lines + "\n"
    }
    return text
  }

  /// All that `--quiet` leaves.
  package func closingSentence(folder: String) -> String { "\(headline) Results: \(folder)" }

  private func facts(_ folder: String) -> [(String, String)] {
    var facts: [(String, String)] = []
    if let samplesToTarget, let secondsToTarget, let targetReached {
      facts.append(
        (
          "target",
          "reached by \(targetReached) of \(seeds.count) seeds after \(samplesToTarget.text(decimals: 0)) samples and "
            + "\(secondsToTarget.text(decimals: 2)) s of steps, each on its share of the threads"
        ))
    }
    facts.append(
      (
        "throughput",
        "\(HumanFormat.rate(samplesPerSecond)) of all together, \(replicasAtOnce) at once on "
          + HumanFormat.plural("\(threads)", "thread")
      ))
    facts.append(("wall time", HumanFormat.duration(wallSeconds)))
    facts.append(("results", folder))
    facts.append(("report", folder + (folder.hasSuffix("/") ? "" : "/") + RunRecord.FileName.report))
    if outcome == .interrupted { facts.append(("continue", "isotherm train --resume \(folder)")) }
    return facts
  }

  /// A row a seed, the mean at the end.
  private var table: TextTable {
    let hasAccuracy = testAccuracy != nil
    let outcomes = Set(replicas.map(\.outcome))
    let isPlain = outcomes.count == 1 && outcomes != [.interrupted]
    var table = TextTable(
      columns: [.init("seed")] + (isPlain ? [] : [.text("outcome")])
        + (hasAccuracy ? [.init("test accuracy"), .init("best")] : [])
        + [.init("test loss"), .init("wall time")])
    for run in replicas {
      var row = ["\(run.seed)"] + (isPlain ? [] : [Self.words(run.outcome)])
      if hasAccuracy {
        row += [run.testAccuracy, run.bestTestAccuracy].map { HumanFormat.optional($0) { HumanFormat.percent($0) } }
      }
      row.append(HumanFormat.optional(run.testLoss) { HumanFormat.number($0, digits: 4) })
      table.append(row + [HumanFormat.duration(run.wallSeconds)])
    }
    guard completed > 1 else { return table }
    let accuracies = [testAccuracy, bestTestAccuracy].map { $0.map { $0.text(scale: 100, decimals: 2) + " %" } ?? "" }
    table.footer =
      (isPlain ? ["mean ± SD"] : ["mean", "± SD"]) + (hasAccuracy ? accuracies : [])
      + [testLoss?.text(decimals: 4) ?? "", ""]
    return table
  }

  private static func words(_ outcome: RunOutcome) -> String {
    switch outcome {
    case .completed: "completed"
    case .targetReached: "target reached"
    case .diverged: "diverged"
    case .interrupted: "interrupted"
    }
  }
}

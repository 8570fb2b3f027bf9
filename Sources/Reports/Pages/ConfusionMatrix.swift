/// Test samples by true class (row) and predicted class (column).
public struct ConfusionMatrix: Sendable, Equatable {
  /// Names in the order of rows and columns.
  public var classNames: [String]
  /// `counts[true][predicted]`.
  public var counts: [[Int]]

  /// Classes beyond this many are not shown as a matrix but as a list of the worst.
  public static let largestShown = 30

  /// A matrix; `nil` if it is not square or has no class. Missing names are the classes' numbers.
  public init?(classNames: [String]?, counts: [[Int]]) {
    guard !counts.isEmpty, counts.allSatisfy({ $0.count == counts.count }) else { return nil }
    let numbers = counts.indices.map(String.init)
    self.classNames = classNames.map { $0.count == counts.count ? $0 : numbers } ?? numbers
    self.counts = counts
  }

  /// Share of a class's samples that is right; `nil` for a class without samples.
  public func accuracy(of row: Int) -> Double? {
    let total = counts[row].reduce(0, +)
    return total > 0 ? Double(counts[row][row]) / Double(total) : nil
  }

  /// Samples that are right.
  public var correct: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
  /// All samples.
  public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

  /// The class that samples of another are most often taken for; `nil` if none is mistaken.
  public func likeliestMistake(of row: Int) -> (column: Int, count: Int)? {
    let mistakes = counts[row].indices.filter { $0 != row && counts[row][$0] > 0 }
    return mistakes.max { (counts[row][$0], $1) < (counts[row][$1], $0) }.map { ($0, counts[row][$0]) }
  }

  /// The classes with the least accuracy, worst first; classes without samples are left out.
  public func worstClasses(_ count: Int) -> [Int] {
    let rated = counts.indices.compactMap { row in accuracy(of: row).map { (row, $0) } }
    return rated.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(count).map(\.0)
  }

  /// The pairs of classes that are most often mistaken, most often first.
  public func mistakeTable(_ count: Int) -> TextTable {
    var pairs: [(row: Int, column: Int, count: Int)] = []
    for row in counts.indices {
      for column in counts[row].indices where row != column && counts[row][column] > 0 {
        pairs.append((row, column, counts[row][column]))
      }
    }
    pairs.sort { ($1.count, $0.row, $0.column) < ($0.count, $1.row, $1.column) }
    var table = TextTable(
      caption: "Most frequent mistakes", columns: [.text("true class"), .text("taken for"), .init("times")])
    for pair in pairs.prefix(count) {
      table.append([classNames[pair.row], classNames[pair.column], HumanFormat.count(pair.count)])
    }
    return table
  }

  /// A list of the worst classes with what they are taken for.
  public func worstTable(_ count: Int) -> TextTable {
    var table = TextTable(columns: [
      .text("class"), .init("accuracy"), .init("right"), .init("test samples"), .text("most often taken for"),
    ])
    for row in worstClasses(count) {
      let mistake = likeliestMistake(of: row).map { "\(classNames[$0.column]) (\(HumanFormat.count($0.count)))" }
      table.append([
        classNames[row], HumanFormat.optional(accuracy(of: row)) { HumanFormat.percent($0, decimals: 1) },
        HumanFormat.count(counts[row][row]), HumanFormat.count(counts[row].reduce(0, +)), mistake ?? "",
      ])
    }
    return table
  }

  /// The matrix as a table of heat: right ones blue, mistakes orange, each against the greatest of its kind; or, for
  /// many classes, the list of the worst.
  var html: String {
    guard counts.count <= Self.largestShown else {
      var table = worstTable(20)
      table.caption = "The 20 worst of \(counts.count) classes."
      return "<div class=\"scroll\">\(ReportPage.html(of: table))</div>"
    }
    let worst = counts.indices.flatMap { row in counts[row].indices.filter { $0 != row }.map { counts[row][$0] } }.max()
    let mistakes = HumanFormat.count(total - correct)
    var text = "<p>\(HumanFormat.count(correct)) of \(HumanFormat.count(total)) test samples are right, "
    text += "\(mistakes) wrong. Rows are true classes, columns are predictions.</p>\n"
    text += "<div class=\"split\"><div class=\"scroll\"><table class=\"matrix\">\n"
    text += "<thead><tr><th class=\"row\" scope=\"col\">true</th>"
    for name in classNames { text += "<th scope=\"col\">\(Markup.escaped(name))</th>" }
    text += "<th class=\"share\" scope=\"col\">accuracy</th></tr></thead>\n<tbody>\n"
    for row in counts.indices {
      text += "<tr><th class=\"row\" scope=\"row\">\(Markup.escaped(classNames[row]))</th>"
      for column in counts[row].indices { text += cell(row, column, worst: max(worst ?? 1, 1)) }
      let share = HumanFormat.optional(accuracy(of: row)) { HumanFormat.percent($0, decimals: 1) }
      text += "<td class=\"share\">\(share)</td></tr>\n"
    }
    text += "</tbody>\n</table></div>\n"
    if total > correct { text += "<div class=\"scroll\">\(ReportPage.html(of: mistakeTable(8)))</div>" }
    return text + "</div>\n"
  }

  private func cell(_ row: Int, _ column: Int, worst: Int) -> String {
    let count = counts[row][column]
    if count == 0 { return "<td class=\"zero\">0</td>" }
    let number = HumanFormat.count(count)
    if row == column {
      let strength = accuracy(of: row) ?? 0
      let style = "--v:\(HumanFormat.fixed(strength, decimals: 2))"
      return "<td class=\"hit\(strength >= 0.75 ? " deep" : "")\" style=\"\(style)\">\(number)</td>"
    }
    // The least mistake can still be seen, and the greatest leaves its number readable.
    let strength = 0.14 + 0.56 * Double(count) / Double(worst)
    return "<td class=\"miss\" style=\"--v:\(HumanFormat.fixed(strength, decimals: 2))\">\(number)</td>"
  }
}

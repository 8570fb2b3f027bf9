import Charts
import Records

/// Test samples by true class (row) and predicted class (column), as a page shows them.
package struct ConfusionMatrix: Sendable, Equatable {
  /// Names in the order of rows and columns.
  package var classNames: [String]
  /// Samples by class, and the pairs that are mistaken; maybe only the most frequent ones.
  package var counts: ClassCounts

  /// Classes beyond this many are not shown as a matrix but as a list of the worst.
  package static let largestShown = 30

  /// A matrix of counts. Missing names are the classes' numbers.
  package init(classNames: [String]?, counts: ClassCounts) {
    let numbers = counts.samples.indices.map(String.init)
    self.classNames = classNames.map { $0.count == counts.classes ? $0 : numbers } ?? numbers
    self.counts = counts
  }

  /// The matrix of a record; `nil` without one, or for too many classes.
  package init?(_ record: ClassRecord) {
    guard let counts = record.counts else { return nil }
    self.init(classNames: record.classNames, counts: counts)
  }

  /// The class that samples of another are most often taken for; `nil` if none is mistaken.
  package func likeliestMistake(of row: Int) -> ClassMistake? {
    counts.mistakes.first { $0.trueClass == row }
  }

  /// The classes with the least accuracy, worst first, of equal ones that with more samples; classes without samples are
  /// left out.
  package func worstClasses(_ count: Int) -> [Int] { Array(rated.prefix(count)) }

  private var rated: [Int] {
    let rated = counts.samples.indices.compactMap { row in
      counts.accuracy(of: row).map { (row: row, accuracy: $0, samples: counts.samples[row]) }
    }
    return rated.sorted { ($0.accuracy, -$0.samples, $0.row) < ($1.accuracy, -$1.samples, $1.row) }.map(\.row)
  }

  /// "The 20 worst of 1,000 classes.", and how many more are as bad as the last of them.
  func worstCaption(_ count: Int) -> String {
    let rated = rated
    let shown = min(count, rated.count)
    let last = shown > 0 ? counts.accuracy(of: rated[shown - 1]) : nil
    let equals = rated.dropFirst(shown).prefix { counts.accuracy(of: $0) == last }.count
    let text = "The \(shown) worst of \(HumanFormat.count(counts.classes)) classes"
    guard let last, equals > 0 else { return text + "." }
    return "\(text); \(HumanFormat.count(equals)) more \(equals == 1 ? "has" : "have") "
      + "\(HumanFormat.percent(last, decimals: 1)), too."
  }

  /// The pairs of classes that are most often mistaken, most often first.
  package func mistakeTable(_ count: Int) -> TextTable {
    var table = TextTable(
      caption: "Most frequent mistakes", columns: [.text("true class"), .text("taken for"), .init("times")])
    for pair in counts.mistakes.prefix(count) {
      table.append([classNames[pair.trueClass], classNames[pair.predictedClass], HumanFormat.count(pair.count)])
    }
    return table
  }

  /// A list of the worst classes with what they are taken for.
  package func worstTable(_ count: Int) -> TextTable {
    var table = TextTable(columns: [
      .text("class"), .init("accuracy"), .init("right"), .init("test samples"), .text("most often taken for"),
    ])
    for row in worstClasses(count) {
      let mistake = likeliestMistake(of: row).map {
        "\(classNames[$0.predictedClass]) (\(HumanFormat.count($0.count)))"
      }
      table.append([
        classNames[row], HumanFormat.optional(counts.accuracy(of: row)) { HumanFormat.percent($0, decimals: 1) },
        HumanFormat.count(counts.right[row]), HumanFormat.count(counts.samples[row]), mistake ?? "",
      ])
    }
    return table
  }

  /// The matrix as a table of heat: right ones blue, mistakes orange, each against the greatest of its kind; or, for
  /// many classes, the list of the worst.
  var html: String {
    guard counts.classes <= Self.largestShown else {
      var table = worstTable(20)
      table.caption = worstCaption(20)
      let mistakes = counts.mistakes.isEmpty ? "" : ReportPage.html(of: mistakeTable(8))
      return "<div class=\"split\"><div class=\"scroll\">\(ReportPage.html(of: table))</div>"
        + "<div class=\"scroll\">\(mistakes)</div></div>\n"
    }
    let worst = counts.mistakes.first?.count ?? 1
    let mistakes = HumanFormat.count(counts.total - counts.correct)
    var text = "<p>\(HumanFormat.count(counts.correct)) of \(HumanFormat.count(counts.total)) test samples are right, "
    text += "\(mistakes) wrong. Rows are true classes, columns are predictions.</p>\n"
    text += "<div class=\"split\"><div class=\"scroll\">"
    text += "<table class=\"matrix \(PageTheme.columns(ofNames: classNames))\">\n"
    text += "<thead><tr><th class=\"row\" scope=\"col\">true</th>"
    for name in classNames { text += "<th scope=\"col\">\(Markup.escaped(name))</th>" }
    text += "<th class=\"share\" scope=\"col\">accuracy</th></tr></thead>\n<tbody>\n"
    for (row, columns) in counts.matrix.enumerated() {
      text += "<tr><th class=\"row\" scope=\"row\">\(Markup.escaped(classNames[row]))</th>"
      for (column, count) in columns.enumerated() { text += cell(row, column, count, worst: worst) }
      let share = HumanFormat.optional(counts.accuracy(of: row)) { HumanFormat.percent($0, decimals: 1) }
      text += "<td class=\"share\">\(share)</td></tr>\n"
    }
    text += "</tbody>\n</table></div>\n"
    if counts.total > counts.correct { text += "<div class=\"scroll\">\(ReportPage.html(of: mistakeTable(8)))</div>" }
    return text + "</div>\n"
  }

  private func cell(_ row: Int, _ column: Int, _ count: Int, worst: Int) -> String {
    if count == 0 { return "<td class=\"zero\">0</td>" }
    let number = HumanFormat.count(count)
    if row == column {
      let strength = counts.accuracy(of: row) ?? 0
      return "<td class=\"hit\(strength >= 0.75 ? " deep" : "") \(PageTheme.heat(strength))\">\(number)</td>"
    }
    // The least mistake can still be seen, and the greatest leaves its number readable.
    let strength = 0.14 + 0.56 * Double(count) / Double(worst)
    return "<td class=\"miss \(PageTheme.heat(strength))\">\(number)</td>"
  }
}

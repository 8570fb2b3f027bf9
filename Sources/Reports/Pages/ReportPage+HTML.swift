import Charts

extension ReportPage {
  /// A theme that a page keeps whatever the reader's system says.
  package enum Theme: String, Sendable { case light, dark }

  /// The text of the page's one style element.
  package static let style = "\n\(ChartTheme.properties)\n\(ChartTheme.chartRules)\n\(PageTheme.rules)\n"

  /// By what a content security policy allows this style and no other; a test holds it against ``style``.
  package static let styleDigest = "'sha256-BCFZ/WfhKzyxpZi08LyXxNAlZX/lGMsTbK6Udi5eyrI='"

  /// What a page may do: show itself. No script, no other style, no picture, nothing from elsewhere.
  package static let policy = "default-src 'none'; style-src \(styleDigest); base-uri 'none'; form-action 'none'"

  /// The page as one HTML document; without a theme it follows the reader's system.
  package func html(theme: Theme? = nil) -> String {
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"\(Self.policy)\">\n"
    return html(theme: theme, first: policy, head: "", end: "")
  }

  /// The same without a policy of its own, for a server that sends one, and with markup of one's own at the end of the
  /// head and of the body.
  package func html(head: String, end: String) -> String { html(theme: nil, first: "", head: head, end: end) }

  private func html(theme: Theme?, first: String, head: String, end: String) -> String {
    var text = "<!DOCTYPE html>\n<html lang=\"en\"\(theme.map { " data-theme=\"\($0.rawValue)\"" } ?? "")>\n<head>\n"
    text +=
      "<meta charset=\"utf-8\">\n\(first)<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    text += "<meta name=\"color-scheme\" content=\"light dark\">\n<title>\(Markup.escaped(title))</title>\n"
    text += "<style>\(Self.style)</style>\n\(head)</head>\n"
    return text + "<body>\n<main>\n\(mainHTML())</main>\n\(end)</body>\n</html>\n"
  }

  /// What stands inside the page's `<main>`.
  package func mainHTML() -> String {
    var charts = 0
    var text = "<header>\n<p class=\"kicker\">\(Markup.escaped(kicker))</p>\n"
    text += "<h1 class=\"\(tone.rawValue)\">\(Markup.html(Markup.unbroken(headline)))</h1>\n"
    for note in notes { text += "<p class=\"note\">\(Markup.html(note))</p>\n" }
    text += "</header>\n" + Self.figureList(figures)
    for section in sections {
      text += "<section>\n<h2>\(Markup.html(section.title))</h2>\n"
      for block in section.blocks { text += Self.render(block, &charts) }
      text += "</section>\n"
    }
    if !footer.isEmpty { text += "<footer>\(Markup.escaped(footer))</footer>\n" }
    return text
  }

  private static func figureList(_ figures: [KeyFigure]) -> String {
    guard !figures.isEmpty else { return "" }
    var text = "<dl class=\"figures\">\n"
    for figure in figures {
      let note = figure.note.map { "<dd class=\"quiet\">\(Markup.html($0))</dd>" } ?? ""
      text += "<div><dt>\(Markup.html(figure.label))</dt><dd>\(Markup.html(figure.value))</dd>\(note)</div>\n"
    }
    return text + "</dl>\n"
  }

  private static func render(_ block: Block, _ charts: inout Int) -> String {
    switch block {
    case .paragraph(let words): return "<p>\(Markup.html(words))</p>\n"
    case .charts(let list):
      var text = "<div class=\"charts\">\n"
      for (index, chart) in list.enumerated() {
        charts += 1
        let isAlone = index == list.count - 1 && list.count % 2 == 1
        text += "<figure class=\"card\(isAlone ? " alone" : "")\">"
        text += "<figcaption>\(Markup.html(chart.title))</figcaption>\n"
        text += chart.svg(id: "chart\(charts)", class: isAlone ? "narrow" : nil)
        if isAlone { text += Self.wide(chart).svg(id: "chart\(charts)w", class: "wide") }
        text += "</figure>\n"
      }
      return text + "</div>\n"
    case .table(let table): return "<div class=\"card scroll\">\(html(of: table))</div>\n"
    case .confusion(let matrix): return "<div class=\"card\">\(matrix.html)</div>\n"
    case .facts(let facts):
      let rows = facts.map { "<div><dt>\(Markup.html($0.name))</dt><dd>\(Markup.html($0.value))</dd></div>\n" }
      return "<dl class=\"facts card\">\n\(rows.joined())</dl>\n"
    case .files(let files):
      let rows = files.map { file in
        let path = Markup.escaped(file.path)
        let link = Markup.link(to: file.path)
        return "<div><dt><a href=\"\(link)\">\(path)</a></dt><dd>\(Markup.escaped(file.note))</dd></div>\n"
      }
      return "<dl class=\"facts files card\">\n\(rows.joined())</dl>\n"
    case .folded(let title, let blocks):
      return folded(title, blocks.map { render($0, &charts) }.joined())
    case .foldedText(let title, let body):
      return folded(title, "<pre>\(Markup.escaped(body))</pre>")
    case .foldedTable(let title, let table):
      // On paper, where it is unfolded, a table of few columns takes two of the page's.
      let isNarrow = table.columns.count <= 6
      return folded(title, "<div class=\"scroll\(isNarrow ? " narrow" : "")\">\(html(of: table))</div>")
    }
  }

  /// A chart that has a row of two to itself, laid out for its width.
  private static func wide(_ chart: Chart) -> Chart {
    var chart = chart
    chart.width = 2 * chart.width + 70
    return chart
  }

  private static func folded(_ title: String, _ body: String) -> String {
    "<details class=\"card\"><summary>\(Markup.html(title))</summary>\n\(body)\n</details>\n"
  }

  /// A table with its heads scoped for screen readers.
  static func html(of table: TextTable) -> String {
    func cell(_ tag: String, _ column: Int, _ words: String, _ attributes: String = "") -> String {
      let isText = table.columns[column].alignment == .left
      return "<\(tag)\(attributes)\(isText ? " class=\"text\"" : "")>\(Markup.html(words))</\(tag)>"
    }
    func row(_ cells: [String]) -> String {
      "<tr>" + table.columns.indices.map { cell("td", $0, $0 < cells.count ? cells[$0] : "") }.joined() + "</tr>\n"
    }
    var text = "<table>\n"
    if let caption = table.caption { text += "<caption>\(Markup.html(caption))</caption>\n" }
    let heads = table.columns.indices.map { cell("th", $0, table.columns[$0].heading, " scope=\"col\"") }
    text += "<thead><tr>\(heads.joined())</tr></thead>\n<tbody>\n"
    text += table.rows.map(row).joined() + "</tbody>\n"
    if let footer = table.footer { text += "<tfoot>\(row(footer))</tfoot>\n" }
    return text + "</table>\n"
  }
}

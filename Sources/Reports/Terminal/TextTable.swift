import Charts

/// A table for the terminal and for pages: a title and a unit a column, numbers aligned at the right.
package struct TextTable: Sendable, Equatable {
  /// How a column's cells stand.
  package enum Alignment: Sendable { case left, right }

  /// One column.
  package struct Column: Sendable, Equatable {
    /// Heads the column.
    package var title: String
    /// Stands under the title, or behind it.
    package var unit: String?
    /// How its cells stand.
    package var alignment: Alignment

    /// A column of numbers, or of words with `.left`.
    package init(_ title: String, unit: String? = nil, alignment: Alignment = .right) {
      self.title = title
      self.unit = unit
      self.alignment = alignment
    }

    /// A column of words.
    package static func text(_ title: String) -> Column { Column(title, alignment: .left) }

    var heading: String { unit.map { "\(title) (\($0))" } ?? title }
  }

  /// Stands above the table.
  package var caption: String?
  /// From left to right.
  package var columns: [Column]
  /// Cells, as they are shown; short rows are filled up with empty ones.
  package private(set) var rows: [[String]]
  /// The row of totals at the end, set apart by a line.
  package var footer: [String]?

  /// A table; rows may be added later.
  package init(caption: String? = nil, columns: [Column], rows: [[String]] = [], footer: [String]? = nil) {
    self.caption = caption
    self.columns = columns
    self.rows = []
    self.footer = footer
    for row in rows { append(row) }
  }

  /// Adds a row of at most as many cells as there are columns.
  package mutating func append(_ row: [String]) {
    precondition(row.count <= columns.count, "a row of \(row.count) cells in a table of \(columns.count) columns")
    rows.append(row + Array(repeating: "", count: columns.count - row.count))
  }

  /// The table in columns of characters, a line a row, each indented by two spaces.
  ///
  /// Where it does not fit the style's width, heads take several lines, the widest columns of words are cut short, with an
  /// ellipsis, and columns come closer together.
  package func render(_ style: TerminalStyle = TerminalStyle()) -> String {
    let cells = (rows + (footer.map { [$0] } ?? [])).map { $0.map(style.plain) }
    let heads = columns.map { style.plain($0.heading) }
    let frame = Frame(self, heads, cells, style.width)
    let rule = "  " + String(repeating: style.unicode ? "─" : "-", count: max(min(frame.width, style.width) - 2, 0))
    var lines = caption.map { style.wrapped(style.plain($0)).map { style.paint($0, .strong) } } ?? []
    let headLines = zip(heads, frame.widths).map { Self.broken($0, to: $1) }
    let height = headLines.map(\.count).max() ?? 0
    for line in 0..<height {
      // Heads of fewer lines are at the bottom.
      let row = headLines.map { line < height - $0.count ? "" : $0[line - (height - $0.count)] }
      lines.append(style.paint(frame.line(row, style), .quiet))
    }
    lines.append(style.paint(rule, .quiet))
    lines += cells.prefix(rows.count).map { frame.line($0, style) }
    if footer != nil { lines += [style.paint(rule, .quiet), frame.line(cells[cells.count - 1], style)] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How wide each column is, and how far apart they are.
  private struct Frame {
    private let alignments: [Alignment]
    private(set) var widths: [Int]
    private var gap = 2

    /// Of a line, with its indentation.
    var width: Int { 2 + widths.reduce(0, +) + gap * max(widths.count - 1, 0) }

    init(_ table: TextTable, _ heads: [String], _ cells: [[String]], _ most: Int) {
      alignments = table.columns.map(\.alignment)
      let contents = heads.indices.map { column in cells.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
      widths = zip(contents, heads).map { max($0, $1.count) }
      guard width > most else { return }
      shrink(to: most, 8)
      // Heads of numbers give way before words are cut any further.
      for (column, head) in heads.enumerated() where width > most {
        let longest = head.split(separator: " ").map(\.count).max() ?? 0
        widths[column] = max(min(widths[column], max(contents[column], longest)), 1)
      }
      if width > most { gap = 1 }
      // Words are cut to almost nothing only where the table then fits.
      let kept = widths
      shrink(to: most, 4)
      if width > most { widths = kept }
    }

    /// Narrows the widest columns of words, none below its least width.
    private mutating func shrink(to most: Int, _ least: Int) {
      while width > most {
        let wide = widths.indices.filter { alignments[$0] == .left && widths[$0] > least }
        guard let widest = wide.max(by: { widths[$0] < widths[$1] }) else { return }
        widths[widest] -= 1
      }
    }

    func line(_ row: [String], _ style: TerminalStyle) -> String {
      var text = " "
      for (column, width) in widths.enumerated() {
        let cell = TextTable.shortened(column < row.count ? row[column] : "", to: width, style)
        let padding = String(repeating: " ", count: width - cell.count)
        text += String(repeating: " ", count: column == 0 ? 1 : gap)
        text += alignments[column] == .left ? cell + padding : padding + cell
      }
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// A head in lines of at most so many characters, as long as its words allow it.
  private static func broken(_ head: String, to width: Int) -> [String] {
    if head.count <= width { return [head] }
    var lines: [String] = []
    for word in head.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func shortened(_ cell: String, to width: Int, _ style: TerminalStyle) -> String {
    if cell.count <= width { return cell }
    return style.unicode ? cell.prefix(width - 1) + "…" : cell.prefix(width - 2) + ".."
  }
}

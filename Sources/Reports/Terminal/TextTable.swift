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
  /// Where it does not fit the style's width, the widest columns of words are cut short, with an ellipsis.
  package func render(_ style: TerminalStyle = TerminalStyle()) -> String {
    let all = [columns.map(\.heading)] + rows + (footer.map { [$0] } ?? [])
    let cells = all.map { $0.map(style.plain) }
    var widths = columns.indices.map { column in cells.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    let gaps = 2 * columns.count
    while widths.reduce(gaps, +) > style.width {
      let wide = columns.indices.filter { columns[$0].alignment == .left && widths[$0] > 8 }
      guard let widest = wide.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
    }
    func line(_ row: [String]) -> String {
      var text = ""
      for column in columns.indices {
        let cell = Self.shortened(column < row.count ? row[column] : "", to: widths[column], style)
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        text += "  " + (columns[column].alignment == .left ? cell + padding : padding + cell)
      }
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
    let rule = "  " + String(repeating: style.unicode ? "─" : "-", count: max(widths.reduce(gaps, +) - 2, 0))
    var lines = caption.map { [style.paint(style.plain($0), .strong)] } ?? []
    lines.append(style.paint(line(cells[0]), .quiet))
    lines.append(style.paint(rule, .quiet))
    lines += cells[1..<(1 + rows.count)].map(line)
    if footer != nil { lines += [style.paint(rule, .quiet), line(cells[cells.count - 1])] }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func shortened(_ cell: String, to width: Int, _ style: TerminalStyle) -> String {
    if cell.count <= width { return cell }
    return style.unicode ? cell.prefix(width - 1) + "…" : cell.prefix(width - 2) + ".."
  }
}

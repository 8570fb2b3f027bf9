extension TerminalStyle {
  /// The text with every line broken between words that a terminal would break inside one: what follows is under the value
  /// of a line such as `  label   value`, else two columns further right than the line begins. A file keeps its lines, and
  /// so does a word that is too long.
  package func fitted(_ text: String) -> String {
    guard isTerminal else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { fitted(line: $0) }
      .joined(separator: "\n")
  }

  private func fitted(line: Substring) -> String {
    let cells = Self.cells(line)
    guard cells.count > width else { return String(line) }
    func isBlank(_ place: Int) -> Bool { cells[place].last == " " }
    let margin = cells.indices.first { !isBlank($0) } ?? 0
    var indentation = margin + 2
    // The value begins behind the first gap of two columns or more.
    if let gap = cells.indices.dropFirst(margin).dropLast().first(where: { isBlank($0) && isBlank($0 + 1) }),
      let value = cells.indices.dropFirst(gap).first(where: { !isBlank($0) }), value + 16 <= width
    {
      indentation = value
    }
    guard indentation + 12 <= width else { return String(line) }
    var (rows, start, column) = ([String](), 0, 0)
    while cells.count - start > width - column {
      // Never before the value: a label stays with the beginning of it.
      let least = rows.isEmpty ? max(indentation, margin + 1) : start + 1
      let most = start + width - column
      let cut = (least...most).last(where: isBlank) ?? (most..<cells.count).first(where: isBlank) ?? cells.count
      rows.append(String(repeating: " ", count: column) + cells[start..<cut].joined())
      start = (cut..<cells.count).first { !isBlank($0) } ?? cells.count
      column = indentation
    }
    if start < cells.count { rows.append(String(repeating: " ", count: column) + cells[start...].joined()) }
    return rows.joined(separator: "\n")
  }

  /// The columns of a line: each its character, behind the sequences of colours before it.
  private static func cells(_ line: Substring) -> [String] {
    var cells: [String] = []
    var (sequence, isInside) = ("", false)
    for character in line {
      if character == "\u{1B}" || isInside {
        sequence.append(character)
        isInside = character != "m"
      } else {
        cells.append(sequence + String(character))
        sequence = ""
      }
    }
    if !cells.isEmpty { cells[cells.count - 1] += sequence }
    return cells
  }
}

/// The cells of a text plot.
package struct TextGrid {
  private let width: Int
  private let height: Int
  /// Whether a cell holds 2 × 4 braille dots rather than one mark.
  private let usesDots: Bool
  /// Dots of each cell, as the low byte of the braille block (Unicode 2800…28FF).
  private var dots: [UInt8]
  private var series: [Int?]

  package init(width: Int, height: Int, usesDots: Bool) {
    self.width = width
    self.height = height
    self.usesDots = usesDots
    dots = Array(repeating: 0, count: width * height)
    series = Array(repeating: nil, count: width * height)
  }

  private var columns: Int { usesDots ? width * 2 : width }
  private var rows: Int { usesDots ? height * 4 : height }

  /// The place of a point at shares 0…1 of the plot; row 0 is at the top.
  package func place(across: Double, up: Double) -> (column: Int, row: Int) {
    let column = Int(within: (across * Double(columns - 1)).rounded())
    let row = Int(within: ((1 - up) * Double(rows - 1)).rounded())
    return (min(max(column, 0), columns - 1), min(max(row, 0), rows - 1))
  }

  package mutating func mark(_ place: (column: Int, row: Int), series index: Int) {
    let (column, row) = usesDots ? (place.column / 2, place.row / 4) : place
    let cell = row * width + column
    series[cell] = index
    guard usesDots else { return }
    // Braille numbers its dots down the left column, down the right one, then the bottom row.
    let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    dots[cell] |= bits[place.row % 4][place.column % 2]
  }

  /// Marks a straight line, or a level one and a jump, between two places (Bresenham 1965).
  package mutating func line(
    from start: (column: Int, row: Int), to end: (column: Int, row: Int), series index: Int, steps: Bool
  ) {
    if steps, start.row != end.row {
      line(from: start, to: (end.column, start.row), series: index, steps: false)
      line(from: (end.column, start.row), to: end, series: index, steps: false)
      return
    }
    let (width, height) = (abs(end.column - start.column), -abs(end.row - start.row))
    let (right, down) = (start.column < end.column ? 1 : -1, start.row < end.row ? 1 : -1)
    var place = start
    var error = width + height
    while true {
      mark(place, series: index)
      if place == end { return }
      let doubled = 2 * error
      if doubled >= height {
        error += height
        place.column += right
      }
      if doubled <= width {
        error += width
        place.row += down
      }
    }
  }

  /// One row of cells, without spaces at its end.
  package func line(_ row: Int, _ style: TerminalStyle) -> String {
    var text = ""
    var blanks = 0
    for cell in (row * width)..<((row + 1) * width) {
      guard let index = series[cell] else {
        blanks += 1
        continue
      }
      text += String(repeating: " ", count: blanks)
      blanks = 0
      let character =
        usesDots
        ? Character(Unicode.Scalar(0x2800 + UInt32(dots[cell])) ?? " ") : Self.mark(index, unicode: style.unicode)
      text += style.paint(String(character), Self.role(index))
    }
    return text
  }

  package static func mark(_ index: Int, unicode: Bool) -> Character {
    let marks: [Character] = unicode ? ["●", "○", "▲", "△", "◆", "◇"] : ["*", "o", "+", "x", "#", "@"]
    return marks[index % marks.count]
  }

  package static func role(_ index: Int) -> TerminalStyle.Role {
    let roles: [TerminalStyle.Role] = [.accent, .warning, .good, .bad]
    return roles[index % roles.count]
  }
}

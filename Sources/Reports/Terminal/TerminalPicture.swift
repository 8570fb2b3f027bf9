import Charts

/// Small pictures in a terminal: half-blocks in 24-bit colour, two pixels a character; elsewhere letters of more and less
/// ink.
package enum TerminalPicture {
  /// A picture for the terminal.
  package struct Tile: Sendable {
    /// Bytes [height, width, 3].
    package var bytes: [UInt8]
    package var height: Int
    package var width: Int
    /// Stands below it.
    package var label: String

    /// `bytes` holds height · width · 3 values.
    package init(bytes: [UInt8], height: Int, width: Int, label: String) {
      precondition(bytes.count == height * width * 3, "\(bytes.count) bytes for a picture of \(height) × \(width) × 3")
      self.bytes = bytes
      self.height = height
      self.width = width
      self.label = label
    }

    /// The brightness of a pixel, 0…1 (Rec. 601).
    func brightness(_ y: Int, _ x: Int) -> Double {
      let place = (y * width + x) * 3
      return (0.299 * Double(bytes[place]) + 0.587 * Double(bytes[place + 1]) + 0.114 * Double(bytes[place + 2])) / 255
    }
  }

  private static let ramp = Array(" .:-=+*#%@")
  private static let gap = 2

  /// Tiles side by side, as many as the width holds, then the next ones below; each line ends with a line break.
  package static func render(_ tiles: [Tile], style: TerminalStyle) -> String {
    guard let first = tiles.first else { return "" }
    let perBand = max(1, (style.width - 2) / (first.width + gap))
    var text = ""
    for start in stride(from: 0, to: tiles.count, by: perBand) {
      if start > 0 { text += "\n" }
      let band = tiles[start..<min(start + perBand, tiles.count)]
      for row in 0..<(first.height + 1) / 2 {
        text += "  " + band.map { line($0, row, style) }.joined(separator: String(repeating: " ", count: gap)) + "\n"
      }
      if band.contains(where: { !$0.label.isEmpty }) {
        let labels = band.map { padded(style.plain($0.label), to: first.width) }
        let line = "  " + labels.joined(separator: String(repeating: " ", count: gap))
        text += style.paint(String(line.reversed().drop { $0 == " " }.reversed()), .quiet) + "\n"
      }
    }
    return text
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text.count > width ? String(text.prefix(width)) : text + String(repeating: " ", count: width - text.count)
  }

  /// Two rows of pixels in one line of characters.
  private static func line(_ tile: Tile, _ row: Int, _ style: TerminalStyle) -> String {
    let (top, bottom) = (2 * row, min(2 * row + 1, tile.height - 1))
    guard style.color, style.unicode else {
      return String(
        (0..<tile.width).map { x in
          let brightness = (tile.brightness(top, x) + tile.brightness(bottom, x)) / 2
          return ramp[min(ramp.count - 1, Int(within: brightness * Double(ramp.count)))]
        })
    }
    func color(_ y: Int, _ x: Int) -> String {
      let place = (y * tile.width + x) * 3
      return "\(tile.bytes[place]);\(tile.bytes[place + 1]);\(tile.bytes[place + 2])"
    }
    let pixels = (0..<tile.width).map { "\u{1B}[38;2;\(color(top, $0))m\u{1B}[48;2;\(color(bottom, $0))m▀" }
    return pixels.joined() + "\u{1B}[0m"
  }
}

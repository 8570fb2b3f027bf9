import Datasets
import Kernels
import Pictures

/// Samples of images side by side: some of every class, in rows with the class's name.
package struct ContactSheet {
  /// A sample and what it is.
  package struct Tile: Sendable {
    package var picture: Picture
    /// The class's name; empty without classes.
    package var label: String
  }

  /// Tiles of a class, in the order of the data.
  package let rows: [[Tile]]
  private static let mostRows = 100
  /// The longest side of a tile, and the shortest one that is not enlarged, in pixels.
  private static let (mostPixels, fewestPixels) = (96, 48)
  private static let (gap, letterScale, mostLetters) = (4, 2, 20)

  /// The first samples of each class, `columns` of each; without classes, the first samples in `columns` rows. `nil` for
  /// samples that are no images.
  ///
  /// - Parameter range: stored numbers that are shown as black and as white.
  package init?(_ source: any SampleSource, hasAnswers: Bool, columns: Int, range: ClosedRange<Double>) {
    guard source.shape.isImage, source.count > 0 else { return nil }
    let hasClasses = hasAnswers && source.task.isClassification
    let rowCount = min(hasClasses ? source.outputs : columns, Self.mostRows)
    var rows = Array(repeating: [Tile](), count: rowCount)
    var open = rowCount
    for sample in 0..<source.count where open > 0 {
      let row = hasClasses ? source.label(of: sample) : sample / columns
      guard row < rowCount, rows[row].count < columns else { continue }
      let label = hasClasses ? source.classNames[row] : ""
      rows[row].append(Tile(picture: Self.picture(source, sample, range), label: label))
      if rows[row].count == columns { open -= 1 }
    }
    self.rows = rows.filter { !$0.isEmpty }
  }

  /// Numbers to bytes, and to 1 or 3 channels: of two or more than three, the first is shown.
  private static func picture(_ source: any SampleSource, _ sample: Int, _ range: ClosedRange<Double>) -> Picture {
    let shape = source.shape
    let input = Buffer<Float>(count: shape.count)
    source.write(sample, into: input.view)
    let channels = shape.channels == 3 ? 3 : 1
    let span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(shape.height * shape.width * channels)
    for pixel in 0..<shape.height * shape.width {
      for channel in 0..<channels {
        let number = (Double(input.view[pixel * shape.channels + channel]) - range.lowerBound) / span
        bytes.append(UInt8(max(0, min(255, (number.isFinite ? number : 0) * 255)).rounded()))
      }
    }
    return Picture(height: shape.height, width: shape.width, channels: channels, bytes: bytes)
  }

  /// The sheet as one picture of 3 channels: a row a class, its name at the left.
  package var picture: Picture {
    guard let first = rows.first?.first?.picture else {
      return Picture(height: 1, width: 1, channels: 3, bytes: [0, 0, 0])
    }
    let (height, width) = Self.tileSize(first)
    let letters = min(Self.mostLetters, rows.map { $0[0].label.count }.max() ?? 0)
    let margin = letters > 0 ? letters * (PixelFont.width + 1) * Self.letterScale + Self.gap : 0
    let columns = rows.map(\.count).max() ?? 1
    var canvas = Canvas(
      height: Self.gap + rows.count * (height + Self.gap), width: Self.gap + margin + columns * (width + Self.gap))
    for (rowIndex, row) in rows.enumerated() {
      let top = Self.gap + rowIndex * (height + Self.gap)
      let label = row[0].label
      let text = label.count > Self.mostLetters ? label.prefix(Self.mostLetters - 1) + "…" : label
      canvas.write(
        text, top: top + max(0, (height - PixelFont.height * Self.letterScale) / 2), left: Self.gap,
        scale: Self.letterScale)
      for (column, tile) in row.enumerated() {
        canvas.draw(
          Self.scaled(tile.picture, height: height, width: width), top: top,
          left: Self.gap + margin + column * (width + Self.gap))
      }
    }
    return canvas.picture
  }

  /// Small images are enlarged by a whole number, large ones shrunk.
  private static func tileSize(_ picture: Picture) -> (height: Int, width: Int) {
    let longest = max(picture.height, picture.width)
    if longest > mostPixels {
      return (max(1, picture.height * mostPixels / longest), max(1, picture.width * mostPixels / longest))
    }
    let factor = max(1, fewestPixels / longest)
    return (picture.height * factor, picture.width * factor)
  }

  /// Whole enlargements repeat pixels, so that they can be counted; everything else is resized.
  package static func scaled(_ picture: Picture, height: Int, width: Int) -> Picture {
    if (picture.height, picture.width) == (height, width) { return picture }
    guard height.isMultiple(of: picture.height), width.isMultiple(of: picture.width) else {
      return picture.resized(height: height, width: width)
    }
    let (down, across) = (height / picture.height, width / picture.width)
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let first = ((y / down) * picture.width + x / across) * picture.channels
        bytes += picture.bytes[first..<first + picture.channels]
      }
    }
    return Picture(height: height, width: width, channels: picture.channels, bytes: bytes)
  }
}

/// A dark picture of 3 channels that others are drawn on.
private struct Canvas {
  private(set) var picture: Picture
  private static let (paper, ink): (UInt8, UInt8) = (24, 230)

  init(height: Int, width: Int) {
    picture = Picture(
      height: height, width: width, channels: 3, bytes: Array(repeating: Self.paper, count: height * width * 3))
  }

  private mutating func set(_ y: Int, _ x: Int, _ color: [UInt8]) {
    guard (0..<picture.height).contains(y), (0..<picture.width).contains(x) else { return }
    let place = (y * picture.width + x) * 3
    for channel in 0..<3 { picture.bytes[place + channel] = color[color.count == 3 ? channel : 0] }
  }

  mutating func draw(_ other: Picture, top: Int, left: Int) {
    for y in 0..<other.height {
      for x in 0..<other.width {
        let place = (y * other.width + x) * other.channels
        set(top + y, left + x, Array(other.bytes[place..<place + other.channels]))
      }
    }
  }

  mutating func write(_ text: String, top: Int, left: Int, scale: Int) {
    for pixel in PixelFont.pixels(of: text) {
      for y in 0..<scale {
        for x in 0..<scale { set(top + pixel.row * scale + y, left + pixel.column * scale + x, [Self.ink]) }
      }
    }
  }
}

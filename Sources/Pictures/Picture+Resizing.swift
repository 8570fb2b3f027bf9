import CKernels

extension Picture {
  /// The picture at another size, by a triangle filter whose width grows as the picture shrinks, so that nothing
  /// aliases: first along rows, then along columns, each rounded to bytes.
  ///
  /// Filter and rounding are those of Pillow's `resize(…, BILINEAR)`, which torchvision's `Resize` calls: the same bytes.
  package func resized(height: Int, width: Int) -> Picture {
    resized(height: height, rows: 0..<height, width: width, columns: 0..<width)
  }

  /// Some rows and columns of the picture at another size; nothing else of it is computed, so that a thread of a picture
  /// costs no memory at a size where it would be wide.
  private func resized(height: Int, rows: Range<Int>, width: Int, columns: Range<Int>) -> Picture {
    precondition(!rows.isEmpty && !columns.isEmpty, "rows \(rows) and columns \(columns)")
    let vertical = Taps(from: self.height, to: height, places: rows)
    let stored = vertical.stored
    var picture = cropped(top: stored.lowerBound, left: 0, height: stored.count, width: self.width)
    if width != self.width || columns != 0..<width {
      let taps = Taps(from: self.width, to: width, places: columns)
      var bytes = [UInt8](repeating: 0, count: stored.count * columns.count * channels)
      filter_rows(
        picture.bytes, stored.count, self.width, channels, taps.firsts, taps.counts, taps.weights, columns.count, &bytes
      )
      picture = Picture(height: stored.count, width: columns.count, channels: channels, bytes: bytes)
    }
    if height != self.height || rows != 0..<height {
      let firsts = vertical.firsts.map { $0 - Int32(stored.lowerBound) }
      var bytes = [UInt8](repeating: 0, count: rows.count * columns.count * channels)
      filter_columns(
        picture.bytes, columns.count * channels, firsts, vertical.counts, vertical.weights, rows.count, &bytes)
      picture = Picture(height: rows.count, width: columns.count, channels: channels, bytes: bytes)
    }
    return picture
  }

  /// Scales the picture until it just covers `height` × `width`, and takes the middle of it: torchvision's `Resize` to
  /// the short side and `CenterCrop`, where height and width are equal.
  ///
  /// The longer side is rounded down, and a middle between two pixels goes to the even one, as there.
  package func covering(height: Int, width: Int) -> Picture {
    let isWide = self.width * height >= self.height * width
    let scaledHeight = isWide ? height : max(height, self.height * width / self.width)
    let scaledWidth = isWide ? max(width, self.width * height / self.height) : width
    let (top, left) = (Self.margin(scaledHeight - height), Self.margin(scaledWidth - width))
    return resized(
      height: scaledHeight, rows: top..<top + height, width: scaledWidth, columns: left..<left + width)
  }

  /// The middle of `height` × `width` pixels.
  package func center(height: Int, width: Int) -> Picture {
    cropped(
      top: Self.margin(self.height - height), left: Self.margin(self.width - width), height: height, width: width)
  }

  /// Half of an excess, a half rounded to even.
  package static func margin(_ excess: Int) -> Int {
    let half = excess / 2
    return excess.isMultiple(of: 2) || half.isMultiple(of: 2) ? half : half + 1
  }
}

/// For each place along one side, which stored places it is a mean of, and with which weights: 22-bit fixed point.
private struct Taps {
  private(set) var firsts: [Int32] = []
  private(set) var counts: [Int32] = []
  /// Weights of all places, one after another.
  private(set) var weights: [Int32] = []
  private static let fraction: Int32 = 22

  /// All stored places of which any is wanted.
  private(set) var stored = 0..<0

  /// The means at some places of `wanted`; where the side stays as it is, those places themselves.
  init(from stored: Int, to wanted: Int, places: Range<Int>) {
    let scale = Double(stored) / Double(wanted)
    // A picture that grows is interpolated between neighbours.
    let support = max(1, scale)
    for place in places {
      let center = (Double(place) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let last = min(stored, Int(center + support + 0.5))
      let shares = (first..<last).map { max(0, 1 - abs((Double($0) - center + 0.5) * (1 / support))) }
      let sum = shares.reduce(0, +)
      firsts.append(Int32(first))
      counts.append(Int32(shares.count))
      weights += shares.map { Int32($0 / sum * Double(1 << Self.fraction) + 0.5) }
      self.stored = (places.lowerBound == place ? first : self.stored.lowerBound)..<last
    }
  }
}

extension Picture {
  /// The picture at another size, by a triangle filter whose width grows as the picture shrinks, so that nothing
  /// aliases: first along rows, then along columns, each rounded to bytes.
  ///
  /// Filter and rounding are those of Pillow's `resize(…, BILINEAR)`, which torchvision's `Resize` calls: the same bytes.
  package func resized(height: Int, width: Int) -> Picture {
    precondition(height > 0 && width > 0, "a picture of \(height) × \(width)")
    var picture = self
    if width != self.width {
      let taps = Taps(from: self.width, to: width)
      var bytes = [UInt8](repeating: 0, count: self.height * width * channels)
      for y in 0..<self.height {
        taps.apply(
          picture.bytes, first: y * self.width * channels, step: channels, lanes: channels, into: &bytes,
          first: y * width * channels, step: channels)
      }
      picture = Picture(height: self.height, width: width, channels: channels, bytes: bytes)
    }
    if height != self.height {
      let taps = Taps(from: self.height, to: height)
      let row = width * channels
      var bytes = [UInt8](repeating: 0, count: height * row)
      taps.apply(picture.bytes, first: 0, step: row, lanes: row, into: &bytes, first: 0, step: row)
      picture = Picture(height: height, width: width, channels: channels, bytes: bytes)
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
    // What the crop cuts off need not be computed, but few pictures are so long that it would matter.
    return resized(height: scaledHeight, width: scaledWidth).center(height: height, width: width)
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
  private var firsts: [Int] = []
  private var counts: [Int] = []
  /// Weights of all places, one after another.
  private var weights: [Int32] = []
  private static let fraction: Int32 = 22

  init(from stored: Int, to wanted: Int) {
    let scale = Double(stored) / Double(wanted)
    // A picture that grows is interpolated between neighbours.
    let support = max(1, scale)
    for place in 0..<wanted {
      let center = (Double(place) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let last = min(stored, Int(center + support + 0.5))
      let shares = (first..<last).map { max(0, 1 - abs((Double($0) - center + 0.5) * (1 / support))) }
      let sum = shares.reduce(0, +)
      firsts.append(first)
      counts.append(shares.count)
      weights += shares.map { Int32($0 / sum * Double(1 << Self.fraction) + 0.5) }
    }
  }

  /// Writes every place of `lanes` lines that lie side by side; `step` is the distance of two places.
  func apply(
    _ stored: [UInt8], first: Int, step: Int, lanes: Int, into result: inout [UInt8], first resultFirst: Int,
    step resultStep: Int
  ) {
    var sums = [Int32](repeating: 0, count: lanes)
    var weight = 0
    for place in firsts.indices {
      for lane in sums.indices { sums[lane] = 1 << (Self.fraction - 1) }
      for tap in 0..<counts[place] {
        let share = weights[weight]
        weight += 1
        let line = first + (firsts[place] + tap) * step
        for lane in sums.indices { sums[lane] &+= Int32(stored[line + lane]) &* share }
      }
      let line = resultFirst + place * resultStep
      for lane in sums.indices { result[line + lane] = UInt8(clamping: sums[lane] >> Self.fraction) }
    }
  }
}

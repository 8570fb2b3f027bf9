import Kernels

/// Where the pixels of an augmented image come from: a shift and maybe a mirror image of the stored one.
///
/// Output pixel (y, x) shows stored pixel (y + `top`, x + `left`), or, flipped, the one that its mirror image
/// (y, width − 1 − x) would show; a pixel outside `rows` × `columns` is zero. Any list of shifts and flips comes down to
/// this, so a sample is written once.
public struct Placement: Sendable, Equatable {
  /// Rows from the stored image's first to the window's.
  public private(set) var top = 0
  /// Columns from the stored image's first to the window's.
  public private(set) var left = 0
  /// Whether the window is mirrored.
  public private(set) var isFlipped = false
  /// Stored rows that may be seen.
  public private(set) var rows: Range<Int>
  /// Stored columns that may be seen.
  public private(set) var columns: Range<Int>

  /// The stored image itself.
  public init(shape: SampleShape) {
    rows = 0..<shape.height
    columns = 0..<shape.width
  }

  /// The placement by `augmentations` in turn, a pure function of the key: (epoch, sample), or (step, position) under
  /// `iid` order, where a sample can occur twice in an epoch.
  init(
    shape: SampleShape, augmentations: [Augmentation], philox: Philox, key: (UInt32, UInt32)
  ) {
    self.init(shape: shape)
    for (entry, augmentation) in augmentations.enumerated() {
      augmentation.kind.move(&self, shape: shape, random: philox.block(key.0, key.1, word(entry)))
    }
  }

  // MARK: Changes

  /// Mirrors left and right.
  public mutating func flip() { isFlipped.toggle() }

  /// Moves the window of the image's size; what leaves it is gone, even if a later shift moves back.
  public mutating func shift(down: Int, right: Int, shape: SampleShape) {
    top += down
    // In a mirrored window, right is the stored image's left.
    left += isFlipped ? -right : right
    rows = rows.clamped(to: top..<top + shape.height)
    columns = columns.clamped(to: left..<left + shape.width)
  }

  // MARK: In place

  /// Moves the pixels of an image, [height, width, channels], to where this placement shows them.
  ///
  /// Rows are taken in the order in which none is overwritten before it is read.
  public func apply(to pixels: Floats, shape: SampleShape) {
    precondition(pixels.count == shape.count, "\(pixels.count) pixels of an image of \(shape)")
    let rowCount = shape.width * shape.channels
    let shown = columns.count * shape.channels
    let margin = (columns.lowerBound - left) * shape.channels
    for index in 0..<shape.height {
      let y = top >= 0 ? index : shape.height - 1 - index
      let row = pixels[y * rowCount..<(y + 1) * rowCount]
      guard rows.contains(y + top), shown > 0 else {
        row.fill(with: 0)
        continue
      }
      let first = (y + top) * rowCount + columns.lowerBound * shape.channels
      row[margin..<margin + shown].copy(from: pixels[first..<first + shown])
      row.prefix(margin).fill(with: 0)
      row[margin + shown..<rowCount].fill(with: 0)
      if isFlipped { Self.mirror(row, channels: shape.channels) }
    }
  }

  /// Mirrors one row of pixels, [width, channels].
  static func mirror(_ row: Floats, channels: Int) {
    var left = 0
    var right = row.count - channels
    while left < right {
      for channel in 0..<channels {
        let kept = row[left + channel]
        row[left + channel] = row[right + channel]
        row[right + channel] = kept
      }
      left += channels
      right -= channels
    }
  }
}

import Kernels
import Pictures

/// Where the pixels of an augmented image come from: a part of the stored picture, a shift, maybe a mirror image.
///
/// There are three pictures. The *stored* one, [stored.height, stored.width]. The *image* of the sample's size: the middle
/// of the stored picture, or, after ``crop(_:)``, a part of it that is stretched to this size. And the *window* on the
/// image, of the same size, which is what is written: its pixel (y, x) shows the image's pixel (y + `top`, x + `left`),
/// or, flipped, the one that its mirror image (y, width − 1 − x) would show; a pixel outside `rows` × `columns` is zero, or
/// reflected at the image's edge. Any list of shifts and flips comes down to this, so a sample is written once.
public struct Placement: Sendable, Equatable {
  /// A part of the stored picture.
  public struct Part: Sendable, Equatable {
    public var top: Int
    public var left: Int
    public var height: Int
    public var width: Int

    public init(top: Int, left: Int, height: Int, width: Int) {
      self.top = top
      self.left = left
      self.height = height
      self.width = width
    }
  }

  /// The sample's shape.
  public let shape: SampleShape
  /// The stored picture's shape, no side of which is smaller.
  public let stored: SampleShape
  /// The part of the stored picture that is stretched to the image, in stored pixels; `nil` for its middle as it is.
  public private(set) var part: Part?
  /// Rows from the image's first to the window's.
  public private(set) var top = 0
  /// Columns from the image's first to the window's.
  public private(set) var left = 0
  /// Whether the window is mirrored.
  public private(set) var isFlipped = false
  /// Rows of the image that may be seen.
  public private(set) var rows: Range<Int>
  /// Columns of the image that may be seen.
  public private(set) var columns: Range<Int>
  /// Whether the image goes on beyond its edges as its mirror image, in place of zeros.
  public private(set) var isReflected = false

  /// The middle of a stored picture; the picture itself, where it has the sample's size.
  public init(shape: SampleShape, stored: SampleShape? = nil) {
    let stored = stored ?? shape
    precondition(
      stored.height >= shape.height && stored.width >= shape.width && stored.channels == shape.channels,
      "samples of \(shape) from pictures of \(stored)")
    self.shape = shape
    self.stored = stored
    rows = 0..<shape.height
    columns = 0..<shape.width
  }

  /// Rows of the stored picture above its middle.
  var margin: (top: Int, left: Int) {
    (Picture.margin(stored.height - shape.height), Picture.margin(stored.width - shape.width))
  }

  /// Whether the window shows the middle of the stored picture or a shift of it, with zeros around it.
  var isShift: Bool { part == nil && !isReflected }

  // MARK: Changes

  /// Mirrors left and right.
  public mutating func flip() { isFlipped.toggle() }

  /// Stretches a part of the stored picture to the image. A window that was mirrored before stays so: the part is that of
  /// the mirrored picture. It comes before any shift, and once.
  public mutating func crop(_ part: Part) {
    precondition(self.part == nil && top == 0 && left == 0, "a crop after a shift or another crop")
    precondition(
      part.top >= 0 && part.left >= 0 && part.height > 0 && part.width > 0 && part.top + part.height <= stored.height
        && part.left + part.width <= stored.width, "\(part) of a picture of \(stored)")
    self.part = part
    if isFlipped { self.part?.left = stored.width - part.left - part.width }
  }

  /// Moves the window; what leaves it is gone, even if a later shift moves back.
  public mutating func shift(down: Int, right: Int) {
    top += down
    // In a mirrored window, right is the image's left.
    left += isFlipped ? -right : right
    rows = rows.clamped(to: top..<top + shape.height)
    columns = columns.clamped(to: left..<left + shape.width)
  }

  /// Moves the window over the image and its mirror images beyond the edges. It is the only shift.
  public mutating func shiftReflected(down: Int, right: Int) {
    precondition(top == 0 && left == 0, "a reflected shift after another")
    top = down
    left = isFlipped ? -right : right
    isReflected = true
  }

  /// The row or column of the image that stands at `place`, by reflection at the first and last of `count` without
  /// repeating them: −1 is 1, `count` is `count` − 2.
  static func reflected(_ place: Int, count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let rest = ((place % period) + period) % period
    return min(rest, period - rest)
  }

  // MARK: In place

  /// Moves the pixels of an image, [height, width, channels], to where this placement shows them.
  ///
  /// Shifts and flips are done in place, rows in the order in which none is overwritten before it is read. What is stretched
  /// or reflected is written from a copy, which is the only memory that augmentation ever takes.
  public func apply(to pixels: Floats) {
    guard isShift else {
      let copy = Buffer<Float>(count: pixels.count)
      copy.view.copy(from: pixels)
      return write(
        into: pixels, run: { first, output in output.copy(from: copy.view[first..<first + output.count]) },
        stretched: { Resampling.row($0, of: copy.view, into: $1) })
    }
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

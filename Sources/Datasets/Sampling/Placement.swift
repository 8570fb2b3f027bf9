import Kernels

/// Where the pixels of an augmented image come from: a shift and maybe a mirror image of the stored one.
///
/// Output pixel (y, x) shows stored pixel (y + `top`, x + `left`), or, flipped, the one that its mirror image
/// (y, width − 1 − x) would show; a pixel outside `rows` × `columns` is zero. Any list of augmentations comes down to
/// this, so a sample is written once.
package struct Placement: Equatable {
  /// Rows from the stored image's first to the window's.
  package private(set) var top = 0
  /// Columns from the stored image's first to the window's.
  package private(set) var left = 0
  /// Whether the window is mirrored.
  package private(set) var isFlipped = false
  /// Stored rows that may be seen.
  package private(set) var rows: Range<Int>
  /// Stored columns that may be seen.
  package private(set) var columns: Range<Int>

  /// The stored image itself.
  package init(shape: SampleShape) {
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
      let words = philox.block(key.0, key.1, word(entry))
      switch augmentation {
      case .flip:
        if words.x >> 31 == 1 { flip() }
      case .padCrop(let padding):
        let choices = 2 * padding + 1
        shift(
          down: Philox.bounded(words.x, words.y, below: choices) - padding,
          right: Philox.bounded(words.z, words.w, below: choices) - padding, shape: shape)
      }
    }
  }

  /// Mirrors left and right.
  package mutating func flip() { isFlipped.toggle() }

  /// Moves the window of the image's size; what leaves it is gone, even if a later shift moves back.
  package mutating func shift(down: Int, right: Int, shape: SampleShape) {
    top += down
    // In a mirrored window, right is the stored image's left.
    left += isFlipped ? -right : right
    rows = rows.clamped(to: top..<top + shape.height)
    columns = columns.clamped(to: left..<left + shape.width)
  }
}

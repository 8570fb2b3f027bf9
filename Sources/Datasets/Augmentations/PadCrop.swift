import Kernels
import Keys

/// Pads every side with zero pixels (after normalisation), then crops the image's size at random: each of the
/// (2 · padding + 1)² crops equally often.
package struct PadCrop: AugmentationKind {
  /// Pixels at each side.
  let padding: Int

  package static let name = "padCrop"
  package static let about = "Pads every side with zeros, then crops the image's size at random."

  package static func keys(_ section: Section, _ value: PadCrop?) -> PadCrop {
    PadCrop(
      padding: section.key("padding", value?.padding, .integer(1...Limit.side), default: 4, "Pixels at each side."))
  }

  package func move(_ placement: inout Placement, shape: SampleShape, random words: SIMD4<UInt32>) {
    let choices = 2 * padding + 1
    placement.shift(
      down: Philox.bounded(words.x, words.y, below: choices) - padding,
      right: Philox.bounded(words.z, words.w, below: choices) - padding, shape: shape)
  }
}

extension Augmentation {
  /// Pads every side with `padding` zero pixels (after normalisation), then crops the image's size at random.
  public static func padCrop(padding: Int) -> Augmentation { Augmentation(PadCrop(padding: padding)) }
}

import Kernels
import Keys

/// Pads every side, then crops the image's size at random: each of the (2 · padding + 1)² crops equally often.
package struct PadCrop: AugmentationKind {
  /// What an image is padded with.
  package enum Mode: String, CaseIterable, Sendable {
    /// Zeros, after normalisation: the mean colour.
    case zero
    /// The image's own mirror image, without its edge pixels.
    case reflect
  }

  /// Pixels at each side.
  let padding: Int
  let mode: Mode

  package static let name = "padCrop"
  package static let about = "Pads every side, then crops the image's size at random."

  package static func keys(_ section: Section, _ value: PadCrop?) -> PadCrop {
    PadCrop(
      padding: section.key("padding", value?.padding, .integer(1...Limit.side), default: 4, "Pixels at each side."),
      mode: section.key(
        "mode", value?.mode, .word, default: .zero,
        "What the sides are padded with: zeros after normalisation, or the image reflected at its edges."))
  }

  package func move(_ placement: inout Placement, random: SampleWords) {
    let words = random.block()
    let choices = 2 * padding + 1
    let down = Philox.bounded(words.x, words.y, below: choices) - padding
    let right = Philox.bounded(words.z, words.w, below: choices) - padding
    switch mode {
    case .zero: placement.shift(down: down, right: right)
    case .reflect: placement.shiftReflected(down: down, right: right)
    }
  }
}

extension Augmentation {
  /// Pads every side with `padding` zero pixels (after normalisation), then crops the image's size at random.
  public static func padCrop(padding: Int) -> Augmentation { Augmentation(PadCrop(padding: padding, mode: .zero)) }

  /// Pads every side with `padding` pixels of the image's mirror image, then crops the image's size at random.
  public static func reflectCrop(padding: Int) -> Augmentation {
    Augmentation(PadCrop(padding: padding, mode: .reflect))
  }
}

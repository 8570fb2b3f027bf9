import Kernels
import Keys

/// Changes brightness, contrast, saturation and hue at random, in a random order (the rules of torchvision's `ColorJitter`
/// on floats).
///
/// A factor f is drawn evenly from [max(0, 1 − a), 1 + a] for the amount a of each:
/// - brightness: x ← f · x
/// - contrast: x ← f · x + (1 − f) · mean of the image's grey
/// - saturation: x ← f · x + (1 − f) · grey of the pixel, 0.299 R + 0.587 G + 0.114 B
/// - hue: turned by a share of the circle from [−a, a]
///
/// Colours are in [0, 1], and are kept there after each. Grey images have brightness and contrast alone.
package struct ColorJitter: AugmentationKind {
  let brightness: Double
  let contrast: Double
  let saturation: Double
  /// Share of the circle of hues, up to ½.
  let hue: Double

  package static let name = "colorJitter"
  package static let about = "Changes brightness, contrast, saturation and hue at random, in a random order."

  package static func keys(_ section: Section, _ value: ColorJitter?) -> ColorJitter {
    func amount(_ name: String, _ value: Double?, _ fallback: Double, _ about: String) -> Double {
      section.key(name, value, .number(.from(0, through: 10)), default: fallback, about)
    }
    return ColorJitter(
      brightness: amount(
        "brightness", value?.brightness, 0.4, "The factor of brightness is from 1 − this (at least 0) to 1 + this."),
      contrast: amount("contrast", value?.contrast, 0.4, "The same for the distance to the image's mean grey."),
      saturation: amount("saturation", value?.saturation, 0.4, "The same for the distance to each pixel's grey."),
      hue: section.key(
        "hue", value?.hue, .number(.from(0, through: 0.5)), default: 0,
        "Hues are turned by up to this share of the circle, either way."))
  }

  package var changesPixels: Bool { true }
  package var needsColors: Bool { true }

  package func change(_ pixels: Floats, shape: SampleShape, scale: PixelScale?, random: SampleWords) {
    guard let scale else { return }
    let words = random.block(0)
    func factor(_ amount: Double, _ word: UInt32) -> Float {
      let low = max(0, 1 - amount)
      return Float(low + (1 + amount - low) * Double(Philox.uniform(word)))
    }
    Colors.jitter(
      pixels, channels: shape.channels, scale: scale.scale, shift: scale.shift, white: scale.white,
      brightness: factor(brightness, words.x), contrast: factor(contrast, words.y),
      saturation: factor(saturation, words.z), hue: Float(hue * (2 * Double(Philox.uniform(words.w)) - 1)),
      order: Philox.bounded(random.block(1).x, random.block(1).y, below: 24))
  }
}

extension Augmentation {
  /// Changes colours at random: each factor is from 1 − its amount (at least 0) to 1 + it, hues are turned by up to `hue` of
  /// the circle, at most ½, either way.
  public static func colorJitter(
    brightness: Double = 0.4, contrast: Double = 0.4, saturation: Double = 0.4, hue: Double = 0
  ) -> Augmentation {
    precondition(
      brightness >= 0 && contrast >= 0 && saturation >= 0 && (0...0.5).contains(hue), "a negative amount, or hue \(hue)"
    )
    return Augmentation(ColorJitter(brightness: brightness, contrast: contrast, saturation: saturation, hue: hue))
  }
}

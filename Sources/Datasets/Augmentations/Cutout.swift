import Kernels
import Keys

/// Sets a square to zero, after normalisation the mean colour (DeVries & Taylor 2017): its middle is any pixel equally
/// often, and what lies outside the image is cut off.
package struct Cutout: AugmentationKind {
  /// Side of the square in pixels.
  let size: Int

  package static let name = "cutout"
  package static let about = "Sets a square at a random place to zero, which after normalisation is the mean colour."

  package static func keys(_ section: Section, _ value: Cutout?) -> Cutout {
    Cutout(
      size: section.key("size", value?.size, .integer(1...Limit.side), default: 8, "Side of the square in pixels."))
  }

  package var changesPixels: Bool { true }

  package func change(_ pixels: Floats, shape: SampleShape, scale: PixelScale?, random: SampleWords) {
    let words = random.block()
    let top = Philox.bounded(words.x, words.y, below: shape.height) - size / 2
    let left = Philox.bounded(words.z, words.w, below: shape.width) - size / 2
    let columns = max(0, left)..<min(shape.width, left + size)
    for y in max(0, top)..<min(shape.height, top + size) {
      let first = (y * shape.width + columns.lowerBound) * shape.channels
      pixels[first..<first + columns.count * shape.channels].fill(with: 0)
    }
  }
}

extension Augmentation {
  /// Sets a square of `size` × `size` pixels at a random place to zero.
  public static func cutout(size: Int) -> Augmentation {
    precondition(size > 0, "a square of \(size) pixels")
    return Augmentation(Cutout(size: size))
  }
}

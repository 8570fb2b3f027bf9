import Foundation
import Kernels
import Keys

/// Takes a part of the stored picture, of random area and shape, and stretches it to the sample's size (Szegedy et al.
/// 2015, §6; the rules of torchvision's `RandomResizedCrop`).
///
/// Ten times an area is drawn evenly from `scale` (shares of the stored picture) and a ratio of width to height evenly on a
/// logarithmic scale from `ratio`; the first that fits gets a random place. If none does, the middle is taken, as much of
/// it as the ratios allow. Pixels are interpolated between their four neighbours.
package struct RandomResizedCrop: AugmentationKind {
  /// Least and largest share of the stored picture's area.
  let scale: [Double]
  /// Least and largest ratio of width to height.
  let ratio: [Double]

  package static let name = "randomResizedCrop"
  package static let about = "Takes a part of random area and shape, and stretches it to the sample's size."

  package static func keys(_ section: Section, _ value: RandomResizedCrop?) -> RandomResizedCrop {
    let crop = RandomResizedCrop(
      scale: section.key(
        "scale", value?.scale, .list(of: .number(.above(0, through: 1)), "shares", count: 2...2), default: [0.08, 1],
        "Least and largest share of the picture's area."),
      ratio: section.key(
        "ratio", value?.ratio, .list(of: .number(.above(0, through: 1000)), "ratios", count: 2...2),
        default: [0.75, 4.0 / 3],
        "Least and largest ratio of width to height."))
    section.check("scale", crop.scale[0] <= crop.scale[1], "found \(crop.scale); allowed: the least share first")
    section.check("ratio", crop.ratio[0] <= crop.ratio[1], "found \(crop.ratio); allowed: the least ratio first")
    return crop
  }

  package func move(_ placement: inout Placement, random: SampleWords) {
    let (height, width) = (placement.stored.height, placement.stored.width)
    let (low, high) = (Elementary.log(ratio[0]), Elementary.log(ratio[1]))
    for attempt in 0..<10 as Range<UInt32> {
      let words = random.block(2 * attempt)
      let share = scale[0] + (scale[1] - scale[0]) * Double(Philox.uniform(words.x))
      let area = share * Double(height * width)
      let shape = Elementary.exp(low + (high - low) * Double(Philox.uniform(words.y)))
      let (rows, columns) = ((area / shape).squareRoot().rounded(), (area * shape).squareRoot().rounded())
      guard rows >= 1, columns >= 1, rows <= Double(height), columns <= Double(width) else { continue }
      let (partHeight, partWidth) = (Int(rows), Int(columns))
      let more = random.block(2 * attempt + 1)
      return placement.crop(
        Placement.Part(
          top: Philox.bounded(words.z, words.w, below: height - partHeight + 1),
          left: Philox.bounded(more.x, more.y, below: width - partWidth + 1), height: partHeight, width: partWidth))
    }
    placement.crop(middle(height: height, width: width))
  }

  /// The largest middle part whose ratio is allowed.
  private func middle(height: Int, width: Int) -> Placement.Part {
    let shape = Double(width) / Double(height)
    var (partHeight, partWidth) = (height, width)
    if shape < ratio[0] {
      partHeight = min(height, max(1, Int((Double(width) / ratio[0]).rounded())))
    } else if shape > ratio[1] {
      partWidth = min(width, max(1, Int((Double(height) * ratio[1]).rounded())))
    }
    return Placement.Part(
      top: (height - partHeight) / 2, left: (width - partWidth) / 2, height: partHeight, width: partWidth)
  }
}

extension Augmentation {
  /// Takes a part of the stored picture, of random area and shape, and stretches it to the sample's size.
  public static func randomResizedCrop(
    scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 0.75...4.0 / 3
  ) -> Augmentation {
    precondition(scale.lowerBound > 0 && scale.upperBound <= 1 && ratio.lowerBound > 0, "parts of \(scale), \(ratio)")
    return Augmentation(
      RandomResizedCrop(scale: [scale.lowerBound, scale.upperBound], ratio: [ratio.lowerBound, ratio.upperBound]))
  }
}

import Keys

/// Mirrors left and right with probability one half, or every image in every other epoch.
package struct Flip: AugmentationKind {
  /// Whether an image that chance mirrors in the first epoch is mirrored in the third, the fifth …, and any other in the
  /// second, the fourth … (Jordan 2024, §3.6): two epochs see both sides of all images, where independent draws repeat
  /// half of them.
  let isAlternating: Bool

  package static let name = "flip"
  package static let about = "Mirrors left and right with probability one half."

  package static func keys(_ section: Section, _ value: Flip?) -> Flip {
    Flip(
      isAlternating: section.key(
        "alternate", value?.isAlternating, .flag, default: false,
        """
        Whether chance decides in the first epoch alone, and from then on every image is the mirror image of what it was in \
        the epoch before; not with order iid, which has no epochs.
        """))
  }

  package func move(_ placement: inout Placement, random: SampleWords) {
    let isOdd = isAlternating && !random.key.0.isMultiple(of: 2)
    let words = isAlternating ? random.firstEpoch.block() : random.block()
    if (words.x >> 31 == 1) != isOdd { placement.flip() }
  }
}

extension Augmentation {
  /// Mirrors left and right with probability one half.
  public static var flip: Augmentation { Augmentation(Flip(isAlternating: false)) }

  /// Mirrors left and right: at random in the first epoch, and from then on each image in every other epoch.
  public static var alternatingFlip: Augmentation { Augmentation(Flip(isAlternating: true)) }
}

import Keys

/// Mirrors left and right with probability one half.
package struct Flip: AugmentationKind {
  package static let name = "flip"
  package static let about = "Mirrors left and right with probability one half."

  package static func keys(_ section: Section, _ value: Flip?) -> Flip { Flip() }

  package func move(_ placement: inout Placement, random: SampleWords) {
    if random.block().x >> 31 == 1 { placement.flip() }
  }
}

extension Augmentation {
  /// Mirrors left and right with probability one half.
  public static var flip: Augmentation { Augmentation(Flip()) }
}

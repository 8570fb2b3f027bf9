import Keys

extension DataConfiguration {
  package static func keys(_ section: Section, _ value: DataConfiguration?) -> DataConfiguration {
    let source = section.choice(
      "dataset", value?.source, "Where the samples come from.", SourceKinds.all.map { $0.choice })
    let kind = source.kind
    var data = DataConfiguration(
      source: source,
      order: section.key(
        "order", value?.order, .word, default: .reshuffle,
        """
        The order of the training samples: one shuffle an epoch divided among all shards, drawn with replacement \
        (iid), or as the files have them.
        """),
      normalization: section.key(
        "normalize", value?.normalization, .word, default: kind.hasConstantInput ? .none : .standardize,
        """
        What is done to the numbers: mean 0 and deviation 1 per channel over the training set, bytes divided by 255 \
        (unit), or nothing. The input of "quadratic" is a constant, which stays as it is (none).
        """),
      augmentations: section.key(
        "augment", value?.augmentations, .list(of: .object(Augmentation.keys), "augmentations", count: 0...16),
        default: [], "Random changes of the training samples, in this order; all but mixup are of images."),
      lastBatch: section.key(
        "lastBatch", value?.lastBatch, .word, default: .drop,
        "What becomes of the samples that do not fill a batch at the end of an epoch."))
    data.targets = section.key(
      "targets", value?.targets, .word, default: .standardize,
      """
      What is done to numbers to predict: mean 0 and deviation 1 over the training set, with predictions and errors given \
      back in their units, or nothing.
      """)
    data.validationShare = section.key(
      "validationShare", value?.validationShare, .number(.from(0, below: 1)), default: 0,
      """
      Share of the training samples that is set apart to choose the best weights and to stop early; the test set is then \
      looked at once, at the end. For classes, the share of each.
      """)
    data.splitSeed = section.key(
      "splitSeed", value?.splitSeed, .seed, default: 0,
      "Draws the samples that are set apart for validation or test; the run's own seed does not change them.")
    data.check(in: section)
    return data
  }

  /// What must hold between the keys.
  private func check(in section: Section) {
    let (data, kind) = (self, source.kind)
    section.check(
      "augment", with: ["dataset", "shape"], data.augmentations.ofImages.isEmpty || kind.mayBeImages,
      """
      the data are not images, and only images can be augmented by anything but mixup; allowed: mixup, an empty list, or \
      leave the key out
      """)
    section.check(
      "augment", data.augmentations.isMixedLast,
      "found mixup before another entry; allowed: one mixup, at the end of the list")
    section.check(
      "augment", data.augmentations.isOrdered,
      """
      allowed: one randomResizedCrop, before every padCrop; and one padCrop, where its mode is "reflect"
      """)
    section.check(
      "augment", with: ["order"],
      data.order != .iid || !data.augmentations.contains { ($0.kind as? Flip)?.isAlternating == true },
      "found a flip that alternates from epoch to epoch, but order \"iid\" has no epochs; allowed: \"alternate\": false"
    )
    section.check(
      "normalize", with: ["dataset"], !kind.hasConstantInput || data.normalization != .standardize,
      "found \"standardize\", which would make the constant input of \"quadratic\" 0; allowed: \"none\", or leave it out"
    )
  }
}

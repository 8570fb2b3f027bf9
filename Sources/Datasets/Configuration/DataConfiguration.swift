/// `data`: where samples come from, in which order they are drawn and what is done to them.
public struct DataConfiguration: Sendable, Equatable {
  public var source: DataSource
  public var order: SampleOrder
  public var normalization: Normalization
  public var augmentations: [Augmentation]
  public var lastBatch: LastBatch
  /// What is done to numbers that are to be predicted.
  public var targets = TargetNormalization.standardize
  /// The share of the training samples that is set apart for validation, 0..<1, where the source has no validation set.
  public var validationShare = 0.0
  /// Draws samples that are set apart for validation or test.
  public var splitSeed: UInt64 = 0

  public init(
    source: DataSource, order: SampleOrder = .reshuffle, normalization: Normalization,
    augmentations: [Augmentation] = [], lastBatch: LastBatch = .drop
  ) {
    self.source = source
    self.order = order
    self.normalization = normalization
    self.augmentations = augmentations
    self.lastBatch = lastBatch
  }

  /// Data that are standardised, but for a source whose input is a constant.
  public init(
    source: DataSource, order: SampleOrder = .reshuffle, augmentations: [Augmentation] = [],
    lastBatch: LastBatch = .drop
  ) {
    self.init(
      source: source, order: order, normalization: source.kind.hasConstantInput ? .none : .standardize,
      augmentations: augmentations, lastBatch: lastBatch)
  }
}

/// `data.order`.
public enum SampleOrder: String, Sendable, CaseIterable {
  /// One shuffle an epoch, divided among all shards (Goyal et al. 2017, remark 4).
  case reshuffle
  /// Each sample drawn from the whole set, with replacement.
  case iid
  /// As the files have them.
  case sequential
}

/// `data.normalize`.
public enum Normalization: String, Sendable, CaseIterable {
  /// (x − mean) ÷ deviation of the training set, per channel of an image, per column of a table.
  case standardize
  /// x ÷ 255 for bytes (digits: ÷ 16), unchanged for others.
  case unit
  /// The stored numbers.
  case none
}

/// `data.targets`: what is done to numbers that are to be predicted.
public enum TargetNormalization: String, Sendable, CaseIterable {
  /// (t − mean) ÷ deviation of the training set for training; predictions and errors are given back in the targets' units.
  case standardize
  /// The numbers of the files.
  case none
}

/// `data.lastBatch`: what becomes of the samples that do not fill a batch at the end of an epoch.
public enum LastBatch: String, Sendable, CaseIterable {
  case drop
  /// A smaller batch, averaged over its own size.
  case keep
}

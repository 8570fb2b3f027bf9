/// What a source of data is asked to load, apart from its own keys.
public struct LoadingRequest {
  /// Makes the samples of sources without files.
  public let seed: UInt64
  /// What shall be done to the numbers.
  public let normalization: Normalization
  /// Hears of every chunk of a file.
  public let progress: (LoadingProgress) -> Void

  public init(seed: UInt64, normalization: Normalization, progress: @escaping (LoadingProgress) -> Void = { _ in }) {
    self.seed = seed
    self.normalization = normalization
    self.progress = progress
  }

  /// Whether inputs will be standardised, so that they may be stored on a scale of their own.
  var standardizes: Bool { normalization == .standardize }

  /// Sets in memory, normalised by what the training set says. Numbers that a network cannot compute with are refused.
  func normalized(train: Dataset, test: Dataset) throws(DataError) -> DataSplits {
    let normalizer = Normalizer(normalization, training: train)
    try InputRange.check(train, normalizer)
    try InputRange.check(test, normalizer)
    return DataSplits(train: train, test: test, normalizer: normalizer)
  }
}

import Kernels

/// What a source of data is asked to load, apart from its own keys.
public struct LoadingRequest {
  /// Makes the samples of sources without files.
  public let seed: UInt64
  /// What shall be done to the numbers.
  public let normalization: Normalization
  /// Hears of every chunk of a file.
  public let progress: (LoadingProgress) -> Void
  /// What shall be done to numbers that are to be predicted.
  public var targets = TargetNormalization.standardize
  /// The share of the training samples that is set apart for validation, 0..<1.
  public var validationShare = 0.0
  /// Draws the samples that are set apart for validation or test; another number than the run's, so that runs of other
  /// seeds are measured on the same samples.
  public var splitSeed: UInt64 = 0
  /// When arrays are mapped rather than read.
  package var storage = ArrayStorage()
  /// Calls the closure for every number below `count`, on as many threads as there are to spare, and waits for all.
  public var forEach: @Sendable (_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Void = { count, body in
    for index in 0..<count { body(index) }
  }

  public init(seed: UInt64, normalization: Normalization, progress: @escaping (LoadingProgress) -> Void = { _ in }) {
    self.seed = seed
    self.normalization = normalization
    self.progress = progress
  }

  /// Whether inputs will be standardised, so that they may be stored on a scale of their own.
  var standardizes: Bool { normalization == .standardize }

  /// Whether numbers to predict will be standardised (``TargetScale``).
  var standardizesTargets: Bool { targets == .standardize }

  /// Sets in memory, normalised by what the training set says. Numbers that a network cannot compute with are refused.
  ///
  /// Without a validation set of the source's own, `data.validationShare` takes one from the training set.
  func normalized(
    train: Dataset, validation: Dataset? = nil, test: Dataset, input: InputForm = .numbers(NumberForm()),
    targets: TargetScale? = nil
  ) throws(DataError) -> DataSplits {
    var (train, validation) = (train, validation)
    if validation == nil, validationShare > 0 {
      let held = HeldOut.choose(share: validationShare, of: train, seed: splitSeed)
      let name = train.origin.file ?? train.name
      guard held.contains(true), held.contains(false) else {
        throw DataError(
          file: name,
          found: "\(grouped(train.count)) samples, of which data.validationShare \(validationShare) takes none or all",
          allowed: "at least one sample for training and one for validation", remedy: "change data.validationShare")
      }
      validation = train.selecting(held.indices.filter { held[$0] })
      train = train.selecting(held.indices.filter { !held[$0] })
    }
    let normalizer = Normalizer(normalization, training: train)
    try InputRange.check(train, normalizer)
    try InputRange.check(test, normalizer)
    if let validation { try InputRange.check(validation, normalizer) }
    // All passes from front to back are over.
    for set in [train, test] + (validation.map { [$0] } ?? []) { set.expectAccess(.random) }
    return DataSplits(
      train: train, validation: validation, test: test, normalizer: normalizer, input: input, targets: targets)
  }
}

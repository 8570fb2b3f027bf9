/// A training and a test set of the same shape and targets, and how their samples are normalised.
public struct DataSplits: Sendable {
  /// The samples that the weights are fitted to.
  public let train: Dataset
  /// The samples that accuracy is measured on.
  public let test: Dataset
  /// Made from the training set; applies to both.
  public let normalizer: Normalizer

  /// Two data sets and the normaliser of the first.
  public init(train: Dataset, test: Dataset, normalizer: Normalizer) {
    precondition(train.shape == test.shape, "training samples are \(train.shape), test samples \(test.shape)")
    precondition(train.outputs == test.outputs, "\(train.outputs) outputs in training, \(test.outputs) in the test")
    precondition(train.storedScale == test.storedScale, "test samples are stored on another scale than training ones")
    self.train = train
    self.test = test
    self.normalizer = normalizer
  }

  /// The number of values that a model must put out: classes, or target values.
  public var outputs: Int { train.outputs }

  /// What a user should know of the data, in words.
  public var notes: [String] { train.origin.notes + test.origin.notes }

  /// Memory of both sets.
  public var bytes: Int { train.bytes + test.bytes }
}

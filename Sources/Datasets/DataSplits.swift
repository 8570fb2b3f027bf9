/// A training and a test set of the same shape and task.
public struct DataSplits: Sendable {
  /// The samples that the weights are fitted to.
  public let train: any SampleSource
  /// The samples that accuracy is measured on.
  public let test: any SampleSource

  /// Two sources of samples that one network can take.
  public init(train: any SampleSource, test: any SampleSource) {
    precondition(train.shape == test.shape, "training samples are \(train.shape), test samples \(test.shape)")
    let (task, testTask) = (train.task, test.task)
    precondition(
      task.isClassification == testTask.isClassification && task.outputs == testTask.outputs,
      "\(task) in training, \(testTask) in the test")
    self.train = train
    self.test = test
  }

  /// Two sets in memory whose numbers pass through one normaliser, made from the first.
  public init(train: Dataset, test: Dataset, normalizer: Normalizer) {
    precondition(train.storedScale == test.storedScale, "test samples are stored on another scale than training ones")
    self.init(train: train.normalized(by: normalizer), test: test.normalized(by: normalizer))
  }

  /// What is to be predicted.
  public var task: PredictionTask { train.task }

  /// The number of values that a model must put out: classes, or target values.
  public var outputs: Int { task.outputs }

  /// What a user should know of the data, in words.
  public var notes: [String] { train.notes + test.notes }

  /// Memory of both sets.
  public var memoryBytes: Int { train.memoryBytes + test.memoryBytes }
}

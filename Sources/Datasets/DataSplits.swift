/// A training and a test set of the same shape and task, and maybe a validation set.
public struct DataSplits: Sendable {
  /// The samples that the weights are fitted to.
  public let train: any SampleSource
  /// The samples that choose among the weights of a run; `nil` leaves the choice to the test set.
  public let validation: (any SampleSource)?
  /// The samples that tell how good the result is: looked at once where there is a validation set.
  public let test: any SampleSource
  /// How other data of the same kind become inputs; `nil` for sources of a program's own, which know themselves.
  public let preprocessing: Preprocessing?

  /// Sources of samples that one network can take.
  public init(
    train: any SampleSource, validation: (any SampleSource)? = nil, test: any SampleSource,
    preprocessing: Preprocessing? = nil
  ) {
    for (other, name) in [(test, "test"), (validation ?? test, "validation")] {
      precondition(train.shape == other.shape, "training samples are \(train.shape), \(name) samples \(other.shape)")
      let (task, otherTask) = (train.task, other.task)
      precondition(
        task.isClassification == otherTask.isClassification && task.outputs == otherTask.outputs,
        "\(task) in training, \(otherTask) in the \(name) set")
    }
    self.train = train
    self.validation = validation
    self.test = test
    self.preprocessing = preprocessing
  }

  /// Sets in memory whose numbers pass through one normaliser, made from the first.
  ///
  /// - Parameters:
  ///   - input: what the samples are read from.
  ///   - targets: how numbers to predict were scaled; left out, they are as the files have them.
  public init(
    train: Dataset, validation: Dataset? = nil, test: Dataset, normalizer: Normalizer,
    input: InputForm = .numbers(NumberForm()), targets: TargetScale? = nil
  ) {
    precondition(train.storedScale == test.storedScale, "test samples are stored on another scale than training ones")
    let train = train.normalized(by: normalizer)
    let answers: AnswerForm =
      switch train.targets {
      case .classes: .classes(names: train.classNames)
      case .values(_, let width): .values(targets ?? .identity(width: width))
      }
    self.init(
      train: train, validation: validation?.normalized(by: normalizer), test: test.normalized(by: normalizer),
      preprocessing: Preprocessing(shape: train.shape, input: input, scale: InputScale(train), answers: answers))
  }

  /// How numbers to predict were scaled for training: not at all, for sources that do not say.
  public var targetScale: TargetScale? {
    guard case .regression(let width) = task else { return nil }
    if case .values(let scale)? = preprocessing?.answers { return scale }
    return .identity(width: width)
  }

  /// What a network's outputs say.
  package var answers: AnswerForm {
    if let preprocessing { return preprocessing.answers }
    return switch task {
    case .classification(let names): .classes(names: names)
    case .regression(let width): .values(.identity(width: width))
    }
  }

  /// The samples that choose among the weights of a run: those of validation or, without, those of the test.
  public var judging: any SampleSource { validation ?? test }

  /// What is to be predicted.
  public var task: PredictionTask { train.task }

  /// The number of values that a model must put out: classes, or target values.
  public var outputs: Int { task.outputs }

  /// What a user should know of the data, in words.
  public var notes: [String] { train.notes + (validation?.notes ?? []) + test.notes }

  /// Memory of all sets.
  public var memoryBytes: Int { train.memoryBytes + (validation?.memoryBytes ?? 0) + test.memoryBytes }
}

import Kernels

/// Two files a split: an array of inputs and an array of labels or targets.
///
/// Inputs [N] or [N, D] are features, [N, H, W] and [N, H, W, C] images. Whole numbers [N] or [N, 1] are class numbers
/// from 0; real numbers, and whole numbers [N, D], are target values.
struct ArrayPairs {
  let name: String
  /// The names of all classes where they are known beforehand; otherwise the training labels tell their number.
  var classNames: [String]?
  /// Whether the inputs will be standardised, so that they may be stored on a scale of their own.
  let standardizes: Bool
  let open: (String, @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile
  /// More classes than any known data set has, and few enough that a file of other numbers is told apart.
  private static let mostClasses = 1_000_000

  /// Both splits, which agree in the shape of their samples and the kind of their targets.
  func load(
    train: ImageLabelPaths, test: ImageLabelPaths, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> (Dataset, Dataset) {
    let training = try load(train, like: nil, progress)
    return (training, try load(test, like: training, progress))
  }

  private func load(
    _ paths: ImageLabelPaths, like training: Dataset?, _ progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> Dataset {
    let inputs = try open(expanded(paths.inputs), progress)
    let answers = try open(expanded(paths.labels), progress)
    let shape = SampleShape(dimensions: Array(inputs.dimensions.dropFirst()))
    guard inputs.count == answers.count else {
      throw DataError(
        file: answers.reader.path,
        found: "\(grouped(answers.count)) labels for the \(grouped(inputs.count)) samples of \(inputs.reader.path)",
        allowed: "one label a sample", remedy: "check that both files belong to the same split")
    }
    guard training == nil || training?.shape == shape else {
      throw DataError(
        file: inputs.reader.path, found: "test samples of \(shape)", allowed: "\(training!.shape), as in training",
        remedy: "check the paths of training and test set")
    }
    let targets = try targets(answers, like: training)
    var survey = ColumnSurvey(columns: shape.channels)
    var scale = training?.storedScale
    var samples = try inputs.samples(scale, survey: &survey)
    if training == nil, standardizes, let wanted = survey.storedScale() {
      // Known only now; the file is read again, so that no array needs the memory of doubles, or that of two.
      scale = wanted
      samples = .bytes(Buffer(count: 0))
      var again = ColumnSurvey(columns: shape.channels)
      samples = try open(expanded(paths.inputs), progress).samples(scale, survey: &again)
    }
    var dataset = Dataset(
      name: name, shape: shape, samples: samples, targets: targets.0, classNames: targets.names, storedScale: scale)
    dataset.origin = DataOrigin(file: inputs.reader.path)
    if training == nil { dataset.origin.notes = notes(survey, inputs, dataset) + targets.notes }
    return dataset
  }

  private func notes(_ survey: ColumnSurvey, _ file: ArrayFile, _ dataset: Dataset) -> [String] {
    var notes: [String] = []
    if file.format.kind != .real, survey.reachesBeyondDoubles {
      notes.append("\(file.reader.path): whole numbers beyond 2^53 are rounded to double precision")
    }
    if !standardizes {
      notes += survey.lostDigits(
        { "\(file.reader.path): " + dataset.origin.columnName($0, shape: dataset.shape) },
        remedy: "\"normalize\": \"standardize\" would keep them")
    }
    return notes
  }

  private func targets(
    _ file: ArrayFile, like training: Dataset?
  ) throws(DataError) -> (Dataset.Targets, names: [String]?, notes: [String]) {
    let width = file.dimensions.dropFirst().reduce(1, *)
    let areClasses = file.format.kind != .real && width == 1
    if let training { try requireSameKind(file, areClasses: areClasses, width: width, training) }
    guard areClasses else {
      guard classNames == nil else {
        throw DataError(
          file: file.reader.path, found: "labels of shape \(file.dimensions)", allowed: "one class number a sample",
          remedy: "check that this is the file of labels")
      }
      var survey = ColumnSurvey(columns: width)
      let values = try file.values(survey: &survey)
      let notes = survey.lostDigits(
        { "\(file.reader.path): target \($0) (from 0)" }, remedy: "subtract a constant from these targets")
      return (.values(values, width: width), nil, notes)
    }
    if let known = classNames ?? training?.classNames {
      let remedy = classNames == nil ? "check that every class occurs in training" : DataError.copyAgain
      return (.classes(try file.labels(below: known.count, remedy: remedy), count: known.count), known, [])
    }
    let labels = try file.labels(
      below: Self.mostClasses, remedy: "number the classes from 0, or save real numbers for a regression")
    let classes = 1 + labels.view.indices.reduce(0) { max($0, Int(labels.view[$1])) }
    guard classes > 1 else {
      throw DataError(
        file: file.reader.path, found: "every label is 0", allowed: "at least two classes",
        remedy: "check that this is the file of labels")
    }
    return (.classes(labels, count: classes), nil, [])
  }

  private func requireSameKind(
    _ file: ArrayFile, areClasses: Bool, width: Int, _ training: Dataset
  ) throws(DataError) {
    let matches =
      switch training.targets {
      case .classes: areClasses
      case .values(_, let trainingWidth): !areClasses && width == trainingWidth
      }
    guard matches else {
      let kind = areClasses ? "class numbers" : "\(width) target value\(width == 1 ? "" : "s") a sample"
      throw DataError(
        file: file.reader.path, found: kind, allowed: "the same kind and number of targets as in training",
        remedy: "write both splits in the same way")
    }
  }
}

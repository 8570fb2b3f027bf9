import Kernels

/// Two arrays a split, inputs and labels or targets, wherever they lie: loaded and matched.
///
/// Inputs [N] or [N, D] are features, [N, H, W], [N, H, W, C] and [N, C, H, W] images (``ArrayLayout``). What the labels
/// are is decided by those of training (``ArrayTargets``).
struct ArraySplits {
  /// The two arrays of a split; each is opened before every pass over it.
  struct Split {
    /// Such as `training`, for messages.
    let name: String
    let inputs: Opening
    let labels: Opening
  }
  /// Opens an array; what is given hears of every chunk that is read.
  typealias Opening = (@escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile

  let name: String
  /// The names of all classes where they are known beforehand; otherwise the training labels tell them.
  var classNames: [String]?
  var task = ArrayTask.auto
  var layout = ArrayLayout.auto
  /// Whether the inputs will be standardised, so that they may be stored on a scale of their own.
  let standardizes: Bool
  /// Whether numbers to predict will be standardised.
  var standardizesTargets = true
  var storage = ArrayStorage()
  /// Hears of every chunk of a file.
  var progress: (LoadingProgress) -> Void = { _ in }

  /// What was loaded.
  struct Loaded {
    /// In the order of the splits, training first.
    var sets: [Dataset]
    /// How numbers to predict are scaled; `nil` for classes.
    var targets: TargetScale?
    /// How inputs to predict from are laid out.
    var form: NumberForm
  }

  /// Loads splits that agree in the shape of their samples and the kind of their targets, training first.
  func load(_ splits: [Split]) throws(DataError) -> Loaded {
    var shape: SampleShape?
    var isChannelsFirst = false
    var note: String?
    var answers: [ArrayAnswers] = []
    var counts: [(inputs: Int, labels: Int, path: String)] = []
    for split in splits {
      let inputs = try split.inputs { _ in }
      let labels = try split.labels(progress)
      try requireOrder(inputs, labels)
      counts.append((inputs.count, labels.count, labels.path))
      if shape == nil { (isChannelsFirst, note) = try layout.isChannelsFirst(inputs) }
      let found = Self.shape(inputs, isChannelsFirst: isChannelsFirst)
      guard shape == nil || shape == found else {
        throw DataError(
          file: inputs.path, found: "\(split.name) samples of \(found)", allowed: "\(shape!), as in training",
          remedy: "check the paths of training and \(split.name) set")
      }
      shape = found
      if inputs.count == labels.count { answers.append(try ArrayAnswers(labels)) }
    }
    try requireCounts(counts, splits)
    let targets = try ArrayTargets(
      answers[0], others: Array(answers.dropFirst()), task: task, classNames: classNames,
      standardizes: standardizesTargets)

    var sets: [Dataset] = []
    for (split, answers) in zip(splits, answers) {
      sets.append(
        try dataset(
          split, shape: shape!, isChannelsFirst: isChannelsFirst, targets: targets, answers: answers,
          training: sets.first, note: note))
    }
    return Loaded(sets: sets, targets: targets.scale, form: NumberForm(isChannelsFirst: isChannelsFirst))
  }

  /// Loads one split, whose answers have been read.
  private func dataset(
    _ split: Split, shape: SampleShape, isChannelsFirst: Bool, targets: ArrayTargets, answers: ArrayAnswers,
    training: Dataset?, note: String?
  ) throws(DataError) -> Dataset {
    let inputs = ArrayInputs(
      open: { () throws(DataError) in try split.inputs(progress) }, isChannelsFirst: isChannelsFirst,
      channels: shape.channels, storage: storage)
    let what = try targets.targets(answers)
    let loaded = try inputs.load(scale: training?.storedScale, choosesScale: training == nil && standardizes)
    let file = try split.inputs { _ in }
    var dataset = Dataset(
      name: name, shape: shape, samples: loaded.samples, targets: what, classNames: targets.classNames,
      storedScale: loaded.scale)
    dataset.origin = DataOrigin(file: file.path)
    dataset.origin.survey = loaded.survey
    dataset.origin.notes = loaded.notes
    guard let training else {
      dataset.origin.notes += (note.map { [$0] } ?? []) + notes(loaded.survey, file, dataset) + targets.notes
      return dataset
    }
    if training.isOfBytes != dataset.isOfBytes {
      dataset.origin.notes.append(
        "\(file.path): the array is \(file.summary), that of training is \(training.isOfBytes ? "bytes" : "not"); its "
          + "numbers are taken to have the same scale")
    }
    return dataset
  }

  private static func shape(_ file: ArrayFile, isChannelsFirst: Bool) -> SampleShape {
    var dimensions = Array(file.dimensions.dropFirst())
    if isChannelsFirst, dimensions.count == 3 { dimensions.append(dimensions.removeFirst()) }
    return SampleShape(dimensions: dimensions)
  }

  // MARK: What does not match

  /// Refuses images where labels belong.
  private func requireOrder(_ inputs: ArrayFile, _ labels: ArrayFile) throws(DataError) {
    guard inputs.width == 1, labels.width > 1, task != .regression, !inputs.format.isText,
      labels.dimensions.count > 2 || inputs.format.isInteger
    else { return }
    throw DataError(
      file: labels.path,
      found:
        "\(grouped(labels.count)) samples of \(SampleShape(dimensions: Array(labels.dimensions.dropFirst()))) where "
        + "labels belong, and one number a sample in \(inputs.path)",
      allowed: "inputs in \"inputs\" and labels in \"labels\"", remedy: "exchange the two, which seem to be swapped")
  }

  private func requireCounts(_ counts: [(inputs: Int, labels: Int, path: String)], _ splits: [Split]) throws(DataError)
  {
    guard let wrong = counts.indices.first(where: { counts[$0].inputs != counts[$0].labels }) else { return }
    let other = counts.indices.first {
      $0 != wrong && counts[$0].labels == counts[wrong].inputs && counts[wrong].labels == counts[$0].inputs
    }
    throw DataError(
      file: counts[wrong].path,
      found: "\(grouped(counts[wrong].labels)) labels for the \(grouped(counts[wrong].inputs)) samples of "
        + "\(try splits[wrong].inputs({ _ in }).path)",
      allowed: "one label a sample",
      remedy: other.map {
        "exchange the labels of \(splits[wrong].name) and \(splits[$0].name) set, which seem to be swapped"
      } ?? "check that both files belong to the same split")
  }

  private func notes(_ survey: ColumnSurvey?, _ file: ArrayFile, _ dataset: Dataset) -> [String] {
    guard let survey else { return [] }
    var notes: [String] = []
    if file.format.isInteger, survey.reachesBeyondDoubles {
      notes.append("\(file.path): whole numbers beyond 2^53 are rounded to double precision")
    }
    if !standardizes {
      notes += survey.lostDigits(
        { "\(file.path): " + dataset.origin.columnName($0, shape: dataset.shape) },
        remedy: "\"normalize\": \"standardize\" would keep them")
    }
    return notes
  }
}

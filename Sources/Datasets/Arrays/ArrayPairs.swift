/// Two files a split: an array of inputs and an array of labels or targets.
struct ArrayPairs {
  let name: String
  /// The names of all classes where they are known beforehand; otherwise the training labels tell their number.
  var classNames: [String]?
  /// Whether the inputs will be standardised, so that they may be stored on a scale of their own.
  let standardizes: Bool
  let open: (String, @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile

  /// Both splits, which agree in the shape of their samples and the kind of their targets.
  func load(
    train: ImageLabelPaths, test: ImageLabelPaths, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> (Dataset, Dataset) {
    var splits = ArraySplits(name: name, classNames: classNames, standardizes: standardizes)
    splits.progress = progress
    let sets = try splits.load([
      .files(train, name: "training", open: open), .files(test, name: "test", open: open),
    ]).sets
    return (sets[0], sets[1])
  }
}

extension ArraySplits.Split {
  /// The arrays of two files.
  static func files(
    _ paths: ImageLabelPaths, name: String,
    open: @escaping (String, @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile
  ) -> ArraySplits.Split {
    let (inputs, labels) = (expanded(paths.inputs), expanded(paths.labels))
    return ArraySplits.Split(
      name: name, inputs: { (progress) throws(DataError) in try open(inputs, progress) },
      labels: { (progress) throws(DataError) in try open(labels, progress) })
  }
}

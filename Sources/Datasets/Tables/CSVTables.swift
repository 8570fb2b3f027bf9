import Kernels

/// A training and a test table in CSV: columns of numbers, and a label or target values.
enum CSVTables {
  /// Both splits. Classes and columns are the training table's; the test table must fit them.
  ///
  /// - Parameter standardizes: whether the inputs will be standardised, so that they may be stored on a scale of their
  ///   own.
  static func load(
    train: String, test: String, configuration: CSVConfiguration, standardizes: Bool,
    progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> (Dataset, Dataset) {
    var training = try CSVTable(path: train, configuration: configuration, progress: progress)
    try training.readRows()
    if standardizes, let scale = training.inputSurvey.storedScale() {
      // Known only now; the file is read again, so that no table needs the memory of doubles.
      training = try CSVTable(path: train, configuration: configuration, scale: scale, progress: progress)
      try training.readRows()
    }
    var testing = try CSVTable(
      path: test, configuration: configuration, like: training.columns, scale: training.storedScale, progress: progress)
    try testing.readRows()
    var splits: (train: Dataset, test: Dataset)
    var notes: [String] = []
    if configuration.regression {
      splits = (training.regression(), testing.regression())
    } else {
      let classes = try CSVClasses(of: training)
      splits = (try training.classification(classes), try testing.classification(classes))
      notes = classes.notes
    }
    if !standardizes {
      notes += training.inputSurvey.lostDigits(
        { "\(train): " + splits.train.origin.columnName($0, shape: splits.train.shape) },
        remedy: "\"normalize\": \"standardize\" would keep them")
    }
    splits.train.origin.notes += notes
    return splits
  }
}

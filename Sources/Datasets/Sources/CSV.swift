import Keys

/// `"dataset": "csv"`: one table a split.
package struct CSVSource: DataSourceKind {
  let train: String
  let test: String
  package let table: CSVConfiguration

  package static let name = "csv"
  package static let about = "Tables, one a split."

  package static func keys(_ section: Section, _ value: CSVSource?) -> CSVSource {
    CSVSource(
      train: section.required("train", value?.train, .path, "Table of the training set."),
      test: section.required("test", value?.test, .path, "Table of the test set."),
      table: CSVConfiguration(
        header: section.optional(
          "header", value?.table.header, .flag, "Whether the first row names the columns. Left out: it is looked at."),
        labels: section.required(
          "label", value?.table.labels, .columns,
          """
          Column of the label, or list of columns to predict: names, or numbers from 0; negative numbers count from \
          the end (-1 is the last).
          """),
        regression: section.key(
          "task", value?.table.regression, .task, default: false,
          "Whether the label columns are classes, or numbers to predict.")))
  }

  package var mayBeImages: Bool { false }
  package var isRegression: Bool { table.regression }
}

extension DataSource {
  /// One table a split.
  public static func csv(train: String, test: String, _ table: CSVConfiguration) -> DataSource {
    DataSource(CSVSource(train: train, test: test, table: table))
  }
}

extension CSVSource {
  /// Both splits. Classes and columns are the training table's; the test table must fit them.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let (train, test) = (expanded(train), expanded(test))
    let (standardizes, progress) = (request.standardizes, request.progress)
    var training = try CSVTable(path: train, configuration: table, progress: progress)
    try training.readRows()
    if standardizes, let scale = training.inputSurvey.storedScale() {
      // Known only now; the file is read again, so that no table needs the memory of doubles.
      training = try CSVTable(path: train, configuration: table, scale: scale, progress: progress)
      try training.readRows()
    }
    var testing = try CSVTable(
      path: test, configuration: table, like: training.columns, scale: training.storedScale, progress: progress)
    try testing.readRows()
    var splits: (train: Dataset, test: Dataset)
    var notes: [String] = []
    if table.regression {
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
    return try request.normalized(train: splits.train, test: splits.test)
  }
}

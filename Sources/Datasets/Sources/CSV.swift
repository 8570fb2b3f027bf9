import Keys

/// `"dataset": "csv"`: one table a split, or one of which a share of the rows is the test set.
package struct CSVSource: DataSourceKind {
  /// Where the rows are.
  package enum Files: Sendable, Equatable {
    case tables(train: String, validation: String?, test: String)
    case one(path: String, testShare: Double)
  }

  package let files: Files
  package let table: CSVConfiguration

  package static let name = "csv"
  package static let about = "Tables: one a split, or one of which a share of the rows is drawn for the test."

  package static func keys(_ section: Section, _ value: CSVSource?) -> CSVSource {
    CSVSource(files: Files.keys(section, value?.files), table: CSVConfiguration.keys(section, value?.table))
  }

  package var mayBeImages: Bool { false }
  package var isRegression: Bool? { table.labels.count > 1 ? true : table.regression }
}

extension CSVSource.Files {
  fileprivate static func keys(_ section: Section, _ value: Self?) -> Self {
    section.alternatives(
      value,
      [
        Case(
          "train", "One table a split.",
          { files -> (train: String, validation: String?, test: String)? in
            if case .tables(let train, let validation, let test) = files { (train, validation, test) } else { nil }
          }
        ) { section, paths in
          .tables(
            train: section.required("train", paths?.train, .path, "Table of the training set."),
            validation: section.optional(
              "validation", paths?.validation, .path,
              "Table of the validation set, which chooses the best weights. Left out: data.validationShare may take one."
            ),
            test: section.required("test", paths?.test, .path, "Table of the test set."))
        },
        Case(
          "path", "One table for all sets.",
          { files -> (path: String, testShare: Double)? in
            if case .one(let path, let share) = files { (path, share) } else { nil }
          }
        ) { section, one in
          .one(
            path: section.required(
              "path", one?.path, .path,
              "One table, of which a share of the rows is drawn for the test; in place of train and test."),
            testShare: section.key(
              "testShare", one?.testShare, .number(.above(0, below: 1)), default: 0.2,
              "Share of the rows that is the test set, drawn by data.splitSeed; of classes, the share of each."))
        },
      ])
  }
}

extension DataSource {
  /// One table a split.
  public static func csv(
    train: String, validation: String? = nil, test: String, _ table: CSVConfiguration
  ) -> DataSource {
    DataSource(CSVSource(files: .tables(train: train, validation: validation, test: test), table: table))
  }

  /// One table, of which a share of the rows is drawn for the test.
  public static func csv(path: String, testShare: Double = 0.2, _ table: CSVConfiguration) -> DataSource {
    precondition(testShare > 0 && testShare < 1, "a test share of \(testShare)")
    return DataSource(CSVSource(files: .one(path: path, testShare: testShare), table: table))
  }
}

extension CSVSource {
  /// All sets. Classes and columns are the training rows'; the other tables must fit them.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    var loader = TableLoader(table, request)
    switch files {
    case .tables(let train, let validation, let test):
      return try loader.load(
        .tables(train: expanded(train), validation: validation.map(expanded), test: expanded(test)))
    case .one(let path, let testShare): return try loader.load(.one(path: expanded(path), testShare: testShare))
    }
  }
}

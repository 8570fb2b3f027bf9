import Kernels

extension TableLoader {
  /// What is to be predicted of each row of a table.
  struct Answers {
    let isRegression: Bool
    /// The class of each row; `nil` for a regression.
    let classes: [Int32]?
    /// Names of the classes; `nil` for a regression.
    var names: [String]? { vocabulary?.names }
    /// What a user should know of the classes.
    let notes: [String]
    private let vocabulary: CSVClasses?
    /// [rows, width], in the file's units.
    private let numbers: [Double]
    private let width: Int

    /// Those of the training table, whose labels are the classes.
    init(_ table: RawTable, isRegression: Bool, path: String) throws(DataError) {
      let vocabulary =
        isRegression ? nil : try CSVClasses(table.labels.texts, path: path, column: table.header.labels[0])
      try self.init(table, vocabulary, path: path)
    }

    /// Those of another table.
    func of(_ table: RawTable, path: String) throws(DataError) -> Answers {
      try Answers(table, vocabulary, path: path)
    }

    private init(_ table: RawTable, _ vocabulary: CSVClasses?, path: String) throws(DataError) {
      self.vocabulary = vocabulary
      isRegression = vocabulary == nil
      width = table.header.labels.count
      notes = vocabulary?.notes(path: path) ?? []
      if let vocabulary {
        let classOfText = try vocabulary.numbers(of: table.labels.texts, path: path)
        classes = table.labels.codes.map { classOfText[Int($0)] }
        numbers = []
      } else {
        classes = nil
        numbers = table.labels.targets()
      }
    }

    /// How numbers to predict are scaled, by the training rows; `nil` for classes.
    func targetScale(_ table: RawTable, rows: [Int], standardizes: Bool, names: [String]) -> TargetScale? {
      guard isRegression else { return nil }
      guard standardizes else { return .identity(names: names) }
      let training =
        rows.count * width == numbers.count
        ? numbers : rows.flatMap { numbers[$0 * width..<($0 + 1) * width] }
      return TargetScale(of: training, names: names)
    }

    /// A remark for each target that single precision tells apart badly: those that are not standardised.
    func lostDigits(_ table: RawTable) -> [String] {
      var survey = ColumnSurvey(columns: width)
      for index in numbers.indices { survey.add(numbers[index], column: index % width) }
      return survey.lostDigits(
        { "\(table.path): target column \(table.header.description(table.header.labels[$0]))" },
        remedy: "\"targets\": \"standardize\" would keep them")
    }

    /// The targets of some rows, or of all.
    func targets(_ rows: [Int]?, _ scale: TargetScale?, path: String) throws(DataError) -> Dataset.Targets {
      if let classes {
        return .classes(Buffer(rows.map { $0.map { classes[$0] } } ?? classes), count: names?.count ?? 0)
      }
      let chosen = rows.map { $0.flatMap { numbers[$0 * width..<($0 + 1) * width] } } ?? numbers
      let targets = scale?.standardized(chosen) ?? Buffer(chosen.map(Float.init))
      guard let index = targets.view.indices.first(where: { !targets.view[$0].isFinite }) else {
        return .values(targets, width: width)
      }
      throw DataError(
        file: path, found: "the number \(chosen[index]) to predict, far beyond the training rows'",
        allowed: "numbers that single precision holds once they are standardised", remedy: "correct the number")
    }
  }
}

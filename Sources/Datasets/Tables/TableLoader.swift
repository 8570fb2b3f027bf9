import Kernels

/// Loads the sets of a run from tables: what their columns hold, vocabularies and means come from the training rows alone.
struct TableLoader {
  let configuration: CSVConfiguration
  let request: LoadingRequest
  private var notes: [String] = []

  init(_ configuration: CSVConfiguration, _ request: LoadingRequest) {
    self.configuration = configuration
    self.request = request
  }

  /// Where each set's rows are.
  enum Files {
    case tables(train: String, validation: String?, test: String)
    /// One table, of which a share of the rows is drawn for the test.
    case one(path: String, testShare: Double)
  }

  /// Reads the files and makes normalised sets of them.
  mutating func load(_ files: Files) throws(DataError) -> DataSplits {
    let (path, testShare): (String, Double) =
      switch files {
      case .tables(let train, _, _): (train, 0)
      case .one(let path, let share): (path, share)
      }
    var (table, rules) = try readTraining(path)
    let (isRegression, reason) = table.labels.decided()
    if let reason { notes.append("\(path): \(reason)") }
    let answers = try Answers(table, isRegression: isRegression, path: path)
    notes += answers.notes
    if isRegression, !request.standardizesTargets { notes += answers.lostDigits(table) }
    let (decision, rows) = try decide(table, rules, answers, testShare: testShare)
    notes += decision.notes
    let targets = answers.targetScale(
      table, rows: rows.train, standardizes: request.standardizesTargets, names: decision.form.labels)
    let encoder = TableEncoder(form: decision.form, places: decision.places)
    // The values may leave the table, so what else is asked of it comes first.
    let all = rows.all
    let whole = try dataset(&table, encoder, answers, targets, rows: all)
    var train = all.count == rows.train.count ? whole : whole.selecting(Self.places(of: rows.train, in: all))
    var validation = rows.validation.isEmpty ? nil : whole.selecting(Self.places(of: rows.validation, in: all))
    var test = rows.test.isEmpty ? nil : whole.selecting(Self.places(of: rows.test, in: all))
    if case .tables(_, let validationPath, let testPath) = files {
      if let validationPath {
        guard validation == nil else {
          throw DataError(
            file: validationPath, found: "a validation table, and a data.validationShare besides",
            allowed: "one of them",
            remedy: "remove data.validation or data.validationShare from the config")
        }
        validation = try other(validationPath, encoder, table, answers, targets)
      }
      test = try other(testPath, encoder, table, answers, targets)
    }
    train.origin.notes = notes
    guard let test else { preconditionFailure("tables without a test set") }
    return try request.normalized(
      train: train, validation: validation, test: test, input: .table(decision.form), targets: targets)
  }

  private static func places(of rows: [Int], in all: [Int]) -> [Int] {
    if all.count == (all.last ?? -1) + 1 { return rows }
    let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
    return rows.map { places[$0]! }
  }

  // MARK: Reading

  /// The training table. It is read again where columns turn out to hold something else than their first rows, or where
  /// numbers need a scale of their own: no table needs the memory of doubles.
  private mutating func readTraining(_ path: String) throws(DataError) -> (RawTable, [ColumnRule?]) {
    var retyped: [Int: CellReading] = [:]
    var scale: StoredScale?
    while true {
      let reader = try CSVReader(path: path, configuration: configuration, progress: request.progress)
      let header = try TableHeader(reader.sample, path: path, configuration: configuration)
      let plan = try TablePlan(header, reader.sample, path: path, configuration: configuration, retyped: retyped)
      let table = try RawTable(
        reader, header,
        RawTable.Plan(columns: plan.columns, scale: scale, regression: configuration.regression),
        missing: configuration.missingMatcher, request)
      let changes = try plan.retyped(by: table)
      if !changes.isEmpty {
        retyped.merge(changes) { $1 }
        continue
      }
      if request.standardizes, scale == nil, let needed = table.survey.storedScale() {
        scale = needed
        continue
      }
      say(table, header.notes + plan.notes)
      if !request.standardizes {
        notes += table.survey.lostDigits(
          { "\(path): column \"\(table.columns[$0].name)\"" }, remedy: "\"normalize\": \"standardize\" would keep them")
      }
      return (table, plan.rules)
    }
  }

  private mutating func say(_ table: RawTable, _ more: [String]) {
    if let note = table.formatNote { notes.append(note) }
    notes += more
    if let note = table.labels.note { notes.append(note) }
    if table.commentCount > 0 {
      notes.append(
        "\(table.path): \(grouped(table.commentCount)) row\(table.commentCount == 1 ? " that begins" : "s that begin") with # "
          + (table.commentCount == 1 ? "is taken for a comment" : "are taken for comments"))
    }
  }

  /// A validation or test table.
  private mutating func other(
    _ path: String, _ encoder: TableEncoder, _ training: RawTable, _ answers: Answers, _ targets: TargetScale?
  ) throws(DataError) -> Dataset {
    let form = encoder.form
    let reader = try CSVReader(path: path, configuration: configuration, progress: request.progress)
    let match = try TableMatch(
      form, reader.sample, path: path, isPresent: configuration.header, needsLabels: true)
    let columns = zip(form.columns, match.positions).map { ($1, $0.name, TableMatch.reading($0.kind)) }
    let plan = RawTable.Plan(
      columns: columns, scale: training.scale?.picking(encoder.places.map { $0 }), regression: answers.isRegression)
    var table = try RawTable(reader, match.header, plan, missing: configuration.missingMatcher, request)
    say(table, match.notes)
    for column in table.columns {
      if let cell = column.firstOther { throw TablePlan.refusal(cell, column, table.header, path: path) }
      if configuration.missing == .refuse, let row = column.firstMissing { throw missingCell(table, column, row) }
    }
    let answers = try answers.of(table, path: path)
    let rows =
      configuration.missing == .drop ? Self.complete(table, places: Array(columns.indices)) : Array(0..<table.count)
    try sayDropped(table, rows)
    let own = TableEncoder(form: form, places: Array(form.columns.indices))
    return try dataset(&table, own, answers, targets, rows: rows)
  }

  private func missingCell(_ table: RawTable, _ column: RawTable.Column, _ row: Int) -> DataError {
    DataError(
      file: table.path, found: "a missing cell in row \(row), column \(table.header.description(column.position))",
      allowed: column.reading.allowed, remedy: "fill in the cell, or let data.missing be \"mean\" or \"drop\"")
  }

  /// Rows without missing cells in some columns.
  private static func complete(_ table: RawTable, places: [Int]) -> [Int] {
    let width = table.columns.count
    return (0..<table.count).filter { row in !places.contains { table.values[row * width + $0].isNaN } }
  }

  private mutating func sayDropped(_ table: RawTable, _ rows: [Int]) throws(DataError) {
    let count = table.count - rows.count
    guard count > 0 else { return }
    guard !rows.isEmpty else {
      throw DataError(
        file: table.path, found: "a missing cell in every row", allowed: "some rows without",
        remedy: "let data.missing be \"mean\", or data.columns ignore the column")
    }
    notes.append(
      "\(table.path): \(grouped(count)) row\(count == 1 ? "" : "s") with missing cells \(count == 1 ? "is" : "are") left out, as data.missing says"
    )
  }

  // MARK: Deciding

  /// Rows of the training table by set.
  struct Rows {
    var train: [Int]
    var validation: [Int] = []
    var test: [Int] = []

    /// In the table's order.
    var all: [Int] { validation.isEmpty && test.isEmpty ? train : (train + validation + test).sorted() }
  }

  private mutating func decide(
    _ table: RawTable, _ rules: [ColumnRule?], _ answers: Answers, testShare: Double
  ) throws(DataError) -> (TableDecision, Rows) {
    var usable = Array(0..<table.count)
    if configuration.missing != .mean {
      // Which columns count is known only after a first look.
      let first = try TableDecision(table, rules: rules, rows: usable, configuration: configuration)
      if configuration.missing == .refuse {
        for place in first.places {
          if let row = table.columns[place].firstMissing { throw missingCell(table, table.columns[place], row) }
        }
      } else {
        usable = Self.complete(table, places: first.places)
        try sayDropped(table, usable)
      }
    }
    let rows = try split(table, usable, answers, testShare: testShare)
    return (try TableDecision(table, rules: rules, rows: rows.train, configuration: configuration), rows)
  }

  private mutating func split(
    _ table: RawTable, _ usable: [Int], _ answers: Answers, testShare: Double
  ) throws(DataError) -> Rows {
    var rows = Rows(train: usable)
    for (share, name) in [(testShare, "testShare"), (request.validationShare, "validationShare")] where share > 0 {
      let held = HeldOut.choose(
        share: share, classes: answers.classes.map { classes in rows.train.map { classes[$0] } },
        count: rows.train.count, seed: request.splitSeed)
      let drawn = held.indices.filter { held[$0] }.map { rows.train[$0] }
      guard !drawn.isEmpty, drawn.count < rows.train.count else {
        throw DataError(
          file: table.path,
          found: "\(grouped(rows.train.count)) rows, of which data.\(name) \(share) takes none or all",
          allowed: "at least one row for each set", remedy: "change data.\(name), or add rows")
      }
      notes.append(
        "\(table.path): \(grouped(drawn.count)) of \(grouped(rows.train.count)) rows are drawn for "
          + (name == "testShare" ? "the test" : "validation")
          + " (data.\(name) \(share)\(answers.isRegression ? "" : ", of each class")); data.splitSeed draws others")
      if name == "testShare" { rows.test = drawn } else { rows.validation = drawn }
      rows.train = held.indices.filter { !held[$0] }.map { rows.train[$0] }
    }
    return rows
  }

  // MARK: Sets in memory

  private func dataset(
    _ table: inout RawTable, _ encoder: TableEncoder, _ answers: Answers, _ targets: TargetScale?, rows: [Int]
  ) throws(DataError) -> Dataset {
    let isWhole = rows.count == table.count
    let storedScale = encoder.storedScale(table)
    let numbers = table.rowNumbers
    let (inputs, unknown) = try encoder.inputs(&table, rows: rows)
    var dataset = Dataset(
      name: CSVSource.name, shape: .features(encoder.form.width), samples: .floats(inputs),
      targets: try answers.targets(isWhole ? nil : rows, targets, path: table.path), classNames: answers.names,
      storedScale: storedScale)
    dataset.origin = DataOrigin(file: table.path)
    if encoder.form.hasHeader { dataset.origin.columnNames = encoder.form.inputNames }
    dataset.origin.notes = encoder.notes(unknown: unknown, path: table.path)
    if let first = numbers.first, let last = numbers.last, isWhole, Int(last - first) + 1 == numbers.count {
      dataset.origin.firstRow = Int(first)
    }
    dataset.origin.rowNumbers = isWhole ? numbers : rows.map { numbers[$0] }
    return dataset
  }
}

import Datasets
import Kernels

/// Looks at data as a user should before training: what is in it, and what may be wrong with it.
package struct DataInspector {
  /// Numbers that are looked at in each set, at most: minutes of one core.
  private static let mostNumbers = 1 << 34

  private let train: any SampleSource
  private let validation: (any SampleSource)?
  private let test: (any SampleSource)?
  private let hasAnswers: Bool
  private let columnNames: [String]
  private let targetNames: [String]

  /// Looks at samples that were loaded without normalising inputs and targets.
  package init(_ data: BareData) {
    self.init(
      train: data.train, validation: data.validation, test: data.test, targetNames: data.targetNames,
      hasAnswers: data.hasAnswers)
  }

  /// Looks at sets; `hasAnswers` is false where the targets stand in for none.
  package init(
    train: any SampleSource, validation: (any SampleSource)? = nil, test: (any SampleSource)? = nil,
    targetNames: [String] = [], hasAnswers: Bool = true
  ) {
    self.train = train
    self.validation = validation
    self.test = test
    self.hasAnswers = hasAnswers
    self.targetNames = targetNames
    let names = (train as? Dataset)?.origin.columnNames ?? []
    let channels = train.shape.channels
    if train.shape.isImage {
      columnNames =
        channels == 3 ? ["red", "green", "blue"] : channels == 1 ? ["grey"] : (0..<channels).map { "\($0)" }
    } else {
      columnNames = names.count == channels ? names : (0..<channels).map { "\($0)" }
    }
  }

  /// Looks; `progress` hears how much is done, 0…1.
  package func inspect(progress: (Double) -> Void = { _ in }) -> DataInspection {
    let inspected = Self.count(train)
    let search = DuplicateSearch(train, count: inspected) { progress(0.5 * Double($0) / Double(inspected)) }
    let shared = test.map { search.shared(with: $0, count: Self.count($0)) }
    let sharedValidation = validation.map { search.shared(with: $0, count: Self.count($0)) }
    let shape = train.shape
    let isClassification = hasAnswers && train.task.isClassification
    var inspection = DataInspection(
      name: train.name, shape: shape.isImage ? [shape.height, shape.width, shape.channels] : [shape.channels],
      task: !hasAnswers ? "none" : isClassification ? "classification" : "regression",
      outputs: hasAnswers ? train.outputs : 0, classNames: hasAnswers ? train.classNames : [],
      train: split(train), validation: validation.map(split), test: test.map(split),
      columns: columns(inspected, progress),
      targets: targets(), inspectedSamples: inspected,
      duplicates: DataInspection.Duplicates(
        withinTraining: search.repeated, contradicting: search.contradicting,
        betweenTrainingAndTest: shared?.count ?? 0, betweenTrainingAndValidation: sharedValidation?.count),
      memoryBytes: train.memoryBytes + (validation?.memoryBytes ?? 0) + (test?.memoryBytes ?? 0), warnings: [])
    var warnings = DataWarnings(inspection)
    warnings.addDuplicates(
      examples: search.examples, testExamples: shared?.examples ?? [],
      validationExamples: sharedValidation?.examples ?? [])
    warnings.addColumns()
    warnings.addClasses()
    // Loaders say how they read the data; that numbers lose their digits is more than that.
    for note in train.notes + (validation?.notes ?? []) + (test?.notes ?? []) {
      if note.contains("loses digits") || note.contains("lose digits") {
        warnings.list.append(note)
      } else {
        inspection.notes.append(note)
      }
    }
    inspection.warnings = warnings.list
    return inspection
  }

  /// Samples that are looked at.
  private static func count(_ source: any SampleSource) -> Int {
    min(source.count, max(1, mostNumbers / source.shape.count))
  }

  private func split(_ source: any SampleSource) -> DataInspection.Split {
    var counts: [Int] = []
    if hasAnswers, source.task.isClassification {
      counts = Array(repeating: 0, count: source.outputs)
      for sample in 0..<source.count { counts[source.label(of: sample)] += 1 }
    }
    return DataInspection.Split(samples: source.count, samplesPerClass: counts)
  }

  /// Statistics of the inputs, by channel.
  private func columns(_ count: Int, _ progress: (Double) -> Void) -> [ColumnStatistics] {
    var sums = columnNames.map { ColumnSums(name: $0) }
    let input = Buffer<Float>(count: train.shape.count)
    for sample in 0..<count {
      if sample.isMultiple(of: 1024) { progress(0.5 + 0.5 * Double(sample) / Double(count)) }
      train.write(sample, into: input.view)
      var column = 0
      for index in input.view.indices {
        sums[column].add(Double(input.view[index]))
        column = column + 1 == sums.count ? 0 : column + 1
      }
    }
    return sums.map(\.result)
  }

  private func targets() -> [ColumnStatistics] {
    guard hasAnswers, !train.task.isClassification else { return [] }
    var sums = (0..<train.outputs).map { ColumnSums(name: $0 < targetNames.count ? targetNames[$0] : "\($0)") }
    let values = Buffer<Float>(count: train.outputs)
    for sample in 0..<train.count {
      train.writeTarget(of: sample, into: values.view)
      for index in values.view.indices { sums[index].add(Double(values.view[index])) }
    }
    return sums.map(\.result)
  }
}

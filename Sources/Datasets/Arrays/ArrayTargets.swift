import Kernels

/// What the labels of arrays become: decided by the training labels, applied to those of every split.
struct ArrayTargets {
  private enum Rule {
    /// Class numbers of a set whose classes are known beforehand.
    case known([String])
    case classes(LabelClasses)
    /// Rows of so many numbers that each name one class.
    case oneHot(width: Int)
    case values(TargetScale)
  }

  private let rule: Rule
  /// What a user should know of the decision.
  private(set) var notes: [String] = []
  /// Numbers of a training sample.
  private let width: Int

  /// Decides.
  ///
  /// - Parameters:
  ///   - others: the labels of the other splits, whose values may be classes that training lacks.
  ///   - classNames: the names of all classes, where they are known beforehand.
  ///   - standardizes: whether numbers to predict shall be standardised.
  init(
    _ training: ArrayAnswers, others: [ArrayAnswers], task: ArrayTask, classNames: [String]? = nil, standardizes: Bool
  ) throws(DataError) {
    width = training.width
    if let classNames {
      guard case .whole = training.content else { throw Self.noClassNumbers(training) }
      rule = .known(classNames)
      return
    }
    let decided: Rule?
    switch (training.content, task) {
    case (.texts, .regression):
      throw DataError(
        file: training.path, found: "labels that are text", allowed: "numbers, as data.task is \"regression\"",
        remedy: "save numbers, or leave data.task out")
    case (.texts(let texts), _): decided = .classes(LabelClasses(texts))
    case (_, .regression): decided = nil
    default: (decided, notes) = try Self.classes(training, others: others, task: task)
    }
    if let decided {
      rule = decided
      if case .classes(let classes) = decided, classes.count < 2 {
        throw DataError(
          file: training.path, found: "every label is \(classes.names.first ?? "missing")",
          allowed: "at least two classes", remedy: "check that this is the file of labels")
      }
    } else {
      let names = (0..<training.width).map(String.init)
      let numbers = training.numbers ?? []
      rule = .values(standardizes ? TargetScale(of: numbers, names: names) : .identity(names: names))
      if !standardizes { notes += Self.lostDigits(training, numbers) }
    }
  }

  /// The classes that numbers stand for, with what a user should know of them; `nil` for numbers to predict.
  private static func classes(
    _ training: ArrayAnswers, others: [ArrayAnswers], task: ArrayTask
  ) throws(DataError) -> (Rule?, notes: [String]) {
    if training.width > 1 { return try oneHot(training, task: task) }
    guard let labels = training.wholeNumbers else {
      guard task == .auto else { throw notWhole(training) }
      return (nil, [])
    }
    let classes = LabelClasses(labels, others: others.compactMap { $0.width == 1 ? $0.wholeNumbers : nil })
    guard classes.count <= mostClasses else {
      throw DataError(
        file: training.path, found: "\(grouped(classes.count)) different labels",
        allowed: "at most \(grouped(mostClasses)) classes",
        remedy: "set \"task\": \"regression\" if these are numbers to predict")
    }
    var notes: [String] = []
    if !training.isInteger {
      let isChosen = task == .classification
      guard isChosen || ArrayTask.looksLikeClasses(classes, samples: training.count) else {
        return (
          nil,
          [
            "\(training.path): the labels are whole numbers, \(grouped(classes.count)) different ones of "
              + "\(grouped(training.count)), in a format of real numbers: taken as numbers to predict; "
              + "\"task\": \"classification\" would make them classes"
          ]
        )
      }
      if !isChosen {
        notes.append(
          "\(training.path): the labels are whole numbers in a format of real ones: taken as \(grouped(classes.count)) "
            + "classes; \"task\": \"regression\" would predict the numbers")
      }
    } else if task == .auto, training.count >= 100, classes.count * 4 > training.count {
      notes.append(
        "\(training.path): \(grouped(classes.count)) classes for \(grouped(training.count)) samples; if the labels are "
          + "numbers to predict, set \"task\": \"regression\"")
    }
    return (.classes(classes), notes + remarks(classes, training))
  }

  /// What is unusual about classes of whole numbers.
  private static func remarks(_ classes: LabelClasses, _ training: ArrayAnswers) -> [String] {
    var notes: [String] = []
    if !classes.isCounting, let first = classes.names.first, let last = classes.names.last, classes.count > 1 {
      notes.append(
        "\(training.path): the labels are not 0 to \(grouped(classes.count - 1)): the \(grouped(classes.count)) classes "
          + "are the values that occur, from \(first) to \(last), and are called by them")
    }
    if classes.unseen > 0 {
      notes.append(
        "\(training.path): \(grouped(classes.unseen)) of \(grouped(classes.count)) classes occur in the other sets only, "
          + "where they cannot be told")
    }
    return notes
  }

  private static func oneHot(_ training: ArrayAnswers, task: ArrayTask) throws(DataError) -> (Rule?, [String]) {
    guard case .numbers(let numbers) = training.content else { return (nil, []) }
    let width = training.width
    if let rows = OneHotRows(numbers, width: width) {
      let kind = rows.isSmoothed ? "smoothed labels, whose largest number names the class" : "one-hot labels"
      return (
        .oneHot(width: width),
        [
          "\(training.path): rows of \(width) numbers are taken as \(kind): \(width) classes; "
            + "\"task\": \"regression\" would predict the numbers"
        ]
      )
    }
    guard task == .auto else {
      throw DataError(
        file: training.path, found: "\(width) numbers a sample, which are not one-hot",
        allowed: "class numbers, or a 1 among zeros in every row, as data.task is \"classification\"",
        remedy: "save one class number a sample, such as array.argmax(axis=1)")
    }
    guard numbers.allSatisfy({ $0 == 0 || $0 == 1 }) else { return (nil, []) }
    return (
      nil,
      [
        "\(training.path): rows of zeros and ones, not all with a single 1: taken as \(width) numbers to predict, not "
          + "as classes"
      ]
    )
  }

  /// More classes than any known data set has, and few enough that a file of other numbers is told apart.
  private static let mostClasses = 1_000_000

  private static func lostDigits(_ training: ArrayAnswers, _ numbers: [Double]) -> [String] {
    var survey = ColumnSurvey(columns: training.width)
    for index in numbers.indices { survey.add(numbers[index], column: index % training.width) }
    return survey.lostDigits(
      { "\(training.path): target \($0) (from 0)" }, remedy: "\"targets\": \"standardize\" would keep them")
  }

  // MARK: What was decided

  /// The name of every class; `nil` for numbers to predict, and for classes that are called by their numbers.
  var classNames: [String]? {
    switch rule {
    case .known(let names): names
    case .classes(let classes): classes.names
    case .oneHot, .values: nil
    }
  }

  /// How numbers to predict are scaled; `nil` for classes.
  var scale: TargetScale? { if case .values(let scale) = rule { scale } else { nil } }

  /// What is to be predicted in a split.
  func targets(_ answers: ArrayAnswers) throws(DataError) -> Dataset.Targets {
    switch rule {
    case .known(let names):
      guard case .whole(let labels) = answers.content else { throw Self.noClassNumbers(answers) }
      return .classes(
        try Self.labels(
          labels, answers, allowed: "class numbers 0 to \(grouped(names.count - 1))", remedy: DataError.copyAgain
        ) { $0 >= 0 && $0 < names.count ? Int32($0) : nil }, count: names.count)
    case .classes(let classes):
      let remedy = "check that every class occurs in training"
      if case .texts(let texts) = answers.content {
        let labels = try Self.labels(texts, answers, allowed: classes.listing, remedy: remedy, classes.number)
        return .classes(labels, count: classes.count)
      }
      guard answers.width == 1 else { throw otherKind(answers) }
      guard let values = answers.wholeNumbers else { throw Self.notWhole(answers) }
      let labels = try Self.labels(values, answers, allowed: classes.listing, remedy: remedy, classes.number)
      return .classes(labels, count: classes.count)
    case .oneHot(let width):
      guard answers.width == width, case .numbers(let numbers) = answers.content,
        let rows = OneHotRows(numbers, width: width)
      else { throw otherKind(answers) }
      return .classes(Buffer(rows.classes), count: width)
    case .values(let scale):
      guard answers.width == scale.width, let numbers = answers.numbers else { throw otherKind(answers) }
      let targets = scale.standardized(numbers)
      if let place = targets.view.indices.first(where: { !targets.view[$0].isFinite }) {
        throw DataError(
          file: answers.path, found: "\(numbers[place]) at entry \(grouped(place / scale.width)) (from 0)",
          allowed: "numbers of single precision", remedy: "replace or remove such entries")
      }
      return .values(targets, width: scale.width)
    }
  }

  /// The class of every label; what is none is refused by its entry.
  private static func labels<Label>(
    _ labels: [Label], _ answers: ArrayAnswers, allowed: @autoclosure () -> String, remedy: String,
    _ number: (Label) -> Int32?
  ) throws(DataError) -> Buffer<Int32> {
    let buffer = Buffer<Int32>(count: labels.count)
    for index in labels.indices {
      guard let label = number(labels[index]) else {
        throw DataError(
          file: answers.path, found: "label \(labels[index]) at entry \(grouped(index)) (from 0)", allowed: allowed(),
          remedy: remedy)
      }
      buffer.view[index] = label
    }
    return buffer
  }

  // MARK: Errors

  private static func noClassNumbers(_ answers: ArrayAnswers) -> DataError {
    DataError(
      file: answers.path,
      found: answers.width == 1 ? "labels that are not whole numbers" : "labels of \(answers.width) numbers a sample",
      allowed: "one class number a sample", remedy: "check that this is the file of labels")
  }

  private static func notWhole(_ answers: ArrayAnswers) -> DataError {
    let numbers = answers.numbers ?? []
    let place = numbers.indices.first { numbers[$0] != numbers[$0].rounded() || abs(numbers[$0]) > 0x1p53 }
    return DataError(
      file: answers.path,
      found: place.map { "label \(numbers[$0]) at entry \(grouped($0)) (from 0)" } ?? "labels that are text",
      allowed: "whole numbers, as labels are classes", remedy: "save class numbers, or set \"task\": \"regression\"")
  }

  private func otherKind(_ answers: ArrayAnswers) -> DataError {
    let found =
      switch answers.content {
      case .texts: "labels that are text"
      case .whole: "class numbers"
      case .numbers: "\(answers.width) target value\(answers.width == 1 ? "" : "s") a sample"
      }
    return DataError(
      file: answers.path, found: found,
      allowed: "the same kind and number of targets as in training: \(width) a sample",
      remedy: "write both splits in the same way")
  }
}

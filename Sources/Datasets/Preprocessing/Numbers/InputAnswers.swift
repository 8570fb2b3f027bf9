/// What an input says is to be predicted: an array of labels or targets beside that of the samples.
struct InputAnswers {
  private let content: [InputAnswer]

  /// Reads all of an array.
  ///
  /// Labels are classes by their names, where these are whole numbers or the labels text; else by their numbers; or they
  /// are one-hot rows.
  init(_ file: ArrayFile, _ form: AnswerForm) throws(DataError) {
    let answers = try ArrayAnswers(file)
    func wrong(_ found: String, _ allowed: String) -> DataError {
      DataError(
        file: file.path, found: found, allowed: allowed,
        remedy: "check that the labels are those of the model's classes")
    }
    switch form {
    case .values(let scale):
      guard answers.width == scale.width, let numbers = answers.numbers else {
        throw wrong("\(file.summary)", "\(scale.width) number\(scale.width == 1 ? "" : "s") a sample")
      }
      content = (0..<answers.count).map { .values(Array(numbers[$0 * scale.width..<($0 + 1) * scale.width])) }
    case .classes(let names):
      let listing =
        "the \(names.count) classes \(names.prefix(6).joined(separator: ", "))\(names.count > 6 ? ", …" : "")"
      if answers.width > 1 {
        guard answers.width == names.count, let numbers = answers.numbers,
          let rows = OneHotRows(numbers, width: names.count)
        else { throw wrong("\(file.summary)", "one label a sample, or one-hot rows of \(names.count)") }
        content = rows.classes.map { .label(Int($0)) }
        return
      }
      var numbers: [String: Int] = [:]
      for (index, name) in names.enumerated() { numbers[name] = index }
      let areNumeric = names.allSatisfy { Int($0) != nil }
      var labels: [InputAnswer] = []
      func add(_ text: String, _ number: Int?) throws(DataError) {
        var label = numbers[text]
        if label == nil, !areNumeric, let number, names.indices.contains(number) { label = number }
        guard let label else {
          throw wrong("label \(text) at entry \(grouped(labels.count)) (from 0)", listing)
        }
        labels.append(.label(label))
      }
      if case .texts(let texts) = answers.content {
        for text in texts { try add(text, nil) }
      } else {
        guard let whole = answers.wholeNumbers else { throw wrong("labels that are not whole numbers", listing) }
        for number in whole { try add(String(number), number) }
      }
      content = labels
    }
  }

  /// Number of samples.
  var count: Int { content.count }

  subscript(range: Range<Int>) -> [InputAnswer] { Array(content[range]) }
}

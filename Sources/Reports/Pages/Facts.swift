import Charts

/// Names with what they stand for, in order; what is not known is left out.
struct Facts {
  private(set) var all: [(name: String, value: String)] = []

  init(_ facts: [(name: String, value: String?)] = []) {
    for fact in facts { add(fact.name, fact.value) }
  }

  mutating func add(_ name: String, _ value: String?) {
    if let value { all.append((name, value)) }
  }

  /// "1,000 for training, 200 for testing".
  static func samples(training: Int?, validation: Int? = nil, test: Int?) -> String? {
    let parts = [
      training.map { HumanFormat.count($0) + " for training" },
      validation.map { HumanFormat.count($0) + " for validation" }, test.map { HumanFormat.count($0) + " for testing" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}

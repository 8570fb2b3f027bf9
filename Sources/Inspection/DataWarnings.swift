import Foundation

/// What a user should look at, in words.
struct DataWarnings {
  private let inspection: DataInspection
  var list: [String] = []
  /// Names in one warning, at most.
  private static let mostNames = 8
  /// The largest class has at least so many times the samples of a rare one.
  private static let imbalance = 20

  init(_ inspection: DataInspection) { self.inspection = inspection }

  // MARK: Duplicates

  mutating func addDuplicates(
    examples: [DuplicateSearch.Pair], testExamples: [DuplicateSearch.Pair], validationExamples: [DuplicateSearch.Pair]
  ) {
    let duplicates = inspection.duplicates
    // A single number repeats by chance, and says nothing.
    guard inspection.shape.reduce(1, *) > 1 else { return }
    if duplicates.betweenTrainingAndTest > 0, let test = inspection.test {
      list.append(
        "\(share(duplicates.betweenTrainingAndTest, of: test.samples)) test samples are in the training set, too "
          + "(\(Self.places(testExamples, "training", "test"))): the test says too much of them")
    }
    if let count = duplicates.betweenTrainingAndValidation, count > 0, let validation = inspection.validation {
      list.append(
        "\(share(count, of: validation.samples)) validation samples are in the training set, too "
          + "(\(Self.places(validationExamples, "training", "validation")))")
    }
    if duplicates.withinTraining > 0 {
      list.append(
        "\(share(duplicates.withinTraining, of: inspection.inspectedSamples)) training samples equal an earlier one "
          + "(\(Self.places(examples, "", "")))"
          + (duplicates.contradicting > 0
            ? "; \(duplicates.contradicting) of them have another answer than that one" : ""))
    }
  }

  private func share(_ count: Int, of total: Int) -> String {
    let percent = 100 * Double(count) / Double(max(1, total))
    return "\(count) of \(total) (\(String(format: percent < 1 ? "%.2f" : "%.1f", percent)) %)"
  }

  private static func places(_ pairs: [DuplicateSearch.Pair], _ one: String, _ other: String) -> String {
    let first = one.isEmpty ? "" : one + " "
    let second = other.isEmpty ? "" : other + " "
    return "such as " + pairs.prefix(3).map { "\(first)\($0.first) = \(second)\($0.second)" }.joined(separator: ", ")
      + ", from 0"
  }

  // MARK: Columns

  mutating func addColumns() {
    let kind = inspection.shape.count == 3 ? "channel" : "column"
    add(inspection.columns.filter(\.isConstant), kind, "is constant", "are constant", "no sample differs there")
    add(
      inspection.columns.filter(\.isNearlyConstant), kind, "is nearly constant", "are nearly constant",
      "one number fills more than 99 %")
    add(
      inspection.columns.filter { $0.notFinite > 0 }, kind, "has NaN or infinity", "have NaN or infinity",
      "a network cannot compute with them")
    add(inspection.targets.filter(\.isConstant), "target", "is constant", "are constant", "there is nothing to learn")
  }

  private mutating func add(
    _ columns: [ColumnStatistics], _ kind: String, _ one: String, _ many: String, _ meaning: String
  ) {
    guard !columns.isEmpty else { return }
    let names = Self.names(columns.map(\.name))
    list.append(
      "\(columns.count == 1 ? kind : "\(columns.count) \(kind)s") \(names) \(columns.count == 1 ? one : many): \(meaning)"
    )
  }

  private static func names(_ names: [String]) -> String {
    names.prefix(mostNames).map { "\"\($0)\"" }.joined(separator: ", ")
      + (names.count > mostNames ? " and \(names.count - mostNames) more" : "")
  }

  // MARK: Classes

  mutating func addClasses() {
    let counts = inspection.train.samplesPerClass
    if counts.count == 1 { list.append("there is one class only: nothing to tell apart") }
    guard counts.count > 1, let most = counts.max() else { return }
    let names = inspection.classNames
    let absent = counts.indices.filter { counts[$0] == 0 }
    if names == (1...names.count).map(String.init) {
      list.append(
        "labels start at 1: that is right here, where classes are the labels that occur, and class 0 is \"1\"; most other "
          + "programs want them from 0")
    }
    if absent == [0], names.first == "0", names.last == String(names.count - 1) {
      list.append("class 0 never occurs, and \(names.count - 1) others do: labels that start at 1? Number them from 0")
    } else if !absent.isEmpty {
      list.append(
        "\(absent.count == 1 ? "class" : "\(absent.count) classes") \(Self.names(absent.map { names[$0] })) "
          + "never occur\(absent.count == 1 ? "s" : "") in training")
    }
    if let test = inspection.test?.samplesPerClass {
      let missing = test.indices.filter { test[$0] == 0 && counts[$0] > 0 }
      if !missing.isEmpty {
        list.append(
          "\(missing.count == 1 ? "class" : "\(missing.count) classes") \(Self.names(missing.map { names[$0] })) "
            + "never occur\(missing.count == 1 ? "s" : "") in the test set: it tells nothing of them")
      }
    }
    let rare = counts.indices.filter { counts[$0] > 0 && counts[$0] * Self.imbalance <= most }
    if !rare.isEmpty {
      list.append(
        "\(rare.count == 1 ? "class" : "\(rare.count) classes") \(Self.names(rare.map { "\(names[$0])" })) "
          + "\(rare.count == 1 ? "has" : "have") at most a \(Self.imbalance)th of the samples of the largest class "
          + "(\(rare.map { counts[$0] }.min() ?? 0) and \(most)): accuracy alone will not tell how well they are learned"
      )
    }
  }
}

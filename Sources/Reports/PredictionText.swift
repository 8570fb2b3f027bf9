import Charts
import Foundation
import JSON
import Records

/// Predictions as lines of text, CSV or JSON, a line a sample.
package struct PredictionText: Sendable {
  /// How lines are written.
  package enum Format: String, Sendable, CaseIterable { case csv, jsonl }

  /// What is predicted of one sample.
  package enum Prediction: Sendable {
    /// Classes with their probabilities, the most probable first.
    case classes([(name: String, probability: Double)])
    /// Numbers in their units.
    case values([Double])
  }

  private let format: Format
  /// Names of predicted numbers; empty for classes.
  private let names: [String]
  /// Classes of a line.
  private let top: Int
  private let hasAnswers: Bool

  /// Lines of classes, `top` of them on each.
  package init(_ format: Format, top: Int, hasAnswers: Bool) {
    self.format = format
    self.top = top
    self.hasAnswers = hasAnswers
    names = []
  }

  /// Lines of numbers of these names.
  package init(_ format: Format, values names: [String], hasAnswers: Bool) {
    self.format = format
    self.names = names
    self.hasAnswers = hasAnswers
    top = 0
  }

  /// The first line of a CSV file; nothing for JSON.
  package var header: String {
    guard format == .csv else { return "" }
    var columns = ["input"]
    if names.isEmpty {
      columns += ["class", "probability"]
      // The first is in both, so that whoever reads the ranks finds all of them.
      if top > 1 { columns += (1...top).flatMap { ["class\($0)", "probability\($0)"] } }
      if hasAnswers { columns.append("label") }
    } else {
      columns += names.count == 1 ? ["value"] : names
      if hasAnswers { columns += names.count == 1 ? ["target"] : names.map { "target " + $0 } }
    }
    return columns.map(Self.quoted).joined(separator: ",") + "\n"
  }

  /// The line of a sample.
  ///
  /// - Parameter answer: what the data say, as many texts as there are columns for them; empty where they do not.
  package func line(_ name: String, _ prediction: Prediction, answer: [String] = []) -> String {
    switch format {
    case .csv: csv(name, prediction, answer)
    case .jsonl: json(name, prediction, answer)
    }
  }

  private func csv(_ name: String, _ prediction: Prediction, _ answer: [String]) -> String {
    var cells = [name]
    switch prediction {
    case .classes(let classes):
      for pair in classes.prefix(1) + (top > 1 ? classes.prefix(top) : []) {
        cells += [pair.name, Self.probability(pair.probability)]
      }
    case .values(let values): cells += values.map(Self.number)
    }
    if hasAnswers {
      let columns = names.isEmpty ? 1 : names.count
      cells += answer.isEmpty ? Array(repeating: "", count: columns) : answer
    }
    return cells.map(Self.quoted).joined(separator: ",") + "\n"
  }

  private struct Line: Encodable {
    struct Ranked: Encodable {
      var `class`: String
      var probability: Double
    }
    var input: String
    var `class`: String?
    var probability: Double?
    var top: [Ranked]?
    var value: Double?
    var values: [String: Double]?
    var label: String?
    var target: [String]?
  }

  private func json(_ name: String, _ prediction: Prediction, _ answer: [String]) -> String {
    var line = Line(input: name)
    switch prediction {
    case .classes(let classes):
      line.class = classes[0].name
      line.probability = classes[0].probability
      if top > 1 { line.top = classes.prefix(top).map { .init(class: $0.name, probability: $0.probability) } }
      line.label = answer.first
    case .values(let values):
      if values.count == 1 {
        line.value = values[0]
      } else {
        line.values = Dictionary(zip(names, values)) { first, _ in first }
      }
      line.target = answer.isEmpty ? nil : answer
    }
    return JSONText.line(line) + "\n"
  }

  /// Six digits: more than any probability deserves, and few enough to read.
  private static func probability(_ value: Double) -> String { String(format: "%.6f", value) }

  /// A number with the digits that single precision has.
  package static func number(_ value: Double) -> String { value.isFinite ? String(format: "%.9g", value) : "nan" }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}

import Foundation

/// What `metrics.jsonl` says, read so that a run that was killed while it wrote still has its record.
package struct MetricsLog: Sendable, Equatable {
  /// Lines in the order of the file, without those that a resumed run went over again.
  package private(set) var lines: [MetricsLine] = []
  /// Numbers (from 1) of lines that could not be read.
  package private(set) var unreadableLines: [Int] = []
  /// Whether the last line is cut off, as after a kill.
  package private(set) var isTruncated = false

  /// A log from lines in memory.
  package init(_ lines: [MetricsLine] = []) {
    for line in lines { append(line) }
  }

  /// Reads the text of `metrics.jsonl`; blank lines are skipped, unreadable ones are counted.
  package init(contents: Data) { append(contents: contents) }

  /// Adds the text of more lines, which stand in the file after `rowsBefore` others.
  mutating func append(contents: Data, rowsBefore: Int = 0) {
    let decoder = JSONDecoder()
    let newline = UInt8(ascii: "\n")
    let rows = contents.split(separator: newline, omittingEmptySubsequences: false)
    for (index, row) in rows.enumerated() where row.contains(where: { $0 > 0x20 }) {
      if let line = try? decoder.decode(MetricsLine.self, from: Data(row)) {
        append(line)
      } else if index == rows.count - 1 {
        isTruncated = true
      } else {
        unreadableLines.append(rowsBefore + index + 1)
      }
    }
  }

  /// Training lines in order of their steps.
  package var training: [MetricsLine] { lines.filter(\.isTraining) }
  /// Evaluations on the way, in order of their steps: on the validation set, or without one on the test set.
  package var evaluations: [MetricsLine] {
    let validations = lines.filter(\.isValidation)
    return validations.isEmpty ? lines.filter(\.isEvaluation) : validations
  }
  /// Which set evaluations on the way measure: "validation" or "test".
  package var evaluatedSet: String { lines.contains(where: \.isValidation) ? "validation" : "test" }

  /// Adds a line.
  ///
  /// A step that was there already means that the run was resumed before it: what stood there from that step on is
  /// replaced.
  package mutating func append(_ line: MetricsLine) {
    if lines.last(where: { $0.kind == line.kind }).map({ line.step <= $0.step }) ?? false {
      lines.removeAll { $0.step > line.step || $0.step == line.step && $0.kind == line.kind }
      // An evaluation of the repeated step belongs to the run before.
      if line.isTraining { lines.removeAll { $0.step == line.step } }
    }
    lines.append(line)
  }
}

import Foundation

/// What `metrics.jsonl` says, read so that a run that was killed while it wrote still has its record.
///
/// Of a long run it keeps what a page can show: where evaluations are many, those of each stretch of steps that are the
/// first, the least or the greatest, so that no spike is lost, and how many there were.
package struct MetricsLog: Sendable, Equatable {
  /// Lines in the order of the file, without those that a resumed run went over again.
  package private(set) var lines: [MetricsLine] = []
  /// Numbers (from 1) of lines that could not be read.
  package private(set) var unreadableLines: [Int] = []
  /// Whether the last line is cut off, as after a kill.
  package private(set) var isTruncated = false
  /// Lines of each kind: those that are kept, and those that were.
  private var counts = [Int](repeating: 0, count: 3)
  private var counted = [Int](repeating: 0, count: 3)

  /// Lines of one kind beyond which they are thinned: training steps are thinned by the run already.
  private static let mostOfKind = [1 << 17, 1 << 13, 1 << 13]
  /// Stretches of steps that thinned lines are of, each with seven lines at most.
  private static let stretches: UInt = 1 << 10

  /// A log from lines in memory.
  package init(_ lines: [MetricsLine] = []) {
    for line in lines { append(line) }
  }

  /// Reads the text of `metrics.jsonl`; blank lines are skipped, unreadable ones are counted.
  package init(contents: Data) { MetricsText.forEachRow(in: contents) { take($0) } }

  /// Reads `metrics.jsonl`, piece by piece.
  ///
  /// - Parameter last: steps beyond it are left out.
  /// - Throws: if the file cannot be read.
  package init(file: URL, upTo last: Int = .max) throws {
    try MetricsText.forEachRow(of: file) { row in
      // A part of a file ends somewhere, and what cannot be read is of no step.
      if last == .max || row.line.map({ $0.step <= last }) ?? false { take(row) }
    }
  }

  private mutating func take(_ row: MetricsText.Row) {
    if let line = row.line {
      append(line)
    } else if row.isEnded {
      unreadableLines.append(row.number)
    } else {
      isTruncated = true
    }
  }

  /// Training lines in order of their steps.
  package var training: [MetricsLine] { lines.filter(\.isTraining) }
  /// Evaluations on the way, in order of their steps: on the validation set, or without one on the test set.
  package var evaluations: [MetricsLine] { lines.filter { $0.kind == evaluationKind } }
  /// How many evaluations on the way there were, those that were thinned out included.
  package var evaluationCount: Int { counted[evaluationKind] }
  /// Which set evaluations on the way measure: "validation" or "test".
  package var evaluatedSet: String { evaluationKind == 1 ? "validation" : "test" }

  private var evaluationKind: Int { counts[1] > 0 ? 1 : 2 }

  /// Adds a line.
  ///
  /// A step that was there already means that the run was resumed before it: what stood there from that step on is
  /// replaced.
  package mutating func append(_ line: MetricsLine) {
    let kind = line.kind
    if counts[kind] > 0, lines.last(where: { $0.kind == kind }).map({ line.step <= $0.step }) ?? false {
      // An evaluation of the repeated step belongs to the run before.
      removeAll { $0.step > line.step || $0.step == line.step && ($0.kind == kind || line.isTraining) }
    }
    lines.append(line)
    counts[kind] += 1
    counted[kind] += 1
    if counts[kind] > Self.mostOfKind[kind] { thin(kind) }
  }

  private mutating func removeAll(where isGone: (MetricsLine) -> Bool) {
    for line in lines where isGone(line) {
      counts[line.kind] -= 1
      counted[line.kind] -= 1
    }
    lines.removeAll(where: isGone)
  }

  /// Keeps the telling lines of each stretch of steps.
  private mutating func thin(_ kind: Int) {
    guard let first = lines.first(where: { $0.kind == kind })?.step,
      let last = lines.lastIndex(where: { $0.kind == kind })
    else { return }
    // Steps rise; whatever a file says, the difference fits a number without sign.
    func place(_ index: Int) -> UInt { UInt(bitPattern: lines[index].step &- first) }
    let width = place(last) / Self.stretches + 1
    var kept = Set<Int>()
    var stretch: [Int] = []
    func close() {
      kept.formUnion(telling(stretch))
      stretch.removeAll(keepingCapacity: true)
    }
    for index in lines.indices where lines[index].kind == kind {
      if let start = stretch.first, place(start) / width != place(index) / width { close() }
      stretch.append(index)
    }
    close()
    kept.insert(last)
    counts[kind] = kept.count
    var index = -1
    lines.removeAll { line in
      index += 1
      return line.kind == kind && !kept.contains(index)
    }
  }

  /// Of some lines, the first and those with the least and the greatest loss and accuracy.
  private func telling(_ indices: [Int]) -> Set<Int> {
    var kept = Set(indices.prefix(1))
    for value in [\MetricsLine.shownLoss, \.evaluatedAccuracy] as [KeyPath<MetricsLine, Double?>] {
      var least: (index: Int, value: Double)?
      var greatest: (index: Int, value: Double)?
      for index in indices {
        guard let number = lines[index][keyPath: value], !number.isNaN else { continue }
        if least.map({ number < $0.value }) ?? true { least = (index, number) }
        if greatest.map({ number > $0.value }) ?? true { greatest = (index, number) }
      }
      for index in [least?.index, greatest?.index].compactMap(\.self) { kept.insert(index) }
    }
    if let gap = indices.first(where: { lines[$0].shownLoss?.isNaN ?? false }) { kept.insert(gap) }
    return kept
  }
}

extension MetricsLine {
  /// The loss of the line, whatever it is of.
  fileprivate var shownLoss: Double? { loss ?? evaluatedLoss }
}

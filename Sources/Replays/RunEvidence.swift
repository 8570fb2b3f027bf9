import Checkpoints
import Coordinator
import Foundation
import Kernels
import Records

/// What two runs recorded of themselves: losses, saves and receipts.
struct RunEvidence {
  private let a: RecordedRun
  private let b: RecordedRun
  private let losses: (a: [Int: Double], b: [Int: Double])
  private let receipts: (a: [Int: String], b: [Int: String])

  init(_ a: RecordedRun, _ b: RecordedRun) {
    self.a = a
    self.b = b
    losses = (Self.losses(a), Self.losses(b))
    receipts = (Self.receipts(a), Self.receipts(b))
  }

  /// Steps that each has taken, as far as its records tell.
  var steps: (a: Int, b: Int) { (Self.steps(a, losses.a), Self.steps(b, losses.b)) }

  /// Whether everything that both recorded up to a step is equal, and both saved that step or the receipts have it.
  func isEqualUpTo(_ step: Int) -> Bool {
    guard firstDifferentLoss == nil, steps.a == steps.b else { return false }
    if let mine = receipts.a[step], let theirs = receipts.b[step] { return mine == theirs }
    guard let mine = a.checkpoint(upTo: step), let theirs = b.checkpoint(upTo: step) else { return false }
    return (try? RunProgress(of: mine).step) == step && (try? RunProgress(of: theirs).step) == step
      && Self.isEqual(mine, theirs)
  }

  /// The first step whose recorded losses are other bits.
  var firstDifferentLoss: Int? {
    losses.a.keys.filter { step in losses.b[step].map { $0.bitPattern != losses.a[step]?.bitPattern } ?? false }.min()
  }

  /// The latest step that both saved with equal bits and before which nothing recorded differs; `nil` if only the beginning
  /// is left.
  func lastEqualSave() throws -> Int? {
    let different =
      [
        firstDifferentLoss,
        receipts.a.keys.filter { step in receipts.b[step].map { $0 != receipts.a[step] } ?? false }.min(),
      ].compactMap(\.self).min() ?? .max
    let common = Set(a.checkpoints.steps()).intersection(b.checkpoints.steps()).filter { $0 < different }.sorted()
    // States that were equal once differ for good: the saves are equal up to one of them.
    var (equal, other) = (-1, common.count)
    while equal + 1 < other {
      let middle = (equal + other) / 2
      if isEqualSave(common[middle]) { equal = middle } else { other = middle }
    }
    return equal >= 0 ? common[equal] : nil
  }

  private func isEqualSave(_ step: Int) -> Bool {
    guard let mine = try? SafetensorsFile(path: a.checkpoints.path(step: step)),
      let theirs = try? SafetensorsFile(path: b.checkpoints.path(step: step))
    else { return false }
    return Self.isEqual(mine, theirs)
  }

  /// What may make the records differ though the runs do not.
  var notes: [String] {
    let kernels = [a, b].map { run in
      run.checkpoints.steps().last.flatMap { try? SafetensorsFile(path: run.checkpoints.path(step: $0)) }?
        .metadata["isotherm.kernels"]
    }
    guard let mine = kernels[0], let theirs = kernels[1], mine != theirs else { return [] }
    return [
      "the runs were made with other kernels, \(mine) and \(theirs), which round otherwise: what they recorded differs; "
        + "here both are computed with \(KernelPath.active.rawValue)"
    ]
  }

  private static func isEqual(_ a: SafetensorsFile, _ b: SafetensorsFile) -> Bool {
    guard a.entries.map(\.name) == b.entries.map(\.name) else { return false }
    return a.entries.allSatisfy { entry in
      guard let mine = try? a.floats(entry.name), let theirs = try? b.floats(entry.name) else { return false }
      return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.bitPattern == $1.bitPattern }
    }
  }

  private static func losses(_ run: RecordedRun) -> [Int: Double] {
    let file = run.folder + "/" + RunRecord.FileName.metrics
    let log = MetricsLog(contents: FileManager.default.contents(atPath: file) ?? Data())
    return Dictionary(log.training.compactMap { line in line.loss.map { (line.step, $0) } }) { $1 }
  }

  private static func receipts(_ run: RecordedRun) -> [Int: String] {
    let file = run.folder + "/" + RunRecord.FileName.receipt
    let lines = ReceiptLine.lines(FileManager.default.contents(atPath: file) ?? Data())
    return Dictionary(lines.map { ($0.step, $0.stateSHA256) }) { $1 }
  }

  private static func steps(_ run: RecordedRun, _ losses: [Int: Double]) -> Int {
    max(losses.keys.max() ?? 0, run.checkpoints.steps().last ?? 0)
  }
}

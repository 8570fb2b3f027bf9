import Checkpoints
import Configuration
import Coordinator
import Observers
import Records
import Reports
import Studies
import Foundation

/// Trains several seeds of a config with one line of progress, and leaves a page for each and one for all: what
/// `train --seeds` and `compare` share.
struct ReplicaTraining {
  var replicas: Replicas
  /// The weights that every seed begins with, in place of its own.
  var initialWeights: String?
  var initPartial = false
  var trapNan = false
  var quiet: Bool
  /// Stands before the progress: which of several configs it is.
  var label: String?

  /// Trains every seed in a directory that is not over yet.
  func run(in folder: ReplicaFolder) throws -> ReplicasSummary {
    let writer = ProgressWriter(quiet: quiet)
    defer { writer.finish() }
    let summary = try replicas.run(
      in: folder, stop: SignalHandling.stop,
      make: { [self] plan, run, goesOn in
        let trainer = try Trainer(plan, recordingIn: run) { words in
          printRemark("note: seed \(plan.configuration.seed): \(words)")
        }
        trainer.trapsNotFinite = trapNan
        if !goesOn, let initialWeights { try trainer.initialize(from: initialWeights, isPartial: initPartial) }
        return trainer
      },
      progress: { [label] progress in writer.update(progress.state(label)) },
      onEnd: { ended in
        let notes = ended.remarks + ended.result.observerFailures.map { "\($0)" }
        for note in notes { writer.message("note: seed \(ended.seed): \(note)") }
        try Self.writePage(ofRun: folder.path(seed: ended.seed))
      })
    writer.finish()
    SignalHandling.begin(.finishing)
    try folder.requirePlace()
    try Self.writePage(of: summary, in: folder.path)
    return summary
  }

  /// The page of a run. One that was killed behind its end and before its page has none yet.
  private static func writePage(ofRun path: String) throws {
    let record = try RunRecord(folder: URL(fileURLWithPath: path))
    try AtomicFile.write(RunReport.page(record).html(), to: path + "/" + RunRecord.FileName.report)
  }

  /// What was still to be written where the program was killed behind the end of the last seed.
  static func writeMissingPages(of summary: ReplicasSummary, in path: String) throws {
    let page = path + "/" + RunRecord.FileName.report
    if !FileManager.default.fileExists(atPath: page) { try writePage(of: summary, in: path) }
  }

  /// The page of all seeds, and those of seeds that have none.
  private static func writePage(of summary: ReplicasSummary, in path: String) throws {
    for replica in summary.replicas {
      let run = path + "/" + replica.folder
      let hasPage = FileManager.default.fileExists(atPath: run + "/" + RunRecord.FileName.report)
      if !hasPage { try writePage(ofRun: run) }
    }
    let runs = try ReplicaPages.runs(of: summary, in: path)
    guard !runs.isEmpty else { return }
    try AtomicFile.write(ReplicaPages.page(runs).html(), to: path + "/" + RunRecord.FileName.report)
  }
}

/// Pages of several seeds.
enum ReplicaPages {
  /// The runs of all seeds that have begun.
  static func runs(of summary: ReplicasSummary, in path: String) throws -> [RunRecord] {
    try summary.replicas.map { try RunRecord(folder: URL(fileURLWithPath: path + "/" + $0.folder)) }
  }

  /// The page of a comparison in its directory; `nil` where fewer than two runs have begun.
  static func page(_ record: ComparisonRecord, in path: String) throws -> ReportPage? {
    let folders = record.folders(in: path)
    let (a, b) = (try runs(ofSeedsIn: folders.a), try runs(ofSeedsIn: folders.b))
    guard a.count + b.count >= 2 else { return nil }
    return record.page(a + b, names: a.map { _ in record.a.name } + b.map { _ in record.b.name })
  }

  private static func runs(ofSeedsIn path: String) throws -> [RunRecord] {
    try runs(of: ReplicasSummary(folder: path), in: path)
  }

  /// The page of them, at least one.
  static func page(_ runs: [RunRecord]) -> ReportPage {
    runs.count == 1 ? RunReport.page(runs[0]) : OverlayReport.page(runs)
  }
}

extension ReplicaProgress {
  /// One line for all seeds.
  fileprivate func state(_ label: String?) -> ProgressState {
    let activity = (label.map { $0 + "  " } ?? "") + "seeds \(ended)/\(seeds)"
    var state = ProgressState(step: step, steps: steps, activity: activity)
    state.samplesPerSecond = samplesPerSecond
    state.secondsLeft = secondsLeft
    state.testAccuracy = testAccuracy
    state.testLoss = testLoss
    return state
  }
}

import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records

/// Finds the first step, tensor and element in which two runs differ: by what they recorded first, then by computing both
/// from the last state in which they are known to be equal.
package struct Bisection {
  private let a: RecordedRun
  private let b: RecordedRun

  package init(_ a: RecordedRun, _ b: RecordedRun) {
    self.a = a
    self.b = b
  }

  /// Compares the runs.
  ///
  /// - Parameter progress: hears which step is compared, and the last one that may have to be.
  /// - Throws: ``ReplayError`` if the runs have models of different tensors.
  package func run(progress: (Int, Int) throws -> Void = { _, _ in }) throws -> BisectionRecord {
    var record = BisectionRecord(
      a: a.folder, b: b.folder, hasSameData: a.splits.sha256 == b.splits.sha256)
    record.keys = a.configuration.changedKeys(from: b.configuration).map {
      .init(path: $0.path, a: $0.now, b: $0.before)
    }
    if !record.hasSameData { DataComparison(a.splits.train, b.splits.train).note(in: &record) }
    let evidence = RunEvidence(a, b)
    record.notes = evidence.notes
    let (planA, planB) = (try a.plan(ofStep: 1), try b.plan(ofStep: 1))
    try requireSameTensors(planA.network, planB.network)
    let start = try evidence.lastEqualSave()
    record.equalUpTo = start ?? 0
    // What is recorded tells how far there is anything to compare: a run that was interrupted has no more.
    record.steps = min(evidence.steps.a, evidence.steps.b)
    if record.keys.isEmpty, record.hasSameData, evidence.isEqualUpTo(record.steps) {
      record.equalUpTo = record.steps
      return record
    }
    let pair = try TrainerPair(a, b, after: start ?? 0)
    if start == nil, !pair.a.hasSameState(as: pair.b) {
      record.part = .start
      pair.noteDifferentTensor(&record)
      return record
    }
    try lockstep(pair, &record, progress)
    return record
  }

  private func requireSameTensors(_ a: Network, _ b: Network) throws {
    let (mine, theirs) = (a.storedTensors, b.storedTensors)
    let pairs = zip(mine, theirs)
    guard mine.count == theirs.count, pairs.allSatisfy({ $0.name == $1.name && $0.fileShape == $1.fileShape }) else {
      let first = pairs.first { $0.name != $1.name || $0.fileShape != $1.fileShape }
      let words =
        first.map { "\($0.name) \($0.fileShape) and \($1.name) \($1.fileShape)" }
        ?? "\(mine.count) tensors and \(theirs.count)"
      throw ReplayError(
        path: self.b.folder,
        message: "has a model of other tensors than \(self.a.folder) (\(words)); compare runs of one model")
    }
  }

  /// Takes steps in both until they differ.
  private func lockstep(
    _ pair: TrainerPair, _ record: inout BisectionRecord, _ progress: (Int, Int) throws -> Void
  ) throws {
    while pair.a.progress.step < record.steps {
      let (beforeA, beforeB) = (pair.a.copyState(), pair.b.copyState())
      let (stepA, stepB) = (pair.a.takeStep(), pair.b.takeStep())
      record.stepsComputed += 1
      let isEqual = stepA?.loss.bitPattern == stepB?.loss.bitPattern && pair.a.hasSameState(as: pair.b)
      guard isEqual, stepA != nil else {
        if isEqual { record.notes.append("both runs diverge in step \(record.equalUpTo + 1)") }
        if isEqual { return }
        pair.a.put(back: beforeA)
        pair.b.put(back: beforeB)
        record.step = record.equalUpTo + 1
        pair.explain(&record)
        return
      }
      record.equalUpTo += 1
      try progress(record.equalUpTo, record.steps)
    }
  }
}

import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Records

/// Asks whether a run is what its receipt says: the chain of digests, config, data and checkpoints are held against one
/// another, and random segments of the run are computed again.
package struct Audit {
  let run: RecordedRun
  let lines: [ReceiptLine]
  var record: AuditRecord

  /// - Parameters:
  ///   - share: of the segments between two lines that are computed again, 0…1; at least one unless it is 0.
  ///   - seed: chooses them; whoever altered the run must not know it before.
  /// - Throws: ``ReplayError`` if the run has no receipt.
  package init(_ run: RecordedRun, share: Double, seed: UInt64) throws {
    let file = run.folder + "/" + RunRecord.FileName.receipt
    guard let contents = FileManager.default.contents(atPath: file) else {
      throw ReplayError(
        path: run.folder,
        message: "has no \(RunRecord.FileName.receipt): only a run whose config has \"receipt\": {} can be audited; "
          + "isotherm bisect compares it with another one")
    }
    self.run = run
    record = AuditRecord(share: share, seed: seed)
    lines = ReceiptLine.lines(contents)
    let rows = contents.split(separator: UInt8(ascii: "\n")).count
    if rows > lines.count {
      let isCut = rows == lines.count + 1 && contents.last != UInt8(ascii: "\n")
      if isCut {
        record.notes.append("the last line of the receipt is cut off, as by a kill")
      } else {
        find(file, "line \(lines.count + 1) is not a line of a receipt")
      }
    }
    guard !lines.isEmpty else {
      throw ReplayError(path: file, message: "has no whole line, so there is nothing to audit")
    }
  }

  mutating func find(_ place: String, _ message: String) { record.findings.append(.init(place, message)) }

  /// Does all of it.
  ///
  /// - Parameter progress: hears how many of how many steps are computed again, on the calling thread.
  package mutating func result(progress: (Int, Int) throws -> Void = { _, _ in }) throws -> AuditRecord {
    record.steps = lines.last?.step ?? 0
    record.segments = lines.count
    checkChain()
    let trainer = try run.trainer(from: nil, plan: run.plan(ofStep: record.steps))
    checkTerms(trainer)
    let saved = try checkCheckpoints()
    if let reason = otherBits() {
      record.notes.append(reason)
      record.outcome = record.findings.isEmpty ? .unknown : .altered
      return record
    }
    try recompute(saved, progress)
    record.measureDetection()
    record.outcome = record.findings.isEmpty ? .sound : .altered
    return record
  }

  // MARK: What needs no computing

  /// Every line has the digest of its content, and names that of the line before.
  private mutating func checkChain() {
    let file = RunRecord.FileName.receipt
    var previous: ReceiptLine?
    for (index, line) in lines.enumerated() {
      if line.sha256 != line.digest {
        find("\(file), line \(index + 1)", "its digest is not that of its content: the line was altered")
      }
      if line.previous != previous?.sha256 {
        find("\(file), line \(index + 1)", "does not follow the line before it: a line was altered, removed or added")
      }
      if let previous, line.step <= previous.step {
        find("\(file), line \(index + 1)", "is of step \(line.step), after one of step \(previous.step)")
      }
      previous = line
    }
  }

  /// Config, data and program are those of the lines.
  private mutating func checkTerms(_ trainer: Trainer) {
    var digests: [String: String] = [:]
    var otherConfigurations: [Int] = []
    if SHA256Digest.hex(of: Array(finalText.utf8)) != lines.last?.configurationSHA256 {
      otherConfigurations.append(record.steps)
    }
    for line in lines {
      let text = (try? run.plan(ofStep: line.step).configuration.trainingText) ?? ""
      if digests[text] == nil { digests[text] = SHA256Digest.hex(of: Array(text.utf8)) }
      if digests[text] != line.configurationSHA256 { otherConfigurations.append(line.step) }
    }
    if let first = otherConfigurations.first, let last = otherConfigurations.last {
      find(
        RunRecord.FileName.configuration,
        "is not the config with which \(Self.phrase(first, last)) was computed: it was altered"
          + (run.lastProgress?.extensions.isEmpty ?? true
            ? "" : ", or no checkpoint is left of the time before the run was extended"))
    }
    if let line = lines.first(where: { $0.dataSHA256 != trainer.dataSHA256 }) {
      find(
        "data", "are not the samples and targets with which step \(line.step) was computed: one of them was altered")
    }
    if lines.contains(where: { $0.programSHA256 != Trainer.programSHA256 }) {
      record.notes.append("the run was computed by another build of this program")
    }
  }

  /// What `config.json` says of the training.
  private var finalText: String {
    (try? RunPlan(run.configuration, splits: run.splits).configuration.trainingText) ?? ""
  }

  static func phrase(_ first: Int, _ last: Int) -> String {
    first == last ? "step \(first)" : "step \(first) to \(last)"
  }

  /// Why this machine would compute other bits; `nil` if it would not.
  private func otherBits() -> String? {
    let rounding = Rounding.here(run.configuration.arithmetic)
    let (kernels, blas) = (rounding.kernels, rounding.blas)
    guard let other = lines.first(where: { $0.kernels != kernels || $0.blas != blas }) else { return nil }
    return
      "nothing was computed again: the run used the kernels \(other.kernels) and OpenBLAS's for \(other.blas), here "
      + "are \(kernels) and \(blas), which round otherwise (ISOTHERM_KERNELS and OPENBLAS_CORETYPE choose them, where the "
      + "processor has them)"
  }

  /// Every checkpoint is whole, and is the state that a line of its step tells of.
  ///
  /// - Returns: the digest of each checkpoint's state, by step.
  private mutating func checkCheckpoints() throws -> [Int: String] {
    let byStep = Dictionary(lines.map { ($0.step, $0) }) { first, _ in first }
    var digests: [Int: String] = [:]
    var trainer: Trainer?
    for step in run.checkpoints.steps() {
      let name =
        RunRecord.FileName.checkpoints + "/" + URL(fileURLWithPath: run.checkpoints.path(step: step)).lastPathComponent
      do {
        let file = try SafetensorsFile(path: run.checkpoints.path(step: step))
        let state = try trainer ?? run.trainer(from: nil, plan: run.plan(ofStep: step))
        trainer = state
        try state.restore(file)
        digests[step] = state.stateSHA256
        record.checkpoints += 1
        if let line = byStep[step], line.stateSHA256 != digests[step] {
          find(name, "is not the state that the receipt has of step \(step): a number in it was altered")
        }
        try checkWeights(state, after: step)
      } catch let error as CheckpointError {
        find(name, error.found)
      }
    }
    return digests
  }

  /// The run's weights are those of its last state, where no validation set has chosen others.
  private mutating func checkWeights(_ trainer: Trainer, after step: Int) throws {
    guard step == lines.last?.step, trainer.plan.splits.validation == nil else { return }
    let path = run.folder + "/" + RunRecord.FileName.weights
    guard FileManager.default.fileExists(atPath: path) else { return }
    let own = trainer.weightsSHA256
    do {
      try trainer.loadWeights(from: path, prefix: "")
      if trainer.weightsSHA256 != own {
        find(RunRecord.FileName.weights, "is not what the run ended with: a number in it was altered")
      }
    } catch let error as CheckpointError {
      find(RunRecord.FileName.weights, error.found)
    }
  }
}

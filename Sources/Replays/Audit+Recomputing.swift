import Checkpoints
import Coordinator
import Foundation
import Kernels
import Records

/// Segments of a run, computed again.
extension Audit {
  /// The segments to compute again, by their line, in order.
  private var chosen: [Int] {
    let count = min(lines.count, Int((record.share * Double(lines.count)).rounded(.up)))
    let random = Philox(seed: record.seed, purpose: .sampling)
    var segments = Array(lines.indices)
    // The first of a shuffle (Knuth, TAOCP 2, algorithm 3.4.2 P).
    for index in 0..<count {
      let words = random.block(UInt32(truncatingIfNeeded: index), 0, 0)
      segments.swapAt(index, index + Philox.bounded(words.x, words.y, below: segments.count - index))
    }
    return segments.prefix(count).sorted()
  }

  /// Computes the chosen segments again, and those that lie between one and the save from which it can be reached.
  mutating func recompute(_ saved: [Int: String], _ progress: (Int, Int) throws -> Void) throws {
    let walks = walks(saved)
    let metrics = recordedSteps()
    let total = walks.reduce(0) { $0 + $1.count }
    var done = 0
    for walk in walks {
      let file = try walk.checkpoint.map { try SafetensorsFile(path: run.checkpoints.path(step: $0)) }
      let trainer = try run.trainer(from: file, plan: run.plan(ofStep: walk.last))
      while trainer.progress.step < walk.last {
        guard try takeStep(trainer, after: walk.checkpoint ?? 0, saved, metrics) else { break }
        done += 1
        try progress(done, total)
      }
    }
    record.recomputedSteps = done
  }

  /// A save, or the beginning of the run, and the steps that are computed again from there.
  private struct Walk {
    var checkpoint: Int?
    var last: Int
    var count: Int { last - (checkpoint ?? 0) }
  }

  private func walks(_ saved: [Int: String]) -> [Walk] {
    var walks: [Walk] = []
    for segment in chosen {
      let first = segment == 0 ? 0 : lines[segment - 1].step
      let checkpoint = saved.keys.filter { $0 <= first }.max()
      if let before = walks.last, before.last >= checkpoint ?? 0 {
        walks[walks.count - 1].last = max(before.last, lines[segment].step)
      } else {
        walks.append(Walk(checkpoint: checkpoint, last: lines[segment].step))
      }
    }
    return walks
  }

  /// One step; what it gives is held against the records of it.
  ///
  /// - Returns: whether the steps behind it can be held against theirs.
  private mutating func takeStep(
    _ trainer: Trainer, after start: Int, _ saved: [Int: String], _ metrics: [Int: MetricsLine]
  ) throws -> Bool {
    guard let step = trainer.takeStep() else {
      find("step \(trainer.progress.step + 1)", "diverges when it is computed again, but the run continued after it")
      return false
    }
    if let line = metrics[step.step], line.loss != step.loss || line.learningRate != step.learningRate {
      find(
        "\(RunRecord.FileName.metrics), step \(step.step)",
        "has loss \(Self.text(line.loss)) and learning rate \(Self.text(line.learningRate)); computed again they are "
          + "\(step.loss) and \(step.learningRate)")
    }
    guard let index = lines.firstIndex(where: { $0.step == step.step }) else {
      guard let digest = saved[step.step], digest != trainer.stateSHA256 else { return true }
      find("checkpoint of step \(step.step)", "is not the state that the run has there when it is computed again")
      return true
    }
    let line = lines[index]
    let again = trainer.receiptLine()
    let first = index == 0 ? 1 : lines[index - 1].step + 1
    if start < first { record.recomputedSegments += 1 }
    guard again.stateSHA256 == line.stateSHA256, again.stepsSHA256 == line.stepsSHA256 else {
      let what =
        again.stepsSHA256 == line.stepsSHA256
        ? "losses, rates and samples are those of the receipt, the state behind them is not"
        : "samples, losses or learning rates are not those of the receipt"
      find(Self.phrase(first, line.step), "computed again: \(what)")
      return false
    }
    return true
  }

  private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "none" }

  /// The recorded training lines, by step.
  private func recordedSteps() -> [Int: MetricsLine] {
    let file = URL(fileURLWithPath: run.folder + "/" + RunRecord.FileName.metrics)
    guard let contents = try? Data(contentsOf: file) else { return [:] }
    let lines = MetricsLog(contents: contents).training
    return Dictionary(lines.map { ($0.step, $0) }) { _, last in last }
  }
}

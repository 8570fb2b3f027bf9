import Checkpoints
import Configuration
import Dispatch
import Foundation
import Records
import Tracing
import Workers

extension Trainer {
  /// Steps without a save after which one is made however soon it is: a failure is looked for from the last one, over at
  /// most twice as many.
  private static let mostPacedSteps = 5_000

  /// Whether saves that the config did not name may wait for others that took long.
  private var isPaced: Bool { plan.configuration.checkpoint.isPaced }

  /// Whether a checkpoint that is due by the calendar is made. Only the rank with the run directory saves, so that the
  /// time of another one does not matter.
  var isTimeToSave: Bool {
    !isPaced || pacing.isDue || progress.step - (lastSavedStep ?? 0) >= Self.mostPacedSteps
  }

  /// Saves all that the run needs to go on, and the best weights before it where they wait.
  func save() throws {
    guard folder != nil, lastSavedStep != progress.step else { return }
    try pacing.save {
      try writePendingBest()
      try write(step: progress.step, checkpointTensors(), metadata()) { store, tensors, metadata in
        try store.save(step: progress.step, tensors: tensors, metadata: metadata)
        return store.path(step: progress.step)
      }
    }
    lastSavedStep = progress.step
  }

  /// Saves the best weights, or keeps them until the next save where the last one was a moment ago: whoever resumes the
  /// run begins at a checkpoint, before which they are written, and finds later ones again.
  func saveBest() throws {
    guard folder != nil else { return }
    let tensors = checkpointTensors()
    if isPaced, !bestPacing.isDue, tensors.reduce(0, { $0 + 4 * $1.count }) <= PendingBest.mostBytes {
      pendingBest = PendingBest(step: progress.step, tensors: tensors.map(KeptTensor.init), metadata: metadata())
      return
    }
    pendingBest = nil
    try bestPacing.save { try writeBest(step: progress.step, tensors, metadata()) }
  }

  /// Writes the best weights that wait, if there are any.
  func writePendingBest() throws {
    guard let best = pendingBest else { return }
    pendingBest = nil
    try bestPacing.save { try writeBest(step: best.step, best.tensors.map(\.tensor), best.metadata) }
  }

  private func writeBest(step: Int, _ tensors: [SafetensorsTensor], _ metadata: [String: String]) throws {
    try write(step: step, tensors, metadata) { store, tensors, metadata in
      try store.saveBest(step: step, tensors: tensors, metadata: metadata)
      return store.bestPath
    }
  }

  /// Writes a checkpoint, whose path `body` returns.
  private func write(
    step: Int, _ tensors: @autoclosure () -> [SafetensorsTensor], _ metadata: @autoclosure () -> [String: String],
    _ body: (CheckpointStore, [SafetensorsTensor], [String: String]) throws -> String
  ) throws {
    guard let folder else { return }
    let start = DispatchTime.now()
    defer { progress.savingSeconds += DispatchTime.now().seconds(since: start) }
    try folder.requirePlace()
    try observers.tell(.saving(step: step))
    let now = DispatchTime.now()
    progress.wallSeconds += now.seconds(since: clock)
    clock = now
    readEnergy()
    let path = try body(folder.checkpoints, tensors(), metadata())
    pool.spans.coordinator.end(.save, since: now.uptimeNanoseconds)
    try observers.tell(.saved(path: path, step: step))
  }
}

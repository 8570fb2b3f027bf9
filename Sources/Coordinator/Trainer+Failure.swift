import Gradients
import Checkpoints
import Records

extension Trainer {
  /// Whether every microbatch's activations and gradients are looked at, so that a step in which one is not finite is not
  /// taken; else only losses are, and weights before they are measured or saved.
  package var trapsNotFinite: Bool {
    get { engine.trap.isArmed }
    set { engine.trap.isArmed = newValue }
  }

  /// Writes the failure bundle, and notes it with the divergence; where it cannot be written, the run ends all the same.
  func leaveFailure() -> ObserverFailure? {
    do {
      guard let record = try writeFailure() else { return nil }
      progress.divergence?.bundle = FailureRecord.FileName.folder
      progress.divergence?.place = record.place
      progress.divergence?.placeStep = record.step
      return nil
    } catch {
      return ObserverFailure(observer: "failure bundle", error: error)
    }
  }

  /// A run that goes on after a failure and ends well is not the one that its bundle tells of: the bundle goes.
  ///
  /// Before the summary is written, so that a run that is killed in between takes it away when it goes on.
  func removeFailure() -> ObserverFailure? {
    guard let folder else { return nil }
    let path = folder.path + "/" + FailureRecord.FileName.folder
    do {
      try AtomicFolder.remove(path)
      return nil
    } catch {
      return ObserverFailure(observer: "failure bundle", error: error)
    }
  }

  /// Steps that are taken again, at most, to find the one that failed.
  private static let mostStepsAgain = 10_000

  /// Leaves in the run directory all that replays the divergence that `progress` tells of: a failure bundle.
  ///
  /// Where the state before the step is gone, it is computed again from the newest save. In the end the trainer stands where
  /// it stood.
  ///
  /// - Returns: what was found; `nil` without a run directory.
  /// - Throws: `CheckpointError` if the bundle cannot be written.
  func writeFailure() throws -> FailureRecord? {
    guard let folder, let divergence = progress.divergence else { return nil }
    // One process computes the bits of several, which are at their end and cannot help any more.
    let searcher = isRanked ? try alone() : self
    let copy = searcher.copyState()
    defer {
      searcher.put(back: copy)
      searcher.progress.divergence = divergence
    }
    var record: FailureRecord?
    try AtomicFolder.write(to: folder.path + "/" + FailureRecord.FileName.folder) { path in
      let search = FailureSearch(searcher, divergence, folder: folder, bundle: path)
      record = try search.run()
    }
    return record
  }

  /// A trainer of this process alone that stands where this one does.
  private func alone() throws -> Trainer {
    let trainer = try Trainer(plan)
    trainer.put(back: copyState())
    trainer.trapsNotFinite = trapsNotFinite
    return trainer
  }

  /// Goes back to the last step whose weights are finite, if it is not too far.
  ///
  /// - Returns: why not, in words.
  func rewindToFiniteWeights(_ folder: RunFolder) throws -> String? {
    let end = progress.step
    if let problem = try rewind(folder) { return problem }
    let start = progress.step
    guard end - start <= Self.mostStepsAgain else {
      return "the weights were last saved \(end - start) steps before, more than the \(Self.mostStepsAgain) that are "
        + "looked through for the step that failed"
    }
    var last = end - 1
    while progress.step < last {
      guard takeStep() != nil else { return nil }
      if !hasFiniteWeights { last = progress.step - 1 }
    }
    if progress.step == last { return nil }
    if let problem = try rewind(folder) { return problem }
    while progress.step < last, takeStep() != nil {}
    return nil
  }

  /// Goes back to the newest save, or to the beginning.
  private func rewind(_ folder: RunFolder) throws -> String? {
    for step in folder.checkpoints.steps().reversed() where step <= progress.step {
      guard let file = try? SafetensorsFile(path: folder.checkpoints.path(step: step)) else { continue }
      try restore(file)
      return nil
    }
    let began = progress.initializedFrom
    restart()
    guard let began else { return nil }
    guard (try? SafetensorsFile(path: began.file).sha256()) == began.sha256 else {
      return "the weights that the run began with are no longer in \(began.file)"
    }
    try initialize(from: began.file, isPartial: !began.tensorsLeft.isEmpty)
    return nil
  }
}

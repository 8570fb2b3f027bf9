import Calendars
import Checkpoints
import Configuration
import Datasets
import Dispatch
import Gradients
import Kernels
import Models
import Records

/// Which weights of a run are its result.
///
/// Without a validation set it is the last ones, and the test set is measured on the way. With one, the evaluations on the
/// way are its own: the weights with the best of them are the result, and the test set is looked at once, at the end, with
/// those weights, so that what it says is not what somebody chose.
extension Trainer {
  /// The weights that `weights.safetensors` holds.
  package var chosen: NetworkState { best ?? evaluated }

  /// Notes an evaluation: whether it is the best so far, and how long ago that was.
  ///
  /// - Returns: whether it is the best.
  func note(_ evaluation: Evaluation) -> Bool {
    guard isBest(evaluation) else {
      progress.evaluationsSinceBest += 1
      return false
    }
    progress.evaluationsSinceBest = 0
    progress.bestStep = progress.step
    progress.bestLoss = evaluation.loss
    progress.bestAccuracy = evaluation.accuracy
    if plan.splits.validation != nil {
      let kept = best ?? NetworkState(for: plan.network)
      kept.parameters.view.copy(from: evaluated.parameters.view)
      kept.statistics.view.copy(from: evaluated.statistics.view)
      best = kept
    }
    return true
  }

  /// Higher accuracy, then lower loss; for numbers to predict, lower loss.
  private func isBest(_ evaluation: Evaluation) -> Bool {
    guard evaluation.isFinite else { return false }
    if let accuracy = evaluation.accuracy, let best = progress.bestAccuracy {
      return accuracy > best || accuracy == best && evaluation.loss < progress.bestLoss ?? .infinity
    }
    return evaluation.loss < progress.bestLoss ?? .infinity
  }

  /// Whether `stop.patience` evaluations in a row have brought nothing better (early stopping).
  func hasNoPatienceLeft() -> Bool {
    guard let stop = plan.configuration.stop, progress.evaluationsSinceBest >= stop.patience else { return false }
    progress.stoppedEarlyAtStep = progress.step
    return true
  }

  /// Takes back the best weights that a resumed run had kept; where they are not there any more, the next evaluation is
  /// the best. A run that was killed after its last save may have left newer ones: it will find them again, but until
  /// then they are not what the save says.
  ///
  /// - Returns: a remark, if they are missing.
  func loadBest() -> String? {
    guard plan.splits.validation != nil, let step = progress.bestStep, let folder else { return nil }
    do throws(CheckpointError) {
      if let saved = try folder.checkpoints.best(), saved.step == step {
        let kept = NetworkState(for: plan.network)
        try plan.network.load(saved.file, into: kept)
        best = kept
        return nil
      }
      progress.forgetBest()
      return
        "\(folder.checkpoints.bestPath) does not hold the best weights so far, those of step \(step): the best are chosen "
        + "again from here on"
    } catch {
      progress.forgetBest()
      return "not used: \(error)"
    }
  }

  /// Measures the test set with the run's result, outside a run.
  package func evaluateTest() -> Evaluation {
    let state = chosen
    engine.pack(state)
    let evaluator = testEvaluator ?? evaluator
    func evaluation() -> Evaluation { evaluator.evaluate(state, engine) }
    guard let statistics else { return evaluation() }
    return statistics.withStatistics(in: state, engine, evaluation)
  }

  /// The end of a run with a validation set: the test set is measured, the only time.
  func measureTest() throws {
    guard testEvaluator != nil else { return }
    let start = DispatchTime.now()
    let evaluation = evaluateTest()
    progress.evaluationSeconds += DispatchTime.now().seconds(since: start)
    testEvaluation = evaluation
    // A run that was over when it was resumed has told it.
    guard progress.outcome == nil else { return }
    try observers.tell(
      .evaluated(step: progress.step, epoch: plan.calendar.epoch(after: progress.step), evaluation))
  }
}

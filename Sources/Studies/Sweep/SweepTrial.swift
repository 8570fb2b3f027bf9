import Configuration
import Coordinator
import Datasets
import Dispatch
import Optimizers
import Records

/// One cell of a sweep: trains until the target, the end of the budget, or divergence.
struct SweepTrial {
  let cell: SweepCell
  let plan: RunPlan
  let target: TargetRecord?
  /// Whether training goes on after the target.
  let toTheEnd: Bool
  let schedule: EvaluationSchedule

  /// - Throws: `RunError`, `ModelError` or `ConfigurationError` where the config cannot run with this batch.
  init(
    _ cell: SweepCell, of configuration: RunConfiguration, grid: SweepGrid,
    plan makePlan: (RunConfiguration) throws -> RunPlan,
    trainSamples: Int
  ) throws {
    self.cell = cell
    plan = try makePlan(configuration.cell(cell, grid: grid, trainSamples: trainSamples))
    target = grid.target
    toTheEnd = grid.toTheEnd
    schedule = EvaluationSchedule(stepsPerEpoch: plan.stepsPerEpoch, growth: grid.resolution, last: plan.steps)
  }

  /// What a cell has found so far.
  private struct Findings {
    /// Training samples, and seconds of its steps and evaluations.
    var samples = 0
    var seconds = 0.0
    var evaluationSeconds = 0.0
    /// Steps done at the first evaluation that was not finite.
    var divergedStep: Int?
    /// What had been done at the first evaluation that reached the target.
    var reached: (step: Int, samples: Int, seconds: Double, evaluationSeconds: Double)?
    var bestLoss: Double?
    var bestAccuracy: Double?
    var last: Evaluation?
    var losses = CurveThinning()
    var curve = SweepCurve()

    mutating func add(_ step: StepRecord) {
      samples += step.samples
      seconds += step.gradientSeconds + step.reduceSeconds
      losses.append(epoch: step.epoch, value: step.loss)
    }

    mutating func add(_ evaluation: Evaluation, step: Int, epoch: Double, reachesTarget: Bool) {
      last = evaluation
      if reachesTarget, reached == nil { reached = (step, samples, seconds, evaluationSeconds) }
      guard evaluation.isFinite else {
        divergedStep = divergedStep ?? step
        return
      }
      bestLoss = min(bestLoss ?? .infinity, evaluation.loss)
      if let accuracy = evaluation.accuracy { bestAccuracy = max(bestAccuracy ?? 0, accuracy) }
      curve.epochs.append(epoch)
      curve.values.append(evaluation.accuracy ?? evaluation.loss)
    }
  }

  /// Trains the cell.
  ///
  /// - Returns: `nil` if `stop` was raised before the cell's end: half a cell is no result.
  func run(stop: StopRequest, observe: (SweepProgress) -> Void) throws -> SweepPoint? {
    let trainer = try Trainer(plan)
    let cellStop = StopRequest()
    var findings = Findings()
    var isInterrupted = false

    func note(_ evaluation: Evaluation, step: Int, epoch: Double) {
      let reachesTarget = reaches(evaluation)
      findings.add(evaluation, step: step, epoch: epoch, reachesTarget: reachesTarget)
      if !evaluation.isFinite || reachesTarget && !toTheEnd { cellStop.raise() }
    }

    let result = try trainer.train(stop: cellStop) { event in
      switch event {
      case .step(let step):
        findings.add(step)
        observe(progress(step, findings))
        // The trainer itself evaluates after the last step.
        guard step.step < plan.steps else { return }
        if stop.isRaised {
          isInterrupted = true
          cellStop.raise()
        } else if schedule.contains(step.step) {
          let start = DispatchTime.now().uptimeNanoseconds
          let evaluation = try trainer.evaluate()
          findings.evaluationSeconds += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
          note(evaluation, step: step.step, epoch: step.epoch)
        }
      case .evaluated(let step, let epoch, let evaluation):
        findings.evaluationSeconds += trainer.progress.evaluationSeconds
        note(evaluation, step: step, epoch: epoch)
      default: break
      }
    }
    let hasDiverged = result.outcome == .diverged || findings.divergedStep != nil
    if isInterrupted, !hasDiverged { return nil }
    return point(result.summary, findings, hasDiverged: hasDiverged)
  }

  private func progress(_ step: StepRecord, _ findings: Findings) -> SweepProgress {
    SweepProgress(
      cell: cell, step: step, steps: plan.steps, epochs: Double(plan.steps) / Double(plan.stepsPerEpoch),
      samples: findings.samples, seconds: findings.seconds + findings.evaluationSeconds, evaluation: findings.last)
  }

  /// The cell's record.
  private func point(_ summary: RunSummary, _ findings: Findings, hasDiverged: Bool) -> SweepPoint {
    let outcome: RunOutcome =
      hasDiverged ? .diverged : findings.reached != nil && !toTheEnd ? .targetReached : .completed
    var point = SweepPoint(
      cell, scaledLearningRate: plan.schedule.scaledRate, outcome: outcome, steps: summary.steps,
      samples: findings.samples)
    point.epochs = summary.epochs
    point.trainingSeconds = findings.seconds
    point.evaluationSeconds = findings.evaluationSeconds
    point.threads = plan.threads
    point.trainLoss = finite(summary.trainLoss)
    point.testLoss = finite(findings.last?.loss)
    point.testAccuracy = findings.last?.accuracy
    point.bestTestLoss = findings.bestLoss
    point.bestTestAccuracy = findings.bestAccuracy
    point.divergedAtStep = findings.divergedStep ?? summary.divergence?.step
    point.weightsSHA256 = summary.weightsSHA256
    point.noiseScale = summary.noiseScale
    point.noiseScaleLow = summary.noiseScaleLow
    point.noiseScaleHigh = summary.noiseScaleHigh
    point.lossCurve = findings.losses.curve
    point.testCurve = findings.curve
    if let reached = findings.reached {
      point.reached = true
      point.stepsToTarget = reached.step
      point.samplesToTarget = reached.samples
      point.secondsToTarget = reached.seconds
      point.secondsToTargetWithEvaluation = reached.seconds + reached.evaluationSeconds
    }
    return point
  }

  private func reaches(_ evaluation: Evaluation) -> Bool {
    guard evaluation.isFinite, let target else { return false }
    if let accuracy = target.testAccuracy { return evaluation.accuracy ?? 0 >= accuracy }
    if let loss = target.testLoss { return evaluation.loss <= loss }
    return false
  }

  private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}

/// Where a running cell stands, for whoever shows it.
package struct SweepProgress: Sendable {
  package var cell: SweepCell
  /// The step just taken.
  package var step: StepRecord
  /// Steps and epochs of the cell's budget.
  package var steps: Int
  package var epochs: Double
  /// Training samples seen by the cell.
  package var samples: Int
  /// Seconds of the cell so far, evaluation included.
  package var seconds: Double
  /// The cell's last evaluation.
  package var evaluation: Evaluation?
}

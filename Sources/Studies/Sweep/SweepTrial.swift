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

  /// What evaluations found so far.
  private struct Findings {
    /// Steps done at the first evaluation that was not finite.
    var divergedStep: Int?
    var reachedStep: Int?
    var reachedSamples = 0
    var reachedSeconds = 0.0
    var reachedEvaluationSeconds = 0.0
    var bestLoss: Double?
    var bestAccuracy: Double?
    var last: Evaluation?
    var curve = SweepCurve()
  }

  /// Trains the cell.
  ///
  /// - Returns: `nil` if `stop` was raised before the cell's end: half a cell is no result.
  func run(stop: StopRequest, observe: (SweepProgress) -> Void) throws -> SweepPoint? {
    let trainer = try Trainer(plan)
    let cellStop = StopRequest()
    var findings = Findings()
    var losses = CurveThinning()
    var (samples, seconds, evaluationSeconds) = (0, 0.0, 0.0)
    var isInterrupted = false

    func note(_ evaluation: Evaluation, step: Int, epoch: Double) {
      findings.last = evaluation
      if !evaluation.isFinite {
        findings.divergedStep = findings.divergedStep ?? step
        cellStop.raise()
      } else {
        findings.bestLoss = min(findings.bestLoss ?? .infinity, evaluation.loss)
        if let accuracy = evaluation.accuracy {
          findings.bestAccuracy = max(findings.bestAccuracy ?? 0, accuracy)
        }
        findings.curve.epochs.append(epoch)
        findings.curve.values.append(evaluation.accuracy ?? evaluation.loss)
      }
      if findings.reachedStep == nil, reaches(evaluation) {
        findings.reachedStep = step
        findings.reachedSamples = samples
        findings.reachedSeconds = seconds
        findings.reachedEvaluationSeconds = evaluationSeconds
        if !toTheEnd { cellStop.raise() }
      }
    }

    let result = try trainer.train(stop: cellStop) { event in
      switch event {
      case .step(let step):
        samples += step.samples
        seconds += step.gradientSeconds + step.updateSeconds
        losses.append(epoch: step.epoch, value: step.loss)
        observe(
          SweepProgress(
            cell: cell, step: step, steps: plan.steps, epochs: Double(plan.steps) / Double(plan.stepsPerEpoch),
            samples: samples, seconds: seconds + evaluationSeconds, evaluation: findings.last))
        // The trainer itself evaluates after the last step.
        guard step.step < plan.steps else { return }
        if stop.isRaised {
          isInterrupted = true
          cellStop.raise()
        } else if schedule.contains(step.step) {
          let start = DispatchTime.now().uptimeNanoseconds
          let evaluation = try trainer.evaluate()
          evaluationSeconds += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
          note(evaluation, step: step.step, epoch: step.epoch)
        }
      case .evaluated(let step, let epoch, let evaluation):
        evaluationSeconds += trainer.progress.evaluationSeconds
        note(evaluation, step: step, epoch: epoch)
      default: break
      }
    }
    let hasDiverged = result.outcome == .diverged || findings.divergedStep != nil
    if isInterrupted, !hasDiverged { return nil }

    let outcome: RunOutcome =
      hasDiverged ? .diverged : findings.reachedStep != nil && !toTheEnd ? .targetReached : .completed
    var point = SweepPoint(
      cell, scaledLearningRate: plan.schedule.scaledRate, outcome: outcome, steps: result.summary.steps,
      samples: samples)
    point.epochs = result.summary.epochs
    point.trainingSeconds = seconds
    point.evaluationSeconds = evaluationSeconds
    point.threads = plan.threads
    point.trainLoss = finite(result.summary.trainLoss)
    point.testLoss = finite(findings.last?.loss)
    point.testAccuracy = findings.last?.accuracy
    point.bestTestLoss = findings.bestLoss
    point.bestTestAccuracy = findings.bestAccuracy
    point.divergedAtStep = findings.divergedStep ?? result.summary.divergence?.step
    point.weightsSHA256 = result.summary.weightsSHA256
    point.noiseScale = result.summary.noiseScale
    point.noiseScaleLow = result.summary.noiseScaleLow
    point.noiseScaleHigh = result.summary.noiseScaleHigh
    point.lossCurve = losses.curve
    point.testCurve = findings.curve
    if let step = findings.reachedStep {
      point.reached = true
      point.stepsToTarget = step
      point.samplesToTarget = findings.reachedSamples
      point.secondsToTarget = findings.reachedSeconds
      point.secondsToTargetWithEvaluation = findings.reachedSeconds + findings.reachedEvaluationSeconds
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
public struct SweepProgress: Sendable {
  public var cell: SweepCell
  /// The step just taken.
  public var step: StepRecord
  /// Steps and epochs of the cell's budget.
  public var steps: Int
  public var epochs: Double
  /// Training samples seen by the cell.
  public var samples: Int
  /// Seconds of the cell so far, evaluation included.
  public var seconds: Double
  /// The cell's last evaluation.
  public var evaluation: Evaluation?
}

import Calendars
import JSON
import Statistics
import Gradients
import Checkpoints
import Configuration
import Datasets
import Dispatch
import Foundation
import Kernels
import Tracing
import Models
import Optimizers
import Records
import Workers

extension Trainer {
  /// Tells observers where the run begins.
  func begin() throws {
    clock = DispatchTime.now()
    beginMetering()
    wantsHistograms = collective.agree(observers.wantsHistograms)
    try observers.tell(.started(step: progress.step))
  }

  /// Measures the current weights, as often as the config says. What is not finite there is a divergence, noted in
  /// `progress`.
  func measure() throws -> Evaluation {
    let start = DispatchTime.now()
    var evaluation = try evaluate()
    pool.spans.coordinator.end(.evaluate, since: start.uptimeNanoseconds)
    progress.evaluationSeconds += DispatchTime.now().seconds(since: start)
    lastEvaluation = evaluation
    evaluation.densities = densities()
    try observers.tell(
      .evaluated(step: progress.step, epoch: plan.calendar.epoch(after: progress.step), evaluation))
    if !evaluation.isFinite { noteDivergence(.evaluation) }
    if note(evaluation) { try saveBest() }
    return evaluation
  }

  /// What the last step met of zeros.
  private func densities() -> [String: Double] {
    var shares: [String: Double] = [:]
    for (layer, density) in engine.layerDensities() {
      shares[layer + ".input"] = density.inputs.share
      shares[layer + ".gradient"] = density.gradients.share
    }
    return shares
  }

  /// Ends the run: last save, weights, summary.
  func finish(_ outcome: RunOutcome) throws -> RunResult {
    let isOver = outcome == .completed || outcome == .targetReached
    if isOver {
      try measureTest()
      progress.outcome = outcome
      try tellReceipt(isEnd: true)
    }
    readEnergy()
    try writePendingBest()
    if outcome != .diverged { try save() }
    progress.wallSeconds += DispatchTime.now().seconds(since: clock)
    clock = DispatchTime.now()
    if outcome == .diverged, let folder, let step = lastSavedStep {
      let file = URL(fileURLWithPath: folder.checkpoints.path(step: step)).lastPathComponent
      progress.divergence?.checkpoint = RunRecord.FileName.checkpoints + "/" + file
    }
    // Whoever looks for the failure wants the state of all ranks.
    if outcome == .diverged { update.collectState() }
    var failures: [ObserverFailure] = []
    if folder != nil { try observers.tell(.saving(step: progress.step)) }
    if outcome == .diverged, folder != nil { failures = [leaveFailure()].compactMap(\.self) }
    if isOver { failures += [removeFailure()].compactMap(\.self) }
    let summary = summary(outcome)
    if let folder {
      try folder.requirePlace()
      if outcome != .diverged {
        try writeWeights(to: folder.path + "/" + RunRecord.FileName.weights)
      }
      try AtomicFile.write(JSONText.pretty(summary), to: folder.path + "/" + RunRecord.FileName.summary)
    }
    try observers.tell(.ended(summary))
    var result = RunResult(outcome: outcome, summary: summary, evaluation: testEvaluation ?? lastEvaluation)
    result.observerFailures = failures
    return result
  }

  /// Notes that the step just taken left something that is no finite number.
  func noteDivergence(_ kind: DivergenceRecord.Kind) {
    let rate = plan.schedule.learningRate(at: max(0, progress.step - 1))
    progress.divergence = DivergenceRecord(
      step: progress.step, learningRate: rate, loss: progress.lastLoss, kind: kind)
  }

  private func summary(_ outcome: RunOutcome) -> RunSummary {
    let test = testEvaluator == nil ? lastEvaluation : testEvaluation
    var summary = RunSummary(
      outcome: outcome, steps: progress.step, epochs: plan.calendar.epoch(after: progress.step),
      samples: progress.samples, trainLoss: progress.trainLoss, testLoss: test?.loss, testAccuracy: test?.accuracy,
      wallSeconds: progress.wallSeconds,
      samplesPerSecond: progress.samplesPerSecond, peakMemoryBytes: ProcessMemory.peakBytes, threads: pool.threads,
      weightsSHA256: weightsSHA256)
    let configuration = plan.configuration
    summary.name = configuration.name
    summary.ranks = collective.ranks
    if collective.ranks > 1 { summary.rankHosts = collective.hosts }
    summary.isothermVersion = IsothermVersion.current
    summary.startedAt = startedAt.formatted(.iso8601)
    summary.dataset = plan.splits.train.name
    summary.trainSamples = plan.splits.train.count
    summary.testSamples = plan.splits.test.count
    summary.parameters = plan.network.trainedCount
    summary.batch = plan.division.batch
    summary.shards = plan.division.shards
    summary.microbatch = plan.division.microbatch
    summary.seed = configuration.seed
    summary.plannedSteps = plan.steps
    summary.plannedEpochs = plan.calendar.epoch(after: plan.steps)
    summary.warmupSteps = plan.schedule.warmupSteps
    switch configuration.target {
    case .testAccuracy(let accuracy): summary.target = TargetRecord(testAccuracy: accuracy)
    case .testLoss(let loss): summary.target = TargetRecord(testLoss: loss)
    case nil: break
    }
    if outcome == .targetReached { summary.targetReachedAtStep = progress.step }
    summary.divergence = progress.divergence
    if let validation = plan.splits.validation {
      summary.validationSamples = validation.count
      summary.bestValidationAccuracy = progress.bestAccuracy
      summary.bestValidationLoss = progress.bestLoss
    } else {
      summary.bestTestAccuracy = progress.bestAccuracy
      summary.bestTestLoss = progress.bestLoss
    }
    summary.bestStep = progress.bestStep
    summary.stoppedEarlyAtStep = progress.stoppedEarlyAtStep
    summary.regression = test?.regression
    summary.resumedFromStep = resumedFromStep
    if !progress.acceptedChanges.isEmpty { summary.acceptedChanges = progress.acceptedChanges }
    if !progress.extensions.isEmpty { summary.extendedFrom = progress.extensions }
    summary.initializedFrom = progress.initializedFrom
    summary.guardedShards = progress.guardedShards
    summary.gradientSeconds = progress.gradientSeconds
    summary.reduceSeconds = progress.reduceSeconds
    summary.trainingSeconds = progress.gradientSeconds + progress.reduceSeconds
    summary.evaluationSeconds = progress.evaluationSeconds
    if folder != nil { summary.savingSeconds = progress.savingSeconds }
    summary.energyJoules = progress.energyJoules
    if observers.recordsLost > 0 { summary.metricsLinesLost = observers.recordsLost }
    if let evaluation = test, evaluation.isFinite, let counts = evaluation.classes {
      summary.classes = ClassRecord(counts, classNames: plan.splits.train.classNames)
    }
    if let noise = progress.noise.noiseScale {
      summary.noiseScale = noise.value.finite
      summary.noiseScaleLow = noise.low
      summary.noiseScaleHigh = noise.high.finite
    }
    summary.highestTemperatureIndex = progress.highestTemperatureIndex
    if progress.step > 0 { summary.temperatureIndex = plan.temperatureIndex(at: progress.step - 1) }
    summary.kernels = KernelPath.active.rawValue
    summary.machine = MachineRecord.current
    return summary
  }
}

extension Trainer {
  /// Measures the current weights, or those that follow them, outside a run: on the validation set, or, without one, the
  /// test set.
  ///
  /// With `evaluate.batchNormSamples`, batch norm's statistics are computed again for it; see ``RecomputedStatistics``.
  package func evaluate() throws -> Evaluation {
    engine.pack(evaluated)
    func evaluation() -> Evaluation {
      var evaluation = evaluator.evaluate(evaluated, engine)
      evaluation.isValidation = testEvaluator != nil
      return evaluation
    }
    guard let statistics else { return evaluation() }
    return statistics.withStatistics(in: evaluated, engine, evaluation)
  }

  /// All parameters with the running statistics that an evaluation would use; see ``tensorsInFileLayout()``.
  package func tensorsForEvaluation() -> [(name: String, elements: [Float])] {
    let state = chosen
    func tensors() -> [(name: String, elements: [Float])] {
      plan.network.storedTensors.map { ($0.name, state.fileElements(of: $0)) }
    }
    guard let statistics else { return tensors() }
    engine.pack(state)
    return statistics.withStatistics(in: state, engine, tensors)
  }

  /// The class that the last evaluation of the test set predicted for each test sample, in file order; −1 where an output is not finite.
  package var predictedClasses: [Int] { (testEvaluator ?? evaluator).predictedClasses.array().map { Int($0) } }
}

extension Double {
  /// `nil` for a number that JSON has no word for.
  fileprivate var finite: Double? { isFinite ? self : nil }
}

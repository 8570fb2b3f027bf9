import Calendars
import Gradients
import Configuration
import Datasets
import Dispatch
import Foundation
import Kernels
import Machine
import Models
import Optimizers
import Records
import Tracing
import Workers

/// Trains one network as its config says: the whole algorithm of Isotherm.
///
/// The weights after any step are the same bits for every number of threads, any timing, and any stop and resume.
///
/// ```swift
/// let plan = try RunPlan(configuration, splits: splits, threads: 8)
/// let trainer = try Trainer(plan)
/// let result = try trainer.train()
/// ```
package final class Trainer {
  package let plan: RunPlan
  /// Where the run stands: steps done, times, the best evaluation.
  package internal(set) var progress = RunProgress()
  /// Parameters and running statistics.
  package let state: NetworkState
  package let engine: GradientEngine
  let update: WeightUpdate
  /// Measures the set that chooses among the weights of the run: that of validation or, without, the test set.
  let evaluator: Evaluator
  /// Measures the test set once, at the end, where there is a validation set.
  let testEvaluator: Evaluator?
  /// The best weights so far, where a validation set chooses them.
  var best: NetworkState?
  /// For `evaluate.batchNormSamples`.
  let statistics: RecomputedStatistics?
  let pool: WorkerPool
  /// Looks whether the system grants more cores or fewer; `nil` where the run does not follow.
  package var grants: GrantWatch?
  /// Counts the machine's energy while the run goes on; `nil` where nobody tells. See `beginMetering`.
  var energy: EnergyMeter?
  /// Joules of the run's earlier parts, and when the counters are read next.
  var energyBefore = 0.0
  var nextEnergy: UInt64 = 0
  /// The other ranks of the run.
  let collective: any Collective
  let folder: RunFolder?
  let observers: RunObservers
  /// Where an observer wants histograms.
  var histograms: HistogramMeasurement?
  /// Whether an observer of any rank does.
  var wantsHistograms = false
  /// The chain of digests, if the config asks for one.
  let receipts: ReceiptChain?
  /// Takes the digest of everything that the run goes on from.
  private(set) lazy var stateDigest = StateDigest(of: stateVectors, pool: pool)
  /// What is recorded of some steps, if anybody wants it.
  var trace: RunTrace?

  /// The step that a checkpoint gave, if the run was resumed.
  package internal(set) var resumedFromStep: Int?
  /// The last evaluation of this process, of the set that chooses among the weights.
  package internal(set) var lastEvaluation: Evaluation?
  /// That of the test set at the end, where another set chooses.
  var testEvaluation: Evaluation?
  var lastSavedStep: Int?
  /// When checkpoints and the best weights were saved last, each apart, so that the one does not keep the other waiting.
  package var pacing = SavePacing()
  package var bestPacing = SavePacing()
  /// The best weights that are not saved yet.
  var pendingBest: PendingBest?
  /// Digest of the data that the run trains and is measured on, for its checkpoints.
  package private(set) lazy var dataSHA256 = plan.splits.sha256
  let startedAt = Date()
  /// The step whose samples a source that reads ahead was told of last; -1 before the first.
  private var announcedStep = -1
  /// Since when wall time is not yet counted in `progress`.
  var clock = DispatchTime.now()

  /// A trainer with initial weights of the config's seed.
  ///
  /// - Parameters:
  ///   - folder: where the run leaves its records; without one, a run leaves nothing.
  ///   - collective: the other ranks of the run; left out, there are none.
  /// - Throws: `BLASError` if the system's BLAS cannot be used by several threads, `AllocationError` if there is no
  ///   memory.
  package init(
    _ plan: RunPlan, folder: RunFolder? = nil, collective: any Collective = LocalCollective()
  ) throws {
    try BLASBuild.requireUsable()
    let collective = Self.collective(collective, for: plan)
    self.plan = plan
    self.collective = collective
    self.folder = folder
    pool = WorkerPool(threads: plan.threads, pinning: plan.pinning)
    grants = plan.grantWatch(now: DispatchTime.now().uptimeNanoseconds)
    observers = RunObservers(spans: pool.spans.coordinator)
    try MemoryEstimate(plan).requireAllocation()
    state = NetworkState(for: plan.network)
    engine = GradientEngine(
      plan.network, state: state, source: plan.source, shards: plan.division.shards, samples: plan.largestShard,
      pool: pool, collective: collective, roundsSums: plan.roundsSums,
      guarding: plan.configuration.guarding.map { ($0.share, plan.configuration.seed) })
    receipts = plan.configuration.receipt.map {
      ReceiptChain(every: $0.everySteps, largestBatch: max(plan.division.batch, plan.calendar.largestBatch))
    }
    update = WeightUpdate(plan.update, terms: plan.terms, engine: engine, pool: pool)
    evaluator = Evaluator(plan, of: plan.splits.judging, pool: pool, collective: collective)
    testEvaluator =
      plan.splits.validation == nil
      ? nil : Evaluator(plan, of: plan.splits.test, pool: pool, collective: collective)
    statistics = plan.configuration.evaluate.batchNormSamples.map { [pool] in
      RecomputedStatistics(
        plan.network, samples: $0, of: plan.splits, seed: plan.configuration.seed, pool: pool, collective: collective)
    }
    initializeWeights()
  }

  /// Has an observer told of the run that ``train(stop:observe:)`` makes.
  package func add(_ observer: sending any RunObserver) { observers.add(observer) }

  /// Trains until the run is complete, reaches its target, diverges, or somebody asks it to stop.
  ///
  /// - Parameters:
  ///   - stop: asks the run to stop after a step; it is saved first.
  ///   - observe: is told of every event on the calling thread, after the observers; what it throws ends the run.
  package func train(
    stop: StopRequest = StopRequest(), observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> RunResult {
    var (result, failures) = try observers.attend(caller: observe) {
      defer { endTrace() }
      try begin()
      return try finish(takeSteps(until: stop))
    }
    result.observerFailures += failures
    return result
  }

  /// The run: steps, and between them evaluations and saves where they are due.
  private func takeSteps(until stop: StopRequest) throws -> RunOutcome {
    // Asked for before the first step: the run is saved as it stands, and takes none.
    let isOver = progress.outcome != nil || progress.step == plan.steps
    if collective.agree(stop.isRaised) && !isOver { return .interrupted }
    while progress.outcome == nil && progress.step < plan.steps {
      beginOrEndTrace()
      guard let step = takeStep() else {
        try requireAgreement()
        return .diverged
      }
      try observers.tell(.step(step))
      try tellReceipt()

      let isLast = progress.step == plan.steps
      let isMeasured = isLast || isDue(plan.configuration.evaluate.every)
      let isSaved = !isLast && isDue(plan.configuration.checkpoint.every)
      let isStopped = collective.agree(stop.isRaised)
      if isMeasured || isSaved || isStopped {
        guard weightsAreFinite() else { return .diverged }
        update.collectState()
      }
      if isMeasured {
        try tellHistograms()
        let evaluation = try measure()
        guard evaluation.isFinite else { return .diverged }
        if reachesTarget(evaluation) { return .targetReached }
        if !isLast, hasNoPatienceLeft() { return .completed }
      }
      if isStopped && !isLast { return .interrupted }
      if isSaved, isTimeToSave { try save() }
    }
    // A run that was over when it was resumed has not been measured by this process.
    let evaluation = try lastEvaluation ?? evaluate()
    lastEvaluation = evaluation
    return evaluation.isFinite ? progress.outcome ?? .completed : .diverged
  }

  /// One optimizer step: shard gradients, all-reduce, update. Allocates nothing after the first.
  ///
  /// - Parameter rate: η of the step; left out, the schedule's.
  /// - Returns: `nil` if the loss is not finite, or a number that ``trapsNotFinite`` looks at, or a shard that was computed
  ///   twice has two results; the weights are then as before the step.
  package func takeStep(learningRate rate: Double? = nil) -> StepRecord? {
    let batch = plan.source.order.position(ofStep: progress.step)
    let learningRate = rate ?? plan.schedule.learningRate(at: progress.step)
    let spans = pool.spans.coordinator
    let start = DispatchTime.now()
    followGrants(at: start)
    followEnergy(at: start)

    // Fork-join 1: workers take shards of the batch and sum their samples' gradients.
    plan.source.order.prepare(batch)
    if plan.source.gatherer.source.readsAhead { readAhead(of: batch) }
    spans.end(.order, since: start.uptimeNanoseconds)
    let sum = engine.compute(plan.division.batch(batch))
    let middle = DispatchTime.now()
    if engine.shardGuard != nil, collective.agree(engine.guardFinding != nil) { return nil }

    let loss = sum.loss / Double(batch.count)
    let isTrapped = engine.trap.isArmed && collective.agree(engine.trap.isSprung)
    guard loss.isFinite, !isTrapped else {
      let kind: DivergenceRecord.Kind = loss.isFinite ? .pass : .trainingLoss
      progress.divergence = DivergenceRecord(
        step: progress.step + 1, learningRate: learningRate, loss: progress.lastLoss, kind: kind)
      return nil
    }

    // Fork-join 2: workers take chunks of the parameters: sum over shards, divide by the batch, update.
    update.run(step: progress.step, learningRate: learningRate)
    let end = DispatchTime.now()
    spans.end(.step, index: progress.step + 1, count: batch.count, since: start.uptimeNanoseconds)

    let record = progress.advance(
      batch, loss: loss, correct: sum.correct, learningRate: learningRate,
      measurement: engine.measurement(drawnFrom: plan.noisePopulation),
      temperatureIndex: plan.temperature?.index(learningRate: learningRate, batch: batch.count),
      calendar: plan.calendar, gradientSeconds: middle.seconds(since: start), reduceSeconds: end.seconds(since: middle))
    if plan.configuration.guarding != nil {
      progress.guardedShards = (progress.guardedShards ?? 0) + engine.guardedShards
    }
    receipts?.follow(record, batch, plan.source.order)
    return record
  }

  /// Has a source whose samples come from a disk begin to fetch the next step's, while this step's are computed; before
  /// the first step of a process, those of both.
  private func readAhead(of batch: BatchPosition) {
    let isFirst = announcedStep != batch.step
    if isFirst { plan.source.willRead(batch) }
    announcedStep = batch.step + 1
    guard batch.step + 1 < plan.steps else { return }
    plan.source.willRead(plan.source.order.position(ofStep: batch.step + 1))
  }

  /// Whether no weight has overflowed: a loss is measured before the update, so the last one may have, unseen.
  private func weightsAreFinite() -> Bool {
    if hasFiniteWeights { return true }
    noteDivergence(.weights)
    return false
  }

  /// Whether the step just taken is one of a series `every` so many epochs or steps.
  private func isDue(_ every: Span) -> Bool {
    plan.calendar.isDue(every, after: progress.step)
  }

  private func reachesTarget(_ evaluation: Evaluation) -> Bool {
    switch plan.configuration.target {
    case .testAccuracy(let accuracy): evaluation.accuracy ?? 0 >= accuracy
    case .testLoss(let loss): evaluation.loss <= loss
    case nil: false
    }
  }
}

import Configuration
import Coordinator
import Datasets
import Dispatch
import Logging
import Observers
import Records
import Synchronization

/// A run that a Swift program starts, watches and stops.
///
/// ```swift
/// let training = try Training(configuration, data: data, threads: 8)
/// async let result = training.run()
/// for await event in training.events {
///   if case .evaluated(let step, _, let evaluation) = event { print(step, evaluation.loss) }
/// }
/// let model = try await result.model
/// ```
///
/// The weights are the same bits for every number of threads, whether somebody watches or not.
public final class Training: Sendable {
  /// Steps of the whole run.
  public var steps: Int { plan.steps }
  /// Threads that compute.
  public var threads: Int { plan.threads }
  /// What a user should know before the run, in words.
  public var notes: [String] { plan.notes }
  /// What happens, in order; ends with the run.
  ///
  /// One task may iterate. The run never waits for it: of more than 1,024 events that wait, the oldest are dropped.
  public let events: AsyncStream<TrainingEvent>

  private let plan: RunPlan
  private let directory: String?
  private let goesOn: Bool
  private let logger: Logger
  private let continuation: AsyncStream<TrainingEvent>.Continuation
  private let observers = Mutex<[ObserverBox]>([])
  private let hasBegun = Atomic<Bool>(false)
  private static let mostEvents = 1024

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - data: what to train on; left out, what the config names is loaded.
  ///   - threads: T; left out, the config decides.
  ///   - directory: a new directory for config, metrics, checkpoints, weights and summary; left out, the run leaves no
  ///     files.
  ///   - logger: where the run's remarks go: the begin, evaluations, checkpoints, what a user should know, a divergence,
  ///     the end. Left out, to the handler that the program gave to swift-log's `LoggingSystem`.
  /// - Throws: ``DataError``, ``ModelError`` or ``RunError``, each with what was found and what is allowed.
  public convenience init(
    _ configuration: RunConfiguration, data: DataSplits? = nil, threads: Int? = nil, directory: String? = nil,
    logger: Logger = Logger(label: "isotherm")
  ) throws {
    let data = try data ?? RunData.load(configuration)
    let plan = try RunPlan(configuration, splits: data, threads: threads)
    self.init(plan, directory: directory, goesOn: false, logger: logger)
  }

  /// Prepares to go on with a run that was stopped, from its newest checkpoint, to the same bits as without the stop.
  ///
  /// - Parameters:
  ///   - directory: the run's own.
  ///   - data: those that the run began with; left out, what its config names is loaded.
  ///   - logger: where the run's remarks go, as in ``init(_:data:threads:directory:logger:)``.
  /// - Throws: as there; ``ConfigurationError`` if there is no run.
  public convenience init(
    resuming directory: String, data: DataSplits? = nil, threads: Int? = nil,
    logger: Logger = Logger(label: "isotherm")
  ) throws {
    let configuration = try RunConfiguration.decode(contentsOf: directory + "/" + RunRecord.FileName.configuration)
    let data = try data ?? RunData.load(configuration)
    let plan = try RunPlan(configuration, splits: data, threads: threads)
    self.init(plan, directory: directory, goesOn: true, logger: logger)
  }

  private init(_ plan: RunPlan, directory: String?, goesOn: Bool, logger: Logger) {
    self.logger = logger
    self.plan = plan
    self.directory = directory
    self.goesOn = goesOn
    (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.mostEvents))
  }

  /// Has an observer told of the run; before ``run()``.
  public func add(_ observer: sending any RunObserver) {
    let box = ObserverBox(observer)
    observers.withLock { $0.append(box) }
  }

  /// Trains until the run is complete, reaches its target, diverges, or the task that asked is cancelled: then it stops
  /// after a step, saves where it has a directory, and the outcome is `interrupted`.
  ///
  /// Steps are taken on a thread of the run's own, not on one of Swift's tasks. To be called once.
  ///
  /// - Throws: ``RunFolderError`` where the directory cannot be used, ``BLASError`` if the system's BLAS cannot be used
  ///   by several threads, ``AllocationError`` if there is no memory.
  public func run() async throws -> TrainingResult {
    precondition(!hasBegun.exchange(true, ordering: .relaxed), "a training runs once")
    let stop = StopRequest()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { caller in
        DispatchQueue(label: "isotherm.training").async {
          let result = Result { try self.train(stop) }
          self.continuation.finish()
          caller.resume(with: result)
        }
      }
    } onCancel: {
      stop.raise()
    }
  }

  private func train(_ stop: StopRequest) throws -> TrainingResult {
    let trainer = try makeTrainer()
    trainer.add(RunLog(plan, logger: logger))
    for box in observers.withLock({ $0 }) {
      if let observer = box.take() { trainer.add(observer) }
    }
    let result = try trainer.train(stop: stop) { continuation.yield($0) }
    for failure in result.observerFailures { logger.warning("an observer failed: \(failure)") }
    return TrainingResult(
      outcome: result.outcome, summary: result.summary, evaluation: result.evaluation,
      observerFailures: result.observerFailures, model: try TrainedModel(trainer))
  }

  private func makeTrainer() throws -> Trainer {
    guard let directory else { return try Trainer(plan) }
    let folder =
      goesOn
      ? try RunFolder(resuming: directory, configuration: plan.configuration)
      : try RunFolder(creating: directory, configuration: plan.configuration)
    let trainer = try Trainer(plan, recordingIn: folder)
    if goesOn {
      for remark in try trainer.resume() { logger.notice("\(remark)") }
    }
    return trainer
  }
}

/// Carries an observer from the task that adds it to the thread that trains.
private final class ObserverBox: Sendable {
  private let observer: Mutex<(any RunObserver)?>

  init(_ observer: sending any RunObserver) { self.observer = Mutex(observer) }

  func take() -> sending (any RunObserver)? {
    observer.withLock { observer in
      let taken = observer
      observer = nil
      return taken
    }
  }
}

import Tracing

/// Everybody who is told what a run does; used by the thread that trains.
final class RunObservers {
  private var immediate: [any RunObserver] = []
  private var queues: [ObserverQueue] = []
  /// Who called `train`, while it lasts.
  private var caller: ((TrainingEvent) throws -> Void)?
  /// Where it is recorded how long they take, while somebody traces the run.
  private let spans: SpanLog

  init(spans: SpanLog) { self.spans = spans }

  func add(_ observer: sending any RunObserver) {
    switch observer.delivery {
    case .immediate: immediate.append(observer)
    case .queued(let steps): queues.append(ObserverQueue(observer, capacity: steps))
    }
  }

  /// Tells everybody; what one who is told at once cannot take ends the run. Allocates nothing for a step.
  func tell(_ event: TrainingEvent) throws {
    let start = spans.start()
    for queue in queues { queue.add(event) }
    for observer in immediate { try observer.observe(event) }
    try caller?(event)
    spans.end(.observers, since: start)
  }

  /// Whether anybody wants to be told of histograms.
  var wantsHistograms: Bool {
    queues.contains { $0.wantsHistograms } || immediate.contains { $0.wantsHistograms }
  }

  /// Records that could not be written.
  var recordsLost: Int { immediate.reduce(0) { $0 + $1.recordsLost } }

  /// Tells those that want it of histograms.
  func tellHistograms(_ event: TrainingEvent) throws {
    for queue in queues where queue.wantsHistograms { queue.add(event) }
    for observer in immediate where observer.wantsHistograms { try observer.observe(event) }
  }

  /// Has everybody, the caller included, told of what `body` does, and waits until they have finished.
  ///
  /// - Returns: what `body` returns, and who failed on the way.
  func attend<Result>(
    caller: (TrainingEvent) throws -> Void, _ body: () throws -> Result
  ) throws -> (Result, [ObserverFailure]) {
    try withoutActuallyEscaping(caller) { caller in
      self.caller = caller
      defer { self.caller = nil }
      for queue in queues { queue.start() }
      let result = Swift.Result { try body() }
      // All of them finish, also after a failure; the run's own error comes before one of theirs.
      let endings = immediate.map { observer in Swift.Result { try observer.finish() } }
      for queue in queues { queue.close() }
      let failures = queues.compactMap { $0.wait() }
      let value = try result.get()
      for ending in endings { try ending.get() }
      return (value, failures)
    }
  }
}

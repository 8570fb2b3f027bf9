import Coordinator
import Dispatch
import Records
import Workers

/// How far several seeds are.
package struct ReplicaProgress: Sendable, Equatable {
  /// Seeds whose run is over, and all.
  package var ended: Int
  package var seeds: Int
  /// Steps of all runs, done and in all; those that a run which ended early did not need count as done.
  package var step: Int
  package var steps: Int
  /// Training throughput of all together.
  package var samplesPerSecond: Double
  /// By the pace so far; `nil` before there is one.
  package var secondsLeft: Double?
  /// Means over the seeds that ended well in this process.
  package var testAccuracy: Double?
  package var testLoss: Double?
}

/// Which seeds are left, who is at work, and what came out: what all places share.
final class ReplicaBoard: Sendable {
  private struct State {
    var waiting: ArraySlice<UInt64>
    /// Places at work.
    var places = 0
    var ended: ArraySlice<Replicas.Ended> = []
    var failure: (any Error)?
    var damaged: [DamagedSeed] = []
    let seeds: Int
    /// Seeds that were over before this process began, and all that are over.
    let kept: Int
    var over: Int
    /// Steps of a run, once one has begun; those done by this process, and those that are done without it.
    var runSteps = 0
    var steps = 0
    var given = 0
    var samples = 0
    var accuracies: [Double] = []
    var losses: [Double] = []
  }

  private let state: Monitor<State>
  private let start = DispatchTime.now().uptimeNanoseconds

  /// - Parameters:
  ///   - waiting: the seeds that are to be trained.
  ///   - count: all seeds.
  init(_ waiting: [UInt64], of count: Int) {
    let kept = count - waiting.count
    state = Monitor(State(waiting: waiting[...], seeds: count, kept: kept, over: kept))
  }

  /// Seeds that nobody has taken.
  var waiting: Int { state.withLock { $0.waiting.count } }
  /// Training samples that this process has seen.
  var samples: Int { state.withLock { $0.samples } }
  /// The first thing that went wrong.
  var failure: (any Error)? { state.withLock { $0.failure } }
  /// Seeds that cannot be resumed.
  var damaged: [DamagedSeed] { state.withLock { $0.damaged } }

  /// So many places are at work from now on.
  func open(_ places: Int) { state.withLock { $0.places = places } }

  /// The next seed; `nil` if none is left.
  func take() -> UInt64? { state.withLock { $0.waiting.popFirst() } }

  /// A run begins, after so many steps of an earlier part.
  func begin(after step: Int, of steps: Int) {
    state.withLock { state in
      state.runSteps = max(state.runSteps, steps)
      state.given += step
    }
  }

  /// A run has taken a step.
  func advance(_ samples: Int) -> ReplicaProgress {
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    return state.withLock { state in
      state.steps += 1
      state.samples += samples
      let all = state.runSteps * state.seeds
      let done = min(all, state.steps + state.given + state.runSteps * state.kept)
      return ReplicaProgress(
        ended: state.over, seeds: state.seeds, step: done, steps: all,
        samplesPerSecond: Double(state.samples) / seconds,
        secondsLeft: Double(all - done) * seconds / Double(state.steps), testAccuracy: state.accuracies.mean,
        testLoss: state.losses.mean)
    }
  }

  /// A run has come to an end, with so many steps left that it does not need.
  func finish(_ summary: RunSummary, left: Int) {
    guard summary.outcome != .interrupted else { return }
    state.withLock { state in
      state.over += 1
      state.given += left
      guard summary.outcome != .diverged else { return }
      if let accuracy = summary.testAccuracy { state.accuracies.append(accuracy) }
      if let loss = summary.testLoss, loss.isFinite { state.losses.append(loss) }
    }
  }

  /// Hands a result over to whoever waits for it.
  func end(_ ended: Replicas.Ended) { state.broadcast { $0.ended.append(ended) } }

  func fail(_ error: any Error) { state.withLock { $0.failure = $0.failure ?? error } }

  /// A seed is left out, since what it left cannot be used.
  func add(_ damaged: DamagedSeed) { state.withLock { $0.damaged.append(damaged) } }

  /// A place has nothing more to do.
  func leave() { state.broadcast { $0.places -= 1 } }

  /// The next result, as soon as there is one; `nil` when nobody works any more.
  func nextEnded() -> Replicas.Ended? {
    state.wait { state -> Replicas.Ended?? in
      if let ended = state.ended.popFirst() { return .some(ended) }
      return state.places == 0 ? .some(nil) : nil
    }
  }
}

extension [Double] {
  fileprivate var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}

import Kernels
import Synchronization

/// The spans of one worker, or of the coordinator, in memory of a fixed size.
///
/// A log is always there and hardly ever on. Off, it costs whoever would record something one branch. On, it takes a look
/// at the clock and writes 32 bytes; it allocates nothing and waits for nobody. What no longer fits is counted.
///
/// A worker's log belongs to that worker during a fork-join, and to the coordinator between two; it is turned on and off
/// between two fork-joins.
package final class SpanLog: Sendable {
  /// What is recorded so far.
  private struct State {
    var memory: Memory?
    /// Spans written.
    var count = 0
    var dropped = 0
    var step: Int32 = 0
    /// Where the last span ended that covers time.
    var mark: UInt64 = 0
    /// What the work in hand is about.
    var about: (index: Int, count: Int)?
  }

  private struct Memory {
    let spans: View<TraceSpan>
    /// Nanoseconds of each kind, by its number, whether or not the spans fitted.
    let totals: View<UInt64>
  }

  @usableFromInline let recording = Atomic<Bool>(false)
  /// Guarded by the handshake of the fork-join, as said above.
  private nonisolated(unsafe) var state = State()

  /// A log that is off.
  package init() {}

  /// Whether spans are recorded.
  @inlinable
  package var isOn: Bool { recording.load(ordering: .relaxed) }

  // MARK: What work records

  /// The time now, or 0 where nobody wants it.
  @inlinable
  package func start() -> UInt64 { isOn ? TraceSpan.now : 0 }

  /// Records what has been done since ``start()``.
  @inlinable
  package func end(_ kind: TraceSpan.Kind, index: Int = 0, count: Int = 0, since start: UInt64) {
    guard isOn else { return }
    add(kind, index: index, count: count, from: start, to: TraceSpan.now)
  }

  /// Says which shard or microbatch the work in hand is, and of how many samples.
  @inlinable
  package func describe(index: Int, count: Int) {
    guard isOn else { return }
    note(index: index, count: count)
  }

  /// Records a span whose times are known.
  package func add(_ kind: TraceSpan.Kind, index: Int = 0, count: Int = 0, from start: UInt64, to end: UInt64) {
    guard let memory = state.memory else { return }
    memory.totals[Int(kind.rawValue)] += end - start
    guard state.count < memory.spans.count else {
      state.dropped += 1
      return
    }
    memory.spans[state.count] = TraceSpan(
      start: start, end: end, step: state.step, index: Int32(clamping: index), count: Int32(clamping: count),
      kind: kind)
    state.count += 1
  }

  @usableFromInline
  func note(index: Int, count: Int) { state.about = (index, count) }

  // MARK: What covers the time

  /// Records that until now the worker waited for work.
  package func enter() { cover(.waitForWork, to: TraceSpan.now) }

  /// Records the piece of work that ends now and began where the one before ended.
  package func finish(_ kind: TraceSpan.Kind, index: Int) {
    let about = state.about
    state.about = nil
    cover(kind, index: about?.index ?? index, count: about?.count ?? 0, to: TraceSpan.now)
  }

  /// Records what happened from the end of the last span that covers time to `end`.
  func cover(_ kind: TraceSpan.Kind, index: Int = 0, count: Int = 0, to end: UInt64) {
    guard end > state.mark else { return }
    add(kind, index: index, count: count, from: state.mark, to: end)
    state.mark = end
  }

  /// The end of the last span that covers time.
  var mark: UInt64 { state.mark }

  // MARK: On and off

  /// Gets memory for so many spans.
  func reserve(_ capacity: Int) {
    let spans = Buffer<TraceSpan>(count: capacity).view
    // The first write to a page takes time that no span should show.
    spans.fill(with: TraceSpan(start: 0, end: 0, step: 0, index: 0, count: 0, kind: .other))
    state.memory = Memory(spans: spans, totals: Buffer<UInt64>(count: TraceSpan.Kind.allCases.count).view)
  }

  func begin(at time: UInt64) {
    precondition(state.memory != nil, "a log of spans without memory was turned on")
    state.mark = time
    recording.store(true, ordering: .relaxed)
  }

  func setStep(_ step: Int) { state.step = Int32(clamping: step) }

  /// Turns the log off and hands over what it has; the log has no memory any more.
  func end(named name: String) -> TraceRecording.Track {
    guard let memory = state.memory else { preconditionFailure("a log of spans that was not on was turned off") }
    recording.store(false, ordering: .relaxed)
    let track = TraceRecording.Track(
      name: name, spans: memory.spans.prefix(state.count), dropped: state.dropped, totals: memory.totals)
    state = State()
    return track
  }
}

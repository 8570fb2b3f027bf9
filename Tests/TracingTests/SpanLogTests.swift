import Kernels
import Testing
import Tracing

@Suite("A log of spans")
struct SpanLogTests {
  /// What a worker does in a fork-join: two pieces of work, in the first of which it does something.
  private func work(_ recorder: SpanRecorder, worker: Int) {
    let log = recorder.workers[worker]
    log.enter()
    let start = log.start()
    log.describe(index: 7, count: 11)
    log.end(.microbatch, index: 3, count: 5, since: start)
    log.finish(.shard, index: 0)
    log.finish(.shard, index: 1)
  }

  /// Two fork-joins of three workers, the last of whom only the second wakes.
  private func recording(capacity: Int) -> TraceRecording {
    let recorder = SpanRecorder(workers: 3)
    recorder.reserve(capacity: capacity)
    recorder.begin()
    for (step, workers) in [(4, [0, 1]), (5, [0, 1, 2])] {
      recorder.begin(step: step)
      recorder.fork()
      for worker in workers { work(recorder, worker: worker) }
      recorder.join(.shard, count: 2 * workers.count)
    }
    return recorder.end(steps: 4...5)
  }

  @Test("that is off records nothing, and its clock stands at 0")
  func off() {
    let recorder = SpanRecorder(workers: 2)
    #expect(!recorder.isOn)
    for log in [recorder.coordinator] + recorder.workers {
      #expect(!log.isOn && log.start() == 0)
      log.end(.loss, since: 0)
      log.describe(index: 1, count: 1)
    }
    recorder.reserve(capacity: 8)
    for log in recorder.workers { log.end(.loss, since: 0) }
    recorder.begin()
    let recording = recorder.end(steps: 1...1)
    let isEmpty = recording.workers.allSatisfy { $0.nanoseconds(.loss) == 0 && $0.dropped == 0 }
    #expect(isEmpty && recording.coordinator.spans.count == 0)
    #expect(!recorder.isOn)
  }

  @Test("keeps what was done, where, in which step and in which order")
  func content() {
    let recording = recording(capacity: 100)
    #expect(recording.steps == 4...5 && recording.dropped == 0)
    #expect(recording.workers.map(\.name) == ["worker 0", "worker 1", "worker 2"])
    for (number, worker) in recording.workers.enumerated() {
      let spans = worker.spans.array().filter { $0.kind.use != .waitingForOthers && $0.kind.use != .waitingForWork }
      let once: [(TraceSpan.Kind, Int32, Int32)] = [(.microbatch, 3, 5), (.shard, 7, 11), (.shard, 1, 0)]
      let expected = number == 2 ? once : once + once
      #expect(spans.map(\.kind) == expected.map(\.0))
      #expect(spans.map(\.index) == expected.map(\.1) && spans.map(\.count) == expected.map(\.2))
      #expect(spans.map(\.step) == (number == 2 ? [5, 5, 5] : [4, 4, 4, 5, 5, 5]))
    }
    let joins = recording.coordinator.spans.array()
    #expect(joins.map(\.kind) == [.forkJoin, .forkJoin] && joins.map(\.count) == [4, 6])
    #expect(joins.allSatisfy { $0.index == Int32(TraceSpan.Kind.shard.rawValue) })
  }

  @Test("the spans that cover time leave no gap, and a worker that nobody woke waited")
  func covering() {
    let recording = recording(capacity: 100)
    #expect(recording.duration > 0)
    for worker in recording.workers {
      var time = recording.start
      for span in worker.spans.array() where span.kind.use != nil {
        #expect(span.start == time && span.end > span.start)
        time = span.end
      }
      #expect(time == recording.end)
    }
    let idle = recording.workers[2]
    let first = idle.spans.array().prefix(2).map(\.kind)
    #expect(first == [.waitForWork, .waitForOthers])
    let share = recording.busyShare(idle)
    #expect(share > 0 && share < 1)
  }

  @Test("what does not fit is counted, and the sums are as if it did", arguments: [1, 2, 5, 6])
  func full(capacity: Int) {
    let recording = recording(capacity: capacity)
    for (number, worker) in recording.workers.enumerated() {
      #expect(worker.spans.count == capacity)
      // A microbatch and two shards in a fork-join, a wait before and one behind, and the wait at the end.
      let most = number == 2 ? 3 + 5 : 2 * 5 + 1
      #expect((most - 2...most).contains(worker.spans.count + worker.dropped), "\(worker.dropped)")
      let sum = TraceSpan.Kind.Use.allCases.reduce(0) { $0 + worker.nanoseconds($1) }
      #expect(sum == recording.duration)
    }
    #expect(recording.dropped == ([recording.coordinator] + recording.workers).reduce(0) { $0 + $1.dropped })
  }

  @Test("every kind that covers time has one use, and the others have none")
  func uses() {
    let covering = TraceSpan.Kind.allCases.filter { $0.use != nil }
    #expect(covering.count == 12 && MemoryLayout<TraceSpan>.stride == 32)
  }
}

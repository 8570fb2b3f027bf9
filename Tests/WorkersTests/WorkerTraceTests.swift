import Kernels
import Testing
import Tracing
import Workers

@Suite("A worker pool that is traced")
struct WorkerTraceTests {
  @Test("has each index once, and of every worker a time without gaps", arguments: [1, 2, 3, 7])
  func items(threads: Int) {
    let pool = WorkerPool(threads: threads)
    let counts = [1, 2, 3, 5, 16, 200]
    pool.run(9) { _, _ in }
    pool.spans.reserve(capacity: 4096)
    pool.spans.begin()
    for (step, count) in counts.enumerated() {
      pool.spans.begin(step: step + 1)
      pool.run(count, as: .shard) { worker, index in
        let log = pool.spans.workers[worker]
        let start = log.start()
        log.end(.gather, index: index, since: start)
      }
    }
    let recording = pool.spans.end(steps: 1...counts.count)
    pool.run(9) { _, _ in }

    #expect(recording.dropped == 0 && recording.workers.count == threads)
    let spans = recording.workers.flatMap { $0.spans.array() }
    for (step, count) in counts.enumerated() {
      for kind in [TraceSpan.Kind.shard, .gather] {
        let indices = spans.filter { $0.kind == kind && $0.step == step + 1 }.map { Int($0.index) }
        #expect(indices.sorted() == Array(0..<count))
      }
    }
    for worker in recording.workers {
      var time = recording.start
      var inner: [TraceSpan] = []
      for span in worker.spans.array() {
        guard span.kind.use != nil else {
          inner.append(span)
          continue
        }
        #expect(span.start == time)
        let isInside = inner.allSatisfy { $0.start >= span.start && $0.end <= span.end && span.kind == .shard }
        #expect(isInside)
        inner = []
        time = span.end
      }
      #expect(time == recording.end)
      let uses = TraceSpan.Kind.Use.allCases.reduce(0) { $0 + worker.nanoseconds($1) }
      #expect(uses == recording.duration)
    }
    let joins = recording.coordinator.spans.array()
    #expect(joins.map { Int($0.count) } == counts)
  }
}

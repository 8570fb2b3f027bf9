import Records
import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Kernels
import Models
import Observers
import Optimizers
import TestSupport
import Testing
import Tracing

@Suite("A run that is traced")
struct TraceTests {
  /// Images of 7×7×3 in five classes.
  static let images: DataSplits = {
    var generator = SeededGenerator(seed: 3)
    func dataset(_ count: Int) -> Dataset {
      Dataset(
        name: "images", shape: .image(height: 7, width: 7, channels: 3),
        samples: .floats(Buffer(generator.floats(147 * count))),
        targets: .classes(Buffer((0..<count).map { Int32($0 % 5) }), count: 5))
    }
    return DataSplits(train: dataset(101), test: dataset(23))
  }()

  /// Packed weights, batch norm, a residual block: every kind of work that one process has.
  static let model = ModelConfiguration.layers([
    .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm, .relu,
    .residual(body: [.conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm], shortcut: []),
    .relu, .globalAveragePool, .dense(units: 5, bias: true),
  ])

  /// 26 samples in microbatches of at most 4, so 7 of them, in 5 shards.
  static func configuration(steps: Int = 9, method: OptimizerMethod = .sgd(momentum: 0.9, nesterov: false))
    -> RunConfiguration
  {
    var configuration = Runs.configuration(steps: steps, evaluateEvery: 5, saveEvery: 4)
    configuration.model = model
    configuration.batch = BatchConfiguration(size: 26, shards: 5, microbatch: 4)
    configuration.optimizer = OptimizerConfiguration(method: method)
    configuration.evaluate.batchNormSamples = 21
    return configuration
  }

  static func plan(_ configuration: RunConfiguration = configuration(), threads: Int) throws -> RunPlan {
    try RunPlan(configuration, splits: images, threads: threads)
  }

  private func count(_ spans: [TraceSpan], _ kind: TraceSpan.Kind) -> Int { spans.count { $0.kind == kind } }

  @Test("ends with the same bits, whoever traces it, for every number of threads")
  func sameBits() throws {
    var digests: Set<String> = []
    for threads in [1, 2, 3, 7] {
      for isTraced in [false, true] {
        let trainer = try Trainer(Self.plan(threads: threads))
        let trace = isTraced ? try trainer.trace(1...9) : nil
        digests.insert(try trainer.train().summary.weightsSHA256)
        #expect((trace?.recording != nil) == isTraced)
      }
    }
    #expect(digests.count == 1)
  }

  @Test("has every piece of work of its steps once, wherever it was done", arguments: [1, 2, 3, 7])
  func counts(threads: Int) throws {
    let plan = try Self.plan(threads: threads)
    let trainer = try Trainer(plan)
    let trace = try trainer.trace(2...4)
    _ = try trainer.train()
    let recording = try #require(trace.recording)
    #expect(recording.steps == 2...4 && recording.dropped == 0 && recording.workers.count == threads)
    let spans = recording.workers.flatMap { $0.spans.array() }
    let operations = plan.network.operations.count
    let chunks = trace.tensorOfChunk.count
    for step in 2...4 {
      let own = spans.filter { $0.step == Int32(step) }
      let shards = own.filter { $0.kind == .shard }
      #expect(shards.map(\.index).sorted() == [0, 1, 2, 3, 4])
      #expect(shards.reduce(0) { $0 + $1.count } == 26)
      let microbatches = own.filter { $0.kind == .microbatch }
      #expect(microbatches.map(\.index).sorted() == [0, 1, 2, 3, 4, 5, 6])
      #expect(microbatches.reduce(0) { $0 + $1.count } == 26)
      #expect(count(own, .gather) == 7 && count(own, .loss) == 7)
      for operation in 0..<operations {
        for kind in [TraceSpan.Kind.forward, .backward] {
          #expect(own.count { $0.kind == kind && $0.index == Int32(operation) } == 7, "\(kind) \(operation)")
        }
      }
      #expect(count(own, .pack) == plan.network.packingCount(transposing: false))
      let updates = own.filter { $0.kind == .update }.map { Int($0.index) }
      // The running statistics are one more piece.
      #expect(updates.sorted() == Array(0..<chunks + 1))
      #expect(count(own, .average) == chunks && count(own, .apply) == chunks)
      let coordinator = recording.coordinator.spans.array().filter { $0.step == Int32(step) }
      #expect(count(coordinator, .step) == 1 && count(coordinator, .forkJoin) == 3)
      #expect(coordinator.first { $0.kind == .step }?.count == 26)
    }
  }

  @Test("has evaluations and saves where they fall into its steps")
  func evaluations() throws {
    let plan = try Self.plan(threads: 2)
    try withTemporaryFolder { folder in
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let trainer = try Trainer(plan, folder: run)
      let trace = try trainer.trace(4...5)
      _ = try trainer.train()
      let recording = try #require(trace.recording)
      let spans = recording.workers.flatMap { $0.spans.array() }
      // 23 test samples and 20 of the 21 training samples, in microbatches of 4.
      #expect(count(spans, .evaluation) == 6 && count(spans, .statistics) == 5)
      #expect(spans.filter { $0.kind == .evaluation }.reduce(0) { $0 + $1.count } == 23)
      let coordinator = recording.coordinator.spans.array()
      #expect(count(coordinator, .evaluate) == 1 && count(coordinator, .step) == 2)
      // The checkpoint after step 4, and the best evaluation.
      #expect(count(coordinator, .save) == 2)
      // A rule that wants norms goes over the parameters more than once.
      let lamb = try Self.plan(Self.configuration(method: .lamb(AdamConfiguration())), threads: 2)
      let other = try Trainer(lamb)
      let measured = try other.trace(3...3)
      _ = try other.train()
      let pieces = try #require(measured.recording).workers.flatMap { $0.spans.array() }
      #expect(count(pieces, .direction) == measured.tensorOfChunk.count)
    }
  }

  @Test("large gradients that merge on the way show it, shard by shard", arguments: [1, 3])
  func merging(threads: Int) throws {
    var configuration = Self.configuration(steps: 2)
    // Sixteen gradients of 36 MiB in all.
    configuration.model = .layers([
      .conv2d(channels: 512, kernel: 3, stride: 2, padding: 1, bias: false), .relu,
      .conv2d(channels: 125, kernel: 3, stride: 2, padding: 1, bias: false), .relu, .globalAveragePool,
      .dense(units: 5, bias: true),
    ])
    configuration.batch = BatchConfiguration(size: 16, shards: 16, microbatch: 1)
    configuration.evaluate.batchNormSamples = nil
    let trainer = try Trainer(Self.plan(configuration, threads: threads))
    let trace = try trainer.trace(2...2)
    _ = try trainer.train()
    let spans = try #require(trace.recording).workers.flatMap { $0.spans.array() }
    for kind in [TraceSpan.Kind.acquire, .merge] {
      let shards = spans.filter { $0.kind == kind }.map { Int($0.index) }
      #expect(shards.sorted() == Array(0..<16), "\(kind)")
    }
  }

  @Test("nests: what was done within a piece of work lies within its time, on every track", arguments: [1, 3])
  func nesting(threads: Int) throws {
    let trainer = try Trainer(Self.plan(threads: threads))
    let trace = try trainer.trace(2...7)
    _ = try trainer.train()
    let recording = try #require(trace.recording)
    for track in recording.workers {
      let spans = track.spans.array()
      let covering = spans.filter { $0.kind.use != nil }
      for span in spans where span.kind.use == nil {
        let outer = covering.filter { $0.start <= span.start && span.end <= $0.end }
        #expect(outer.count == 1, "\(span.kind)")
      }
      let microbatches = spans.filter { $0.kind == .microbatch }
      let isTraining = { (span: TraceSpan) in
        covering.contains { $0.kind == .shard && $0.start <= span.start && span.end <= $0.end }
      }
      for span in spans where [.forward, .backward, .loss, .gather].contains(span.kind) && isTraining(span) {
        #expect(microbatches.count { $0.start <= span.start && span.end <= $0.end } == 1)
      }
      let sum = TraceSpan.Kind.Use.allCases.reduce(0) { $0 + track.nanoseconds($1) }
      #expect(sum == recording.duration)
    }
  }

  @Test("records what it has where the run ends early, and nothing where it ends before")
  func early() throws {
    let (short, none) = (try Trainer(Self.plan(threads: 2)), try Trainer(Self.plan(threads: 2)))
    let (trace, before) = (try short.trace(2...6), try none.trace(5...6))
    for trainer in [short, none] {
      let stop = StopRequest()
      _ = try trainer.train(stop: stop) { if case .step(let step) = $0, step.step == 3 { stop.raise() } }
    }
    #expect(trace.recording?.steps == 2...3 && before.recording == nil)
    #expect(trace.recording?.coordinator.spans.array().count { $0.kind == .step } == 2)
  }

  @Test("what does not fit into its memory is counted, and the shares stay true")
  func small() throws {
    let trainer = try Trainer(Self.plan(threads: 2))
    let trace = try trainer.trace(2...6, bytes: 3 * 10 * 32)
    _ = try trainer.train()
    let recording = try #require(trace.recording)
    #expect(recording.dropped > 0)
    for worker in recording.workers {
      #expect(worker.spans.count == 10)
      let sum = TraceSpan.Kind.Use.allCases.reduce(0) { $0 + worker.nanoseconds($1) }
      #expect(sum == recording.duration)
    }
  }

  @Test("the steps that nobody chose are five from the tenth on, or what the run has of them")
  func defaults() {
    #expect(RunTrace.defaultSteps(after: 0, of: 1000) == 10...14)
    #expect(RunTrace.defaultSteps(after: 0, of: 14) == 10...14)
    #expect(RunTrace.defaultSteps(after: 0, of: 12) == 8...12)
    #expect(RunTrace.defaultSteps(after: 0, of: 3) == 1...3)
    #expect(RunTrace.defaultSteps(after: 200, of: 1000) == 210...214)
    #expect(RunTrace.defaultSteps(after: 200, of: 203) == 201...203)
    #expect(RunTrace.defaultSteps(after: 200, of: 200) == nil)
  }

  /// Counted in a process of its own, where no other test allocates.
  @Test("a traced step allocates nothing", .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func allocations() async {
    await #expect(processExitsWith: .success) {
      for threads in [1, 3] {
        var configuration = TraceTests.configuration(steps: 60)
        configuration.evaluate.every = .steps(1000)
        let trainer = try Trainer(TraceTests.plan(configuration, threads: threads))
        let trace = try trainer.trace(5...50)
        var (before, after) = (0, -1)
        _ = try trainer.train { event in
          guard case .step(let step) = event else { return }
          if step.step == 8 { before = AllocationCounter.total }
          if step.step == 48 { after = AllocationCounter.total }
        }
        try #require(after == before, "\(after - before) allocations")
        try #require(trace.recording?.dropped == 0)
      }
    }
  }
}

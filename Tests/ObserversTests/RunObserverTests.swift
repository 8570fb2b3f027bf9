import Calendars
import Configuration
import Coordinator
import Dispatch
import Foundation
import Records
import TestSupport
import Testing

/// What an observer saw, as words.
private final class Notes: Sendable {
  private let words = Locked<[String]>([])
  var all: [String] { words.withLock { $0 } }
  func add(_ word: String) { words.withLock { $0.append(word) } }

  func add(_ event: TrainingEvent) {
    switch event {
    case .started(let step): add("started \(step)")
    case .skipped(let steps): add("skipped \(steps)")
    case .step(let step): add("step \(step.step)")
    case .histograms(let step, _, _): add("histograms \(step)")
    case .receipt(let line): add("receipt \(line.step)")
    case .evaluated(let step, _, _): add("evaluated \(step)")
    case .saving(let step): add("saving \(step)")
    case .saved(_, let step): add("saved \(step)")
    case .ended(let summary): add("ended \(summary.steps)")
    }
  }
}

/// Notes what it sees; may wait or fail at an event.
private final class Listener: RunObserver {
  let delivery: EventDelivery
  private let notes: Notes
  private let body: @Sendable (TrainingEvent) throws -> Void

  init(
    _ notes: Notes, _ delivery: EventDelivery = .queued(),
    _ body: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) {
    self.notes = notes
    self.delivery = delivery
    self.body = body
  }

  func observe(_ event: TrainingEvent) throws {
    try body(event)
    notes.add(event)
  }

  func finish() { notes.add("finished") }
}

private struct Failed: Error {}

@Suite("A run's observers")
struct RunObserverTests {
  /// What a run of 12 steps with evaluations after 5, 10 and 12 tells.
  private static func story(saves: Bool = false) -> [String] {
    var story = ["started 0"]
    for step in 1...12 {
      story.append("step \(step)")
      if step == 5 || step == 10 || step == 12 { story.append("evaluated \(step)") }
    }
    return story + ["ended 12", "finished"]
  }

  private func trainer(steps: Int = 12, folder: RunFolder? = nil) throws -> Trainer {
    try Trainer(Runs.plan(steps: steps, evaluateEvery: 5), folder: folder)
  }

  @Test("all are told of everything in order, at once or through a queue, and of the end")
  func order() throws {
    let trainer = try trainer()
    let notes = (0..<4).map { _ in Notes() }
    for (index, delivery) in [EventDelivery.immediate, .queued(), .queued(steps: 12), .immediate].enumerated() {
      trainer.add(Listener(notes[index], delivery))
    }
    var caller = Notes()
    let result = try trainer.train { caller.add($0) }
    #expect(result.observerFailures.isEmpty)
    for note in notes { #expect(note.all == Self.story()) }
    caller.add("finished")
    #expect(caller.all == Self.story())
    caller = Notes()
  }

  @Test("a checkpoint is announced before it is written, and the run's last files too")
  func saving() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 6, evaluateEvery: 100, saveEvery: 4)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let trainer = try Trainer(plan, folder: run)
      let (notes, path) = (Notes(), run.path)
      trainer.add(
        Listener(notes, .immediate) { event in
          guard case .saving(let step) = event else { return }
          for file in ["checkpoints/step-0000000\(step).safetensors", "weights.safetensors", "summary.json"]
          where FileManager.default.fileExists(atPath: path + "/" + file) {
            notes.add(file)
          }
        })
      _ = try trainer.train()
      let told = notes.all.filter { !$0.hasPrefix("step ") && !$0.hasPrefix("evaluated") }
      // The best evaluation, the last step and the run's end are saved after step 6.
      #expect(
        told == [
          "started 0", "saving 4", "saved 4", "saving 6", "saved 6", "saving 6", "saved 6",
          "checkpoints/step-00000006.safetensors", "saving 6", "ended 6", "finished",
        ], "\(told)")
    }
  }

  @Test("one that stands still delays no step: the run takes all of them, and it gets what it missed in order")
  func standsStill() throws {
    let trainer = try trainer(steps: 200)
    let (slow, swift) = (Notes(), Notes())
    let gate = DispatchSemaphore(value: 0)
    trainer.add(Listener(slow, .queued(steps: 7)) { event in if case .started = event { gate.wait() } })
    trainer.add(Listener(swift, .queued(steps: 1000)))
    var stepsBefore = 0
    // Nobody lets the slow one go on before the run is over.
    trainer.add(Listener(Notes(), .immediate) { event in if case .ended = event { gate.signal() } })
    let result = try trainer.train { if case .step = $0 { stepsBefore += 1 } }
    #expect(result.summary.steps == 200 && stepsBefore == 200 && result.observerFailures.isEmpty)
    func words(_ notes: Notes, _ kind: String) -> [String] { notes.all.filter { $0.hasPrefix(kind) } }
    #expect(words(swift, "step").count == 200 && words(swift, "skipped").isEmpty)
    // No evaluation is missing, and every step is there or counted.
    #expect(words(slow, "evaluated") == words(swift, "evaluated") && words(slow, "evaluated").count == 40)
    var next = 1
    for word in slow.all {
      let parts = word.split(separator: " ")
      switch parts[0] {
      case "skipped": next += Int(parts[1]) ?? 0
      case "step":
        #expect(Int(parts[1]) == next)
        next += 1
      case "evaluated", "ended": #expect(Int(parts[1]) == next - 1, "\(word) after step \(next - 1)")
      default: break
      }
    }
    #expect(next == 201 && !words(slow, "skipped").isEmpty)
    #expect(slow.all.suffix(2) == ["ended 200", "finished"])
  }

  @Test("the failure of one in a queue ends its own observation alone, and the result names it")
  func failure() throws {
    let trainer = try trainer()
    let (failing, other, immediate) = (Notes(), Notes(), Notes())
    trainer.add(Listener(failing) { event in if case .evaluated = event { throw Failed() } })
    trainer.add(Listener(other))
    trainer.add(Listener(immediate, .immediate))
    let result = try trainer.train()
    #expect(result.outcome == .completed)
    #expect(failing.all == ["started 0"] + (1...5).map { "step \($0)" })
    #expect(other.all == Self.story() && immediate.all == Self.story())
    #expect(result.observerFailures.map(\.description) == ["Listener: Failed()"])
  }

  @Test("what one that is told at once throws ends the run; the others finish without an end")
  func immediateFailure() throws {
    let trainer = try trainer()
    let (failing, other) = (Notes(), Notes())
    trainer.add(Listener(other))
    trainer.add(Listener(failing, .immediate) { event in if case .evaluated = event { throw Failed() } })
    #expect(throws: Failed.self) { try trainer.train() }
    let story = ["started 0"] + (1...5).map { "step \($0)" }
    #expect(failing.all == story + ["finished"])
    #expect(other.all == story + ["evaluated 5", "finished"])
  }

  @Test("an interrupted run tells its end")
  func interrupted() throws {
    let trainer = try trainer()
    let (notes, stop) = (Notes(), StopRequest())
    trainer.add(Listener(notes))
    _ = try trainer.train(stop: stop) { if case .step(let step) = $0, step.step == 3 { stop.raise() } }
    #expect(notes.all == ["started 0", "step 1", "step 2", "step 3", "ended 3", "finished"])
  }

  /// Counted in a process of its own, where no other test allocates.
  @Test(
    "telling observers of a step allocates nothing", .enabled(if: AllocationCounter.works, "a sanitizer has the heap"))
  func allocations() async {
    await #expect(processExitsWith: .success) {
      let trainer = try Trainer(Runs.plan(steps: 400, evaluateEvery: 1000))
      final class Latest: RunObserver {
        let delivery: EventDelivery
        private let step: Locked<Int>
        init(_ delivery: EventDelivery, _ step: Locked<Int>) { (self.delivery, self.step) = (delivery, step) }
        func observe(_ event: TrainingEvent) {
          if case .step(let record) = event { step.withLock { $0 = record.step } }
        }
      }
      let latest = (0..<3).map { _ in Locked(0) }
      for (delivery, step) in zip([EventDelivery.immediate, .queued(), .queued(steps: 3)], latest) {
        trainer.add(Latest(delivery, step))
      }
      var (before, after) = (0, -1)
      _ = try trainer.train { event in
        guard case .step(let step) = event else { return }
        // What threads allocate for their first events is not a step's.
        if [10, 20, 30, 40].contains(step.step) {
          while latest.contains(where: { $0.withLock { $0 } < step.step }) { usleep(1000) }
        }
        if step.step == 50 { before = AllocationCounter.total }
        if step.step == 350 { after = AllocationCounter.total }
      }
      try #require(after == before, "\(after - before) allocations")
    }
  }
}

import Charts
import Configuration
import Kernels
import Records
import Coordinator
import Foundation
import Observers
import TestSupport
import Testing
import Tracing

@Suite("The file of a trace")
struct TraceFileTests {
  /// An event of the file.
  private struct Event: Decodable {
    struct Arguments: Decodable {
      var name: String?
      var step: Int?
      var layer: String?
      var tensor: String?
      var samples: Int?
    }
    var ph: String
    var pid: Int
    var tid: Int
    var name: String
    var cat: String?
    var ts: Double?
    var dur: Double?
    var args: Arguments

    /// Nanoseconds; the file's three decimals are exact.
    var start: Int { Int(((ts ?? 0) * 1000).rounded()) }
    var end: Int { start + Int(((dur ?? 0) * 1000).rounded()) }
  }

  private struct File: Decodable {
    struct About: Decodable {
      var run: String
      var threads: Int
      var shards: Int
      var firstStep: Int
      var lastStep: Int
      var droppedSpans: Int
    }
    var otherData: About
    var traceEvents: [Event]
  }

  /// Traces steps 3 to 5, between which an evaluation and a save lie, to a file.
  static func write(to path: String, threads: Int, name: String = "run") throws -> (TraceFile, RunTrace) {
    var configuration = TraceTests.configuration()
    configuration.name = name
    let plan = try TraceTests.plan(configuration, threads: threads)
    let trainer = try Trainer(plan)
    let trace = try trainer.trace(3...5)
    let file = TraceFile(trace, of: plan, to: path)
    trainer.add(file)
    let result = try trainer.train()
    #expect(result.observerFailures.isEmpty)
    return (file, trace)
  }

  @Test("has every span with its times to the nanosecond, and every thread by name", arguments: [1, 2, 3, 7])
  func content(threads: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      let name = "a \"name\" \\ with\nall sorts, ü"
      let (_, trace) = try Self.write(to: path, threads: threads, name: name)
      let recording = try #require(trace.recording)
      let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
      #expect(file.otherData.run == name && file.otherData.threads == threads && file.otherData.shards == 5)
      #expect(file.otherData.firstStep == 3 && file.otherData.lastStep == 5 && file.otherData.droppedSpans == 0)
      let names = file.traceEvents.filter { $0.ph == "M" && $0.name == "thread_name" }.map(\.args.name)
      #expect(names == ["coordinator"] + (0..<threads).map { "worker \($0)" })
      #expect(file.traceEvents.first { $0.name == "process_name" }?.args.name == "isotherm " + name)

      for (number, track) in ([recording.coordinator] + recording.workers).enumerated() {
        let events = file.traceEvents.filter { $0.ph == "X" && $0.tid == number + 1 }
        let spans = track.spans.array()
        let times = Set(spans.map { [Int($0.start - recording.start), Int($0.end - recording.start), Int($0.step)] })
        #expect(events.count == spans.count)
        #expect(Set(events.map { [$0.start, $0.end, $0.args.step ?? -1] }) == times)
      }
    }
  }

  @Test("an event lies behind those that enclose it, and overlaps none in part")
  func order() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      _ = try Self.write(to: path, threads: 3)
      let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
      var depths: Set<Int> = []
      for thread in 1...4 {
        var open: [Event] = []
        var last = 0
        for event in file.traceEvents where event.ph == "X" && event.tid == thread {
          #expect(event.start >= last)
          last = event.start
          while let top = open.last, top.end <= event.start { open.removeLast() }
          if let top = open.last { #expect(event.end <= top.end, "\(event.name) in \(top.name)") }
          open.append(event)
          depths.insert(open.count)
        }
      }
      // A layer's work in a microbatch in a shard.
      #expect(depths == [1, 2, 3])
    }
  }

  @Test("names layers, tensors and waiting in words")
  func words() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      let (file, _) = try Self.write(to: path, threads: 2)
      let events = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path))).traceEvents
      let first = events.first { $0.name.hasPrefix("forward 1: conv2d 3×3, 6") }
      #expect(first?.args.layer == "0" && first?.cat == "microbatch" && first?.args.samples ?? 0 > 0)
      for name in [
        "backward 1: conv2d 3×3, 6", "step 4", "shard 4", "microbatch 6", "gather samples", "loss", "pack weights",
        "update of a chunk", "running statistics", "average over shards", "apply the rule", "evaluation microbatch 5",
        "statistics microbatch 4", "evaluate", "tell observers", "order of samples", "5 × shard",
      ] {
        #expect(events.contains { $0.name.hasPrefix(name) }, "\(name)")
      }
      #expect(events.contains { $0.name == "apply the rule" && $0.args.tensor == "0.weight" })
      let waiting = Set(events.filter { $0.cat == "waiting" }.map(\.name))
      #expect(waiting.isSubset(of: ["wait for other workers", "wait for work"]) && !waiting.isEmpty)
      // At 80 columns the heads of its table take several lines.
      let text = file.closingText(style: TerminalStyle(width: 120))
      #expect(text.hasPrefix("trace    \(path): steps 3 to 5; open it in https://ui.perfetto.dev\n"))
      #expect(text.contains("over samples") && text.contains("evaluation") && text.contains("waits for others"))
    }
  }

  @Test("says where a run ended before its steps, or among them")
  func early() throws {
    try withTemporaryFolder { folder in
      for (steps, words) in [
        (3...8, "steps 3 to 4 of the steps 3 to 8 asked for, since the run ended"),
        (6...6, "no trace    the run ended before step 6"),
      ] {
        let plan = try TraceTests.plan(threads: 2)
        let trainer = try Trainer(plan)
        let path = folder.path + "/\(steps.lowerBound).json"
        let file = TraceFile(try trainer.trace(steps), of: plan, to: path)
        trainer.add(file)
        let stop = StopRequest()
        _ = try trainer.train(stop: stop) { if case .step(let step) = $0, step.step == 4 { stop.raise() } }
        #expect(file.closingText().contains(words), "\(file.closingText())")
        #expect(FileManager.default.fileExists(atPath: path) == (steps.lowerBound == 3))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["3.json"])
    }
  }

  @Test("a resumed run counts the steps of the whole run")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let plan = try TraceTests.plan(threads: 2)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let stop = StopRequest()
      _ = try Trainer(plan, folder: run).train(stop: stop) {
        if case .step(let step) = $0, step.step == 4 { stop.raise() }
      }
      let trainer = try Trainer(plan, folder: run)
      _ = try trainer.resume()
      let trace = try trainer.trace(6...7)
      _ = try trainer.train()
      let steps = trace.recording?.coordinator.spans.array().filter { $0.kind == .step }.map(\.index)
      #expect(steps == [6, 7])
    }
  }

  @Test("a place where nothing can be written, or where something else is, is refused by name")
  func places() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      func message(_ path: String) -> String? {
        do throws(RunError) { try TraceFile.check(path) } catch { return "\(error)" }
        return nil
      }
      #expect(message(path) == nil)
      #expect(message(folder.path + "/none/trace.json")?.contains("a folder that is not there") == true)
      let isAllowed = Result { try TraceFile.check(folder.path + "/none/trace.json", creating: folder.path + "/none/") }
      #expect(throws: Never.self) { try isAllowed.get() }
      #expect(message(folder.path)?.contains("is a folder") == true)
      try Data("{ \"name\": \"config\" }".utf8).write(to: URL(fileURLWithPath: path))
      let refusal = message(path)
      #expect(refusal?.hasPrefix("--trace: \(path) exists already and is not a trace") == true, "\(refusal ?? "")")
      try FileManager.default.removeItem(atPath: path)
      _ = try Self.write(to: path, threads: 1)
      #expect(message(path) == nil)
    }
  }

  @Test("a disk that takes nothing costs the trace alone, and the run says so")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      let plan = try TraceTests.plan(threads: 2)
      let trainer = try Trainer(plan)
      let file = TraceFile(try trainer.trace(3...5), of: plan, to: folder.path + "/none/trace.json")
      trainer.add(file)
      let result = try trainer.train()
      #expect(result.outcome == .completed && result.observerFailures.count == 1)
      #expect(file.closingText().hasPrefix("no trace    \(folder.path)/none/trace.json could not be written"))
    }
  }
}

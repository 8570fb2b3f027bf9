import Foundation
import JSON
import LiveView
import Records
import Reports
import TestSupport
import Testing

@Suite("A run that is watched")
struct RunWatchTests {
  private func line(_ step: Int) -> String {
    JSONText.line(
      MetricsLine.training(
        step: step, epoch: Double(step) / 10, loss: 1 / Double(step), learningRate: 0.1, samplesPerSecond: 1000))
      + "\n"
  }

  @Test("its page follows the files: steps as they come, a line that is half written, the summary at the end")
  func course() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("metrics.jsonl")
      let watch = RunWatch(
        folder: folder, name: "digits", plan: .init(steps: 40, epochs: 4), start: Date(timeIntervalSinceNow: -10))
      #expect(!watch.renew())
      #expect(watch.page(isOver: false).headline == "No step is recorded yet.")

      try Data((1...10).map(line).joined().utf8).write(to: file)
      #expect(watch.renew() && !watch.renew())
      let page = watch.page(isOver: false)
      #expect(page.headline == "Step 10 of 40, epoch 1 of 4, with a loss of 0.100: about 30 s left.")
      #expect(page.tone == .plain && page.notes.isEmpty)

      let handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
      let next = Data(line(11).utf8)
      try handle.write(contentsOf: next.prefix(20))
      #expect(!watch.renew())
      try handle.write(contentsOf: next.dropFirst(20))
      #expect(watch.renew())
      #expect(watch.page(isOver: false).headline.hasPrefix("Step 11 of 40, epoch 2 of 4"))
      try handle.write(contentsOf: Data("broken\n".utf8))
      #expect(watch.renew())
      #expect(watch.page(isOver: false).notes == ["1 line of metrics.jsonl could not be read and is left out."])

      // Shorter than before: another run's, or one that went back to a checkpoint.
      try Data((1...3).map(line).joined().utf8).write(to: file)
      #expect(watch.renew())
      #expect(watch.page(isOver: false).headline.hasPrefix("Step 3 of 40"))

      let summary = RunSummary(
        outcome: .completed, steps: 3, epochs: 0.3, samples: 30, trainLoss: 0.5, testLoss: 0.25, testAccuracy: 0.5,
        wallSeconds: 1, samplesPerSecond: 1000, peakMemoryBytes: 1, threads: 1, weightsSHA256: "ab")
      try JSONText.pretty(summary).write(
        to: folder.appendingPathComponent("summary.json"), atomically: true, encoding: .utf8)
      #expect(watch.page(isOver: true).headline.hasPrefix("Reached 50.00 % test accuracy"))
      #expect(watch.file("metrics.jsonl")?.count == (1...3).map(line).joined().utf8.count)
      #expect(watch.file("summary.json") != nil)
      // Files that are there and nobody's business.
      for name in ["weights.safetensors", "secret.txt"] {
        try Data("x".utf8).write(to: folder.appendingPathComponent(name))
        #expect(watch.file(name) == nil && watch.file("./" + name) == nil)
      }
    }
  }

  @Test("the time left of a resumed run follows from its own steps")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("metrics.jsonl")
      try Data((1...30).map(line).joined().utf8).write(to: file)
      // Ten seconds for steps 26 to 30: two each for the ten that are left.
      let watch = RunWatch(
        folder: folder, name: "digits", plan: .init(steps: 40, epochs: 4, firstStep: 25),
        start: Date(timeIntervalSinceNow: -10))
      #expect(watch.renew())
      #expect(watch.page(isOver: false).headline.hasSuffix(": about 20 s left."))
    }
  }

  @Test("what is read in parts is what is read at once")
  func parts() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("metrics.jsonl")
      let text = (1...30).map { line($0) + ($0 == 7 ? "broken\n" : "") }.joined()
      try Data().write(to: file)
      let handle = try FileHandle(forWritingTo: file)
      var tail = MetricsTail(file: file)
      var rest = Data(text.utf8)[...]
      var size = 1
      while !rest.isEmpty {
        try handle.write(contentsOf: rest.prefix(size))
        rest = rest.dropFirst(size)
        size = size * 3 % 97 + 1
        _ = tail.read()
      }
      #expect(tail.log == MetricsLog(contents: Data(text.utf8)))
      #expect(tail.log.unreadableLines == [8])
    }
  }
}

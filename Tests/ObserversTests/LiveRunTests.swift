import JSON
import Calendars
import Configuration
import Coordinator
import Foundation
import Observers
import Records
import Reports
import TestSupport
import Testing

@Suite("A run that is watched")
struct LiveRunTests {
  private let plan = try! Runs.plan(steps: 40)

  @Test("its page follows the run: steps as they come, the test set, the summary at the end")
  func course() throws {
    try withTemporaryFolder { folder in
      let live = LiveRun(plan, folder: folder)
      #expect(live.renew() && !live.renew())
      #expect(live.page(isOver: false).headline == "No step is recorded yet.")

      live.observe(.started(step: 0))
      for step in 1...10 { live.observe(.step(Runs.step(step))) }
      #expect(live.renew() && !live.renew())
      let page = live.page(isOver: false)
      let words = "Step 10 of 40, epoch 1 of 4, with a loss of 0.100: about "
      #expect(page.headline.hasPrefix(words) && page.headline.hasSuffix(" left."), "\(page.headline)")
      #expect(page.tone == .plain && page.notes.isEmpty)

      live.observe(.saved(path: "x", step: 10))
      #expect(!live.renew())
      live.observe(.evaluated(step: 10, epoch: 1, Runs.evaluation(loss: 0.25)))
      #expect(live.renew())
      #expect(live.page(isOver: false).mainHTML().contains("0.250"))

      let summary = Runs.summary(steps: 10)
      live.observe(.ended(summary))
      #expect(live.renew())
      #expect(live.page(isOver: false).headline.hasPrefix("Step 10 of 40"))
      #expect(live.page(isOver: true).headline.hasPrefix("Reached 50.00 % test accuracy"))
    }
  }

  @Test("serves the records of its directory and nothing else")
  func files() throws {
    try withTemporaryFolder { folder in
      let live = LiveRun(plan, folder: folder)
      for name in ["metrics.jsonl", "summary.json", "config.json"] {
        #expect(live.file(name) == nil)
        try Data(name.utf8).write(to: folder.appendingPathComponent(name))
        #expect(live.file(name) == Data(name.utf8))
      }
      for name in ["weights.safetensors", "secret.txt"] {
        try Data("x".utf8).write(to: folder.appendingPathComponent(name))
        #expect(live.file(name) == nil && live.file("./" + name) == nil)
      }
    }
  }

  @Test("a resumed run's page has the steps of before, and its time left follows from its own")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let lines = (1...30).map { step in
        JSONText.line(
          MetricsLine.training(
            step: step, epoch: Double(step) / 10, loss: 9, learningRate: 0.1, samplesPerSecond: 1000)) + "\n"
      }
      // The last lines are of steps that the run takes again, the very last one is half written.
      try Data((lines.joined() + lines[0].prefix(20)).utf8).write(to: folder.appendingPathComponent("metrics.jsonl"))
      let live = LiveRun(plan, folder: folder)
      live.observe(.started(step: 25))
      #expect(live.page(isOver: false).headline.hasPrefix("Step 25 of 40, epoch 3 of 4, with a loss of 9.00"))
      #expect(live.page(isOver: false).notes.isEmpty)
      live.observe(.step(Runs.step(26)))
      #expect(live.page(isOver: false).headline.hasPrefix("Step 26 of 40, epoch 3 of 4, with a loss of 0.0385"))
    }
  }
}

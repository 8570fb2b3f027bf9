import Charts
import Foundation
import Reports
import Synchronization
import Testing

/// What a writer wrote, and the time that it is told.
private final class Screen: Sendable {
  private let state = Mutex((text: [String](), seconds: 0.0))
  var texts: [String] { state.withLock { $0.text } }
  func write(_ text: String) { state.withLock { $0.text.append(text) } }
  func wait(_ seconds: Double) { state.withLock { $0.seconds += seconds } }
  var now: Double { state.withLock { $0.seconds } }

  func writer(_ mode: ProgressWriter.Mode, width: Int = 80) -> ProgressWriter {
    ProgressWriter(
      mode: mode, style: { TerminalStyle(isTerminal: true, width: width) }, clock: { self.now },
      write: { self.write($0) })
  }
}

@Suite("Progress")
struct ProgressTests {
  private static let states: [ProgressState] = [
    SamplePlan.progress, ProgressState(step: 0),
    ProgressState(
      step: 123_456_789, steps: 987_654_321, epoch: 12_345.5, epochs: 99_999, loss: 1.23456e-12, learningRate: 1e-9,
      samplesPerSecond: 9.9e9, secondsLeft: 999_999, testAccuracy: 1, activity: "B 16384, seed 3 of 3, rate × 2"),
    ProgressState(
      step: 3, steps: 5, epoch: .infinity, epochs: 2.5, loss: .nan, learningRate: .nan, samplesPerSecond: .infinity,
      secondsLeft: .nan, testLoss: .nan),
  ]

  @Test("a line is never wider than the terminal, with colour or without, and colour changes no character")
  func width() {
    for state in Self.states {
      for unicode in [true, false] {
        for width in 0...140 {
          let plain = ProgressLine.render(state, width: width, unicode: unicode)
          #expect(plain.count <= width, "\(width): \(plain)")
          #expect(unicode || plain.allSatisfy { $0.isASCII })
          #expect(!plain.contains("\u{1B}") && !plain.contains("\n"))
          let color = ProgressLine.render(state, width: width, color: true, unicode: unicode)
          let stripped = color.replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
          #expect(stripped.replacing("━", with: "─") == plain.replacing("━", with: "─"))
        }
      }
    }
  }

  @Test("at 80 columns stands all that is needed, and narrower lines drop the least needed first")
  func parts() {
    let state = SamplePlan.progress
    #expect(
      ProgressLine.render(state, width: 80, showsBar: false)
        == "epoch 12/40  step 240/800  loss 0.0831  lr 0.320  38.6 k samples/s  ETA 0:12")
    #expect(ProgressLine.render(state, width: 50) == "epoch 12/40  step 240/800  loss 0.0831  ETA 0:12")
    #expect(ProgressLine.render(state, width: 30) == "step 240/800  loss 0.0831")
    #expect(ProgressLine.render(state, width: 120).contains("test 97.2 %"))
    #expect(ProgressLine.render(state, width: 120).hasPrefix("━━━"))
  }

  @Test("a live line renews itself, at most at its interval, and leaves a clean line behind")
  func live() {
    let screen = Screen()
    let writer = screen.writer(.live(interval: 0.1))
    writer.update(ProgressState(step: 1))
    writer.update(ProgressState(step: 2))
    screen.wait(0.2)
    writer.update(ProgressState(step: 3))
    writer.update(ProgressState(step: 4), force: true)
    writer.message("saved")
    writer.finish()
    let clear = "\r\u{1B}[K"
    #expect(
      screen.texts == [
        clear + "step 1", clear + "step 3", clear + "step 4", clear + "saved\n", clear + "step 4", clear,
      ])
  }

  @Test("away from a terminal come whole lines, at most at their interval, without control characters")
  func lines() {
    let screen = Screen()
    let writer = screen.writer(.lines(interval: 10))
    for step in 0..<100 {
      writer.update(ProgressState(step: step, steps: 100))
      screen.wait(0.3)
    }
    writer.finish()
    #expect(screen.texts == ["step   0/100\n", "step  34/100\n", "step  68/100\n"])
  }

  @Test("quiet writes nothing and never makes a state")
  func quiet() {
    let screen = Screen()
    let writer = screen.writer(.quiet)
    func state() -> ProgressState {
      Issue.record("a state was made")
      return ProgressState(step: 0)
    }
    writer.update(state(), force: true)
    writer.message("hello")
    writer.finish()
    #expect(screen.texts.isEmpty)
  }

  @Test("colours need a terminal and no NO_COLOR; characters follow the locale; columns have a default")
  func environment() {
    let file = TerminalStyle.detect(descriptor: -1, environment: ["LANG": "de_CH.UTF-8", "COLUMNS": "132"])
    #expect(file == TerminalStyle(isTerminal: false, width: 132, color: false, unicode: true))
    #expect(!TerminalStyle.detect(descriptor: -1, environment: ["LC_ALL": "C", "LANG": "en_US.UTF-8"]).unicode)
    #expect(TerminalStyle.detect(descriptor: -1, environment: ["LC_CTYPE": "C.utf8"]).unicode)
    #expect(TerminalStyle.detect(descriptor: -1, environment: [:]).width == 80)
  }
}

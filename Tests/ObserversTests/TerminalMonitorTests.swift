import Charts
import Coordinator
import Observers
import Reports
import TestSupport
import Testing

@Suite("The terminal's line")
struct TerminalMonitorTests {
  @Test("says where a run goes on, shows steps and the last evaluation, and leaves a clean line")
  func course() throws {
    let texts = Locked<[String]>([])
    let writer = ProgressWriter(
      mode: .live(interval: 0), style: { TerminalStyle(isTerminal: true, width: 200) }, clock: { 0 },
      write: { text in texts.withLock { $0.append(text) } })
    let monitor = TerminalMonitor(try Runs.plan(steps: 40), writer: writer)
    monitor.observe(.started(step: 20))
    monitor.observe(.step(Runs.step(21)))
    monitor.observe(.evaluated(step: 21, epoch: 2.1, Runs.evaluation(loss: 0.25)))
    monitor.observe(.saved(path: "x", step: 21))
    monitor.observe(.step(Runs.step(22)))
    monitor.finish()
    let words = texts.withLock { $0 }
    #expect(words.count == 5)
    #expect(words.first == "continuing after step 20\n" && words.last == "\r\u{1B}[K")
    #expect(words[1].contains("epoch 3/4  step 21/40  loss 0.0476  lr 0.0500  1.00 k samples/s"), "\(words[1])")
    #expect(!words[1].contains("test") && words[2].contains("test 50.0 %") && words[3].contains("test 50.0 %"))
    #expect(words[3].contains("step 22/40") && words[3].contains("ETA"))
  }
}

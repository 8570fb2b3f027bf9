import Reports
import Testing

@Suite("A run that goes on") struct RunningStateTests {
  @Test("the time left follows from the steps since the run went on, not from those of the run before")
  func timeLeft() {
    let fresh = RunningState(plan: .init(steps: 100, epochs: 10), elapsedSeconds: 20)
    #expect(fresh.secondsLeft(afterStep: 0) == nil)
    #expect(fresh.secondsLeft(afterStep: 10) == 180)
    #expect(fresh.secondsLeft(afterStep: 100) == 0)
    let resumed = RunningState(plan: .init(steps: 100, epochs: 10, firstStep: 60), elapsedSeconds: 20)
    #expect(resumed.secondsLeft(afterStep: 60) == nil)
    #expect(resumed.secondsLeft(afterStep: 80) == 20)
    #expect(resumed.secondsLeft(afterStep: 101) == 0)
  }
}

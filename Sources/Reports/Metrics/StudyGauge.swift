import Records
import Synchronization

/// How far a study is, for monitoring systems; whoever runs the study sets it, from any thread.
package final class StudyGauge: Sendable {
  private struct State {
    var done = 0
    var planned: Int?
    var secondsLeft: Double?
    var samplesPerSecond: Double?
  }

  private let study: String
  private let name: String
  private let state = Mutex(State())

  /// - Parameters:
  ///   - study: the kind of study.
  ///   - name: the config's.
  package init(study: String, name: String) {
    self.study = study
    self.name = name
  }

  /// Says how far the study's present activity is.
  package func update(done: Int, planned: Int?, secondsLeft: Double?, samplesPerSecond: Double?) {
    state.withLock {
      $0 = State(done: done, planned: planned, secondsLeft: secondsLeft, samplesPerSecond: samplesPerSecond)
    }
  }

  /// The numbers as they are now.
  package var metrics: [Metric] {
    let state = state.withLock { $0 }
    var metrics = [
      Metric(
        "isotherm_study_info", "The study that is running.", 1,
        labels: [("study", study), ("name", name), ("version", IsothermVersion.current)]),
      Metric("isotherm_study_done", "Pieces of the study's present activity that are done.", Double(state.done)),
    ]
    func add(_ name: String, _ help: String, _ value: Double?) {
      if let value { metrics.append(Metric(name, help, value)) }
    }
    add("isotherm_study_planned", "Pieces of the study's present activity in all.", state.planned.map(Double.init))
    add("isotherm_seconds_left", "Seconds that the activity will still take, as it goes now.", state.secondsLeft)
    add("isotherm_samples_per_second", "Training samples a second.", state.samplesPerSecond)
    return metrics
  }
}

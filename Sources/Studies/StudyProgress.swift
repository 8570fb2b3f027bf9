/// How far a study is.
package struct StudyProgress: Sendable, Equatable {
  /// What is going on, in words: "Hessian, rows".
  package var activity: String
  /// How much of it is done, in units of its own.
  package var done: Int
  /// How much there is; `nil` where nobody knows.
  package var planned: Int?
  /// The study's own forecast of the time left; without one, it follows from the time spent on the activity.
  package var secondsLeft: Double?
  /// Training throughput.
  package var samplesPerSecond: Double?
  /// The run that is under way, where a study shows its runs.
  package var training: Training?

  /// A run of a study.
  package struct Training: Sendable, Equatable {
    /// Passes over the training set, done and in all.
    package var epoch: Double
    package var epochs: Double
    /// Of the last step.
    package var loss: Double
    package var learningRate: Double
    /// Of the last evaluation.
    package var testAccuracy: Double?
    package var testLoss: Double?
  }

  /// - Parameter planned: `nil` where nobody knows how much there is.
  package init(
    _ activity: String, done: Int, of planned: Int? = nil, secondsLeft: Double? = nil, samplesPerSecond: Double? = nil,
    training: Training? = nil
  ) {
    self.activity = activity
    self.done = done
    self.planned = planned
    self.secondsLeft = secondsLeft
    self.samplesPerSecond = samplesPerSecond
    self.training = training
  }
}

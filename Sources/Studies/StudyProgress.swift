/// How far a study is.
public struct StudyProgress: Sendable, Equatable {
  /// What is going on, in words: "Hessian, rows".
  public var activity: String
  /// How much of it is done, in units of its own.
  public var done: Int
  /// How much there is; `nil` where nobody knows.
  public var planned: Int?
  /// The study's own forecast of the time left; without one, it follows from the time spent on the activity.
  public var secondsLeft: Double?
  /// Training throughput.
  public var samplesPerSecond: Double?
  /// The run that is under way, where a study shows its runs.
  public var training: Training?

  /// A run of a study.
  public struct Training: Sendable, Equatable {
    /// Passes over the training set, done and in all.
    public var epoch: Double
    public var epochs: Double
    /// Of the last step.
    public var loss: Double
    public var learningRate: Double
    /// Of the last evaluation.
    public var testAccuracy: Double?
    public var testLoss: Double?
  }

  /// - Parameter planned: `nil` where nobody knows how much there is.
  public init(
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

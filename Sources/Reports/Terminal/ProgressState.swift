/// What a progress line shows; what is `nil` is left out.
package struct ProgressState: Sendable, Equatable {
  /// What is going on, where it is not training: "evaluating", "B 1024, seed 2".
  package var activity: String?
  /// Passes over the training set so far.
  package var epoch: Double?
  /// Passes over the training set in the whole run.
  package var epochs: Double?
  /// Steps done.
  package var step: Int
  /// Steps of the whole run.
  package var steps: Int?
  /// Whether steps are hundredths of some work and shown as such.
  package var isShare = false
  /// What is done, in words, in place of a share: "1.2 GiB of 3.0 GiB".
  package var amount: String?
  /// Mean loss of the last batch, or of the last few.
  package var loss: Double?
  /// The rate of the last step.
  package var learningRate: Double?
  /// The gradient's noise scale, in samples.
  package var noiseScale: Double?
  /// Training throughput.
  package var samplesPerSecond: Double?
  /// Expected time to the end of the run.
  package var secondsLeft: Double?
  /// Share of the test set that was right at the last evaluation, 0…1.
  package var testAccuracy: Double?
  /// Mean test loss of the last evaluation, shown where there is no accuracy.
  package var testLoss: Double?

  /// A state after `step` steps.
  package init(
    step: Int, steps: Int? = nil, epoch: Double? = nil, epochs: Double? = nil, loss: Double? = nil,
    learningRate: Double? = nil, samplesPerSecond: Double? = nil, secondsLeft: Double? = nil,
    testAccuracy: Double? = nil, testLoss: Double? = nil, activity: String? = nil
  ) {
    self.activity = activity
    self.epoch = epoch
    self.epochs = epochs
    self.step = step
    self.steps = steps
    self.loss = loss
    self.learningRate = learningRate
    self.samplesPerSecond = samplesPerSecond
    self.secondsLeft = secondsLeft
    self.testAccuracy = testAccuracy
    self.testLoss = testLoss
  }

  /// Share of the run that is done, 0…1.
  var share: Double? {
    guard let steps, steps > 0 else { return nil }
    return min(max(Double(step) / Double(steps), 0), 1)
  }
}

/// One line of `metrics.jsonl`: a training step or an evaluation.
///
/// A training line has `loss`, `learningRate` and `samplesPerSecond`; an evaluation line has `testLoss` and, for
/// classes, `testAccuracy`. A loss that is not finite is written as `null` and reads back as NaN.
package struct MetricsLine: Codable, Sendable, Equatable {
  /// Steps done when the line was written, from 1; 0 is before training.
  package var step: Int
  /// Passes over the training set done by then; fractions within an epoch.
  package var epoch: Double
  /// Mean loss of the step's batch.
  package var loss: Double?
  /// The rate that the step used.
  package var learningRate: Double?
  /// Training samples a second since the line before.
  package var samplesPerSecond: Double?
  /// Share of the batch that was classified right, 0…1, by the weights before the step; `nil` for a regression.
  package var trainAccuracy: Double?
  /// Euclidean norm of the batch's average gradient, where it is measured.
  package var gradientNorm: Double?
  /// B_simple = trΣ ÷ |G|² of the last hundred steps, in samples (McCandlish et al. 2018); `nil` where the
  /// estimate of |G|² is not positive.
  package var noiseScale: Double?
  /// Lower and upper end of its 95 % interval; `nil` for no upper end. A lower end without a scale is that of an
  /// infinite one.
  package var noiseScaleLow: Double?
  package var noiseScaleHigh: Double?
  /// η ÷ (B(1 − m)) of the step: SGD's temperature up to the noise of the gradient.
  package var temperatureIndex: Double?
  /// B of the step, where the batch changes on the way.
  package var batch: Int?
  /// The share of numbers that were not zero in the step before an evaluation, 0…1: `NAME.input` of what came into a dense
  /// layer that may skip zeros, `NAME.gradient` of the gradient of its outputs.
  package var density: [String: Double]?
  /// Mean loss over the validation set.
  package var validationLoss: Double?
  /// Share of the validation set that is right, 0…1.
  package var validationAccuracy: Double?
  /// R² of the set that was evaluated, for numbers to predict.
  package var rSquared: Double?
  /// Mean loss over the test set.
  package var testLoss: Double?
  /// Share of the test set that is right, 0…1.
  package var testAccuracy: Double?

  init(step: Int = 0, epoch: Double = 0) {
    self.step = step
    self.epoch = epoch
  }

  /// A training line.
  package static func training(
    step: Int, epoch: Double, loss: Double, learningRate: Double, samplesPerSecond: Double,
    gradientNorm: Double? = nil, trainAccuracy: Double? = nil
  ) -> MetricsLine {
    var line = MetricsLine(step: step, epoch: epoch)
    line.loss = loss
    line.learningRate = learningRate
    line.samplesPerSecond = samplesPerSecond
    line.gradientNorm = gradientNorm
    line.trainAccuracy = trainAccuracy
    return line
  }

  /// An evaluation line of the test set; `testAccuracy` is `nil` for a regression.
  package static func evaluation(step: Int, epoch: Double, testLoss: Double, testAccuracy: Double?) -> MetricsLine {
    var line = MetricsLine(step: step, epoch: epoch)
    line.testLoss = testLoss
    line.testAccuracy = testAccuracy
    return line
  }

  /// An evaluation line of the validation set; `accuracy` is `nil` for a regression.
  package static func validation(step: Int, epoch: Double, loss: Double, accuracy: Double?) -> MetricsLine {
    var line = MetricsLine(step: step, epoch: epoch)
    line.validationLoss = loss
    line.validationAccuracy = accuracy
    return line
  }

  /// Whether the line is about a training step.
  package var isTraining: Bool { loss != nil }
  /// Whether the line is about the validation set.
  package var isValidation: Bool { validationLoss != nil || validationAccuracy != nil }
  /// Whether the line is about the validation set or the test set.
  package var isEvaluation: Bool { testLoss != nil || testAccuracy != nil || isValidation }
  /// The accuracy of an evaluation, on whichever set.
  package var evaluatedAccuracy: Double? { validationAccuracy ?? testAccuracy }
  /// The loss of an evaluation, on whichever set.
  package var evaluatedLoss: Double? { validationLoss ?? testLoss }
  /// Lines of one kind have ascending steps: training, the validation set, the test set.
  var kind: Int { isTraining ? 0 : isValidation ? 1 : 2 }

  /// Reads a line; `null` under a key becomes NaN.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    step = try values.decode(Int.self, forKey: .step)
    epoch = try values.decode(Double.self, forKey: .epoch)
    // `null` is how a number that is not finite is written, so a key that is there is never nil.
    func number(_ key: CodingKeys) throws -> Double? {
      values.contains(key) ? try values.decodeIfPresent(Double.self, forKey: key) ?? .nan : nil
    }
    loss = try number(.loss)
    learningRate = try number(.learningRate)
    samplesPerSecond = try number(.samplesPerSecond)
    noiseScale = try number(.noiseScale)
    noiseScaleLow = try number(.noiseScaleLow)
    noiseScaleHigh = try number(.noiseScaleHigh)
    temperatureIndex = try number(.temperatureIndex)
    batch = try values.decodeIfPresent(Int.self, forKey: .batch)
    gradientNorm = try number(.gradientNorm)
    trainAccuracy = try number(.trainAccuracy)
    density = try values.decodeIfPresent([String: Double].self, forKey: .density)
    validationLoss = try number(.validationLoss)
    validationAccuracy = try number(.validationAccuracy)
    rSquared = try number(.rSquared)
    testLoss = try number(.testLoss)
    testAccuracy = try number(.testAccuracy)
  }
}

extension MetricsLine {
  /// ``noiseScale``, infinity included; `nil` where it was not measured.
  package var measuredNoiseScale: Double? { noiseScale ?? noiseScaleLow.map { _ in .infinity } }
}

/// What a model's predictions are worth on samples whose answers are known: what `evaluate --json` prints.
package struct EvaluationRecord: Encodable, Sendable {
  /// Measures of one class.
  package struct ClassMeasures: Codable, Sendable, Equatable {
    package var name: String
    /// Samples of the class.
    package var samples: Int
    /// Share of the samples predicted to be of the class that are; `nil` where none is.
    package var precision: Double?
    /// Share of the class's samples that are predicted to be of it; `nil` without samples.
    package var recall: Double?
    /// 2 · precision · recall ÷ (precision + recall); `nil` where neither is defined.
    package var f1: Double?
  }

  /// Samples by confidence.
  package struct CalibrationBin: Codable, Sendable, Equatable {
    package var low: Double
    package var high: Double
    package var samples: Int
    package var confidence: Double
    package var accuracy: Double

    package init(low: Double, high: Double, samples: Int, confidence: Double, accuracy: Double) {
      self.low = low
      self.high = high
      self.samples = samples
      self.confidence = confidence
      self.accuracy = accuracy
    }
  }

  /// A point of the ROC curve.
  package struct ROCPoint: Codable, Sendable, Equatable {
    package var falsePositives: Double
    package var truePositives: Double

    package init(falsePositives: Double, truePositives: Double) {
      self.falsePositives = falsePositives
      self.truePositives = truePositives
    }
  }

  /// The model's file or run, and what it was measured on.
  package var model: String
  package var input: String
  /// Mean loss a sample.
  package var testLoss: Double
  /// Share right, 0…1; `nil` for numbers.
  package var testAccuracy: Double?
  /// Share whose class is among the five most probable, for more than five classes.
  package var top5Accuracy: Double?
  package var testSamples: Int
  /// Samples with an output that is NaN or infinite.
  package var notFiniteSamples = 0
  /// Samples that could not be read and were left out.
  package var unreadableSamples: Int?
  /// Means over classes that have samples, each counting the same.
  package var macroPrecision: Double?
  package var macroRecall: Double?
  package var macroF1: Double?
  /// Share of the most frequent class: what always saying it would reach.
  package var majorityShare: Double?
  package var perClass: [ClassMeasures]?
  /// Expected calibration error over 15 bins.
  package var calibrationError: Double?
  package var calibration: [CalibrationBin]?
  /// Area under the ROC curve, for two classes; the second is the positive one.
  package var rocAUC: Double?
  package var roc: [ROCPoint]?
  /// Errors of predicted numbers, in their units.
  package var regression: RegressionRecord?
  /// Target and prediction of some samples of the first number, spread evenly, for a plot.
  package var scatter: [[Double]]?
  package var weightsSHA256: String?
  package var classes = ClassRecord()

  package init(model: String, input: String, testLoss: Double, testSamples: Int) {
    self.model = model
    self.input = input
    self.testLoss = testLoss
    self.testSamples = testSamples
  }

  private enum CodingKeys: String, CodingKey {
    case model, input, testLoss, testAccuracy, top5Accuracy, testSamples, notFiniteSamples, unreadableSamples,
      macroPrecision, macroRecall, macroF1, majorityShare, perClass, calibrationError, calibration, rocAUC, roc,
      regression, weightsSHA256
  }

  /// The classes' keys stand beside the others.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(model, forKey: .model)
    try values.encode(input, forKey: .input)
    try values.encode(testLoss, forKey: .testLoss)
    try values.encodeIfPresent(testAccuracy, forKey: .testAccuracy)
    try values.encodeIfPresent(top5Accuracy, forKey: .top5Accuracy)
    try values.encode(testSamples, forKey: .testSamples)
    try values.encode(notFiniteSamples, forKey: .notFiniteSamples)
    try values.encodeIfPresent(unreadableSamples, forKey: .unreadableSamples)
    try values.encodeIfPresent(macroPrecision, forKey: .macroPrecision)
    try values.encodeIfPresent(macroRecall, forKey: .macroRecall)
    try values.encodeIfPresent(macroF1, forKey: .macroF1)
    try values.encodeIfPresent(majorityShare, forKey: .majorityShare)
    try values.encodeIfPresent(perClass, forKey: .perClass)
    try values.encodeIfPresent(calibrationError, forKey: .calibrationError)
    try values.encodeIfPresent(calibration, forKey: .calibration)
    try values.encodeIfPresent(rocAUC, forKey: .rocAUC)
    try values.encodeIfPresent(roc, forKey: .roc)
    try values.encodeIfPresent(regression, forKey: .regression)
    try values.encodeIfPresent(weightsSHA256, forKey: .weightsSHA256)
    try classes.encode(to: encoder)
  }
}

extension EvaluationRecord {
  /// Takes in what follows from counts of true and predicted classes.
  package mutating func add(_ counts: ClassCounts, classNames: [String]) {
    classes = ClassRecord(counts, classNames: classNames)
    testAccuracy = counts.total > 0 ? Double(counts.correct) / Double(counts.total) : nil
    majorityShare = counts.total > 0 ? Double(counts.samples.max() ?? 0) / Double(counts.total) : nil
    var predicted = counts.right
    for mistake in counts.mistakes { predicted[mistake.predictedClass] += mistake.count }
    let measures = counts.samples.indices.map { index in
      let precision = predicted[index] > 0 ? Double(counts.right[index]) / Double(predicted[index]) : nil
      let recall = counts.accuracy(of: index)
      let denominator = counts.samples[index] + predicted[index]
      return ClassMeasures(
        name: index < classNames.count ? classNames[index] : String(index), samples: counts.samples[index],
        precision: precision, recall: recall,
        f1: denominator > 0 ? 2 * Double(counts.right[index]) / Double(denominator) : nil)
    }
    // A class without samples says nothing; one that is never predicted has precision 0, as in scikit-learn.
    let seen = measures.filter { $0.samples > 0 }
    func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    macroPrecision = mean(seen.map { $0.precision ?? 0 })
    macroRecall = mean(seen.map { $0.recall ?? 0 })
    macroF1 = mean(seen.map { $0.f1 ?? 0 })
    perClass = counts.classes <= ClassRecord.mostClassesNamed ? measures : nil
  }
}

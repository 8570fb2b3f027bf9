import Datasets
import Kernels
import Models
import Records
import Statistics

/// Measures a model by its predictions of samples whose answers are known, taken in in their order.
package struct EvaluationCollector {
  private let network: Network
  private let answers: AnswerForm
  private var loss = 0.0
  private var samples = 0
  private var notFinite = 0
  private var unreadable = 0
  private var unanswered = 0
  // Of each sample with a class:
  private var labels: [Int32] = []
  private var predicted: [Int32] = []
  private var confidences: [Double] = []
  private var inTop5 = 0
  /// Probability of the second of two classes.
  private var scores: [Double] = []
  private var errors: RegressionErrors
  private var pairs: [[Double]] = []

  /// A collector of a model's predictions.
  package init(_ model: Model, answers: AnswerForm) {
    network = model.network
    self.answers = answers
    errors = RegressionErrors(outputs: answers.outputs)
  }

  /// Whether classes are counted, rather than losses and errors of numbers alone.
  private var countsClasses: Bool {
    if case .classes = answers { network.loss != .meanSquaredError } else { false }
  }

  /// Takes in some samples, a whole number of microbatches but for the last ones.
  package mutating func add(_ predictions: Predictions) {
    unreadable += predictions.failures.count
    let all = 0..<predictions.names.count
    let known = all.filter { predictions.failures[$0] == nil && predictions.answers[$0] != nil }
    unanswered += all.count - known.count - predictions.failures.count
    samples += known.count
    addLoss(predictions, known)
    for sample in known {
      switch (predictions.answers[sample], answers) {
      case (.label(let label)?, .classes) where countsClasses: add(predictions.row(sample), label: label)
      case (.values(let values)?, .values(let scale)): add(predictions.row(sample), values, scale)
      default: break
      }
    }
  }

  /// Losses add up microbatch by microbatch, as an ``Evaluator``'s do, to the same bits where every sample has an answer.
  private mutating func addLoss(_ predictions: Predictions, _ known: [Int]) {
    let width = predictions.width
    for first in stride(from: 0, to: known.count, by: network.microbatch) {
      let rows = known[first..<min(first + network.microbatch, known.count)]
      let outputs = Matrix(Buffer(rows.flatMap { predictions.row($0) }).view, rows: rows.count, columns: width)
      if countsClasses {
        let labels = Buffer(rows.map { Int32(Self.label(predictions.answers[$0])) })
        loss += Losses.softmaxCrossEntropy(logits: outputs, labels: labels.view).loss
      } else {
        let targets = Buffer(rows.flatMap { self.targets(predictions.answers[$0]) })
        loss +=
          Losses.meanSquaredError(
            outputs: outputs, targets: Matrix(targets.view, rows: rows.count, columns: width)
          ).loss
      }
    }
  }

  private static func label(_ answer: InputAnswer?) -> Int {
    if case .label(let label)? = answer { label } else { 0 }
  }

  /// What training would see of an answer.
  private func targets(_ answer: InputAnswer?) -> [Float] {
    switch (answer, answers) {
    case (.label(let label)?, _): (0..<answers.outputs).map { $0 == label ? 1 : 0 }
    case (.values(let values)?, .values(let scale)):
      values.indices.map { Float((values[$0] - scale.means[$0]) / scale.deviations[$0]) }
    default: Array(repeating: 0, count: answers.outputs)
    }
  }

  private mutating func add(_ logits: ArraySlice<Float>, label: Int) {
    labels.append(Int32(label))
    guard logits.allSatisfy(\.isFinite) else {
      notFinite += 1
      predicted.append(-1)
      return
    }
    let probabilities = Softmax.probabilities(logits)
    let best = Softmax.largest(1, of: logits)[0]
    predicted.append(Int32(best))
    confidences.append(probabilities[best])
    if probabilities.count == 2 { scores.append(probabilities[1]) }
    let own = logits[logits.startIndex + label]
    // Of equals the first counts, as it does for the best one.
    let before = logits.enumerated().count { $1 > own || $1 == own && $0 < label }
    if before < 5 { inTop5 += 1 }
  }

  private mutating func add(_ outputs: ArraySlice<Float>, _ values: [Double], _ scale: TargetScale) {
    if !outputs.allSatisfy(\.isFinite) { notFinite += 1 }
    for (index, output) in outputs.enumerated() {
      errors.add(predicted: scale.number(output, index: index), target: values[index], output: index)
    }
    pairs.append([values[0], scale.number(outputs[outputs.startIndex], index: 0)])
  }

  /// Samples without an answer so far.
  package var unansweredSamples: Int { unanswered }
  /// Samples with an answer so far.
  package var answeredSamples: Int { samples }

  private static let mostPairs = 1000

  /// What all samples say.
  package func record(model: String, input: String) -> EvaluationRecord {
    var record = EvaluationRecord(
      model: model, input: input, testLoss: samples > 0 ? loss / Double(samples) : .nan, testSamples: samples)
    record.notFiniteSamples = notFinite
    record.unreadableSamples = unreadable > 0 ? unreadable : nil
    switch answers {
    case .values(let scale):
      record.regression = errors.record(names: scale.names)
      let step = max(1, (pairs.count + Self.mostPairs - 1) / Self.mostPairs)
      record.scatter = stride(from: 0, to: pairs.count, by: step).map { pairs[$0] }
    case .classes(let names) where countsClasses && notFinite == 0:
      addClasses(names, to: &record)
    case .classes: break
    }
    return record
  }

  private func addClasses(_ names: [String], to record: inout EvaluationRecord) {
    record.add(ClassCounts(classes: names.count, labels: labels, predictions: predicted), classNames: names)
    if names.count > 5 { record.top5Accuracy = samples > 0 ? Double(inTop5) / Double(samples) : nil }
    let calibration = CalibrationError(confidences: confidences, isRight: zip(labels, predicted).map { $0 == $1 })
    record.calibrationError = calibration.expected
    record.calibration = calibration.bins.map {
      .init(low: $0.low, high: $0.high, samples: $0.samples, confidence: $0.confidence, accuracy: $0.accuracy)
    }
    guard names.count == 2,
      let curve = ReceiverOperatingCharacteristic(scores: scores, isPositive: labels.map { $0 == 1 })
    else { return }
    record.rocAUC = curve.area
    // A plot shows no more points than pixels.
    let step = max(1, (curve.points.count + 499) / 500)
    record.roc = curve.points.enumerated()
      .filter { $0.offset.isMultiple(of: step) || $0.offset == curve.points.count - 1 }
      .map { .init(falsePositives: $0.element.falsePositives, truePositives: $0.element.truePositives) }
  }
}

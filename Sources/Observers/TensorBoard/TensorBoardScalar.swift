import Protobufs
import Records

/// A curve of TensorBoard, drawn from lines of metrics.
struct TensorBoardScalar: Sendable {
  /// Its name; TensorBoard puts curves with the same word before the stroke side by side.
  let tag: String
  /// What it shows. A description in its metadata would make old readers complain, so it goes to ``legend``.
  let about: String
  /// Its value on a line that has one.
  let value: @Sendable (MetricsLine) -> Double?

  /// All of them.
  static let all: [TensorBoardScalar] = [
    TensorBoardScalar(tag: "loss/train", about: "Mean loss of the step's batch, before its update.") { $0.loss },
    TensorBoardScalar(tag: "loss/validation", about: "Mean loss over the validation set.") { $0.validationLoss },
    TensorBoardScalar(tag: "loss/test", about: "Mean loss over the test set.") { $0.testLoss },
    TensorBoardScalar(
      tag: "accuracy/train", about: "Share of the training samples since the point before that were classified right."
    ) { $0.trainAccuracy },
    TensorBoardScalar(tag: "accuracy/validation", about: "Share of the validation set that is classified right.") {
      $0.validationAccuracy
    },
    TensorBoardScalar(tag: "accuracy/test", about: "Share of the test set that is classified right.") {
      $0.testAccuracy
    },
    TensorBoardScalar(tag: "r_squared/validation", about: "R² of the validation set.") {
      $0.isValidation ? $0.rSquared : nil
    },
    TensorBoardScalar(tag: "r_squared/test", about: "R² of the test set.") { $0.isValidation ? nil : $0.rSquared },
    TensorBoardScalar(tag: "learning_rate", about: "The learning rate of the step.") { $0.learningRate },
    TensorBoardScalar(tag: "throughput/samples_per_second", about: "Training samples a second, evaluation left out.") {
      $0.samplesPerSecond
    },
    TensorBoardScalar(
      tag: "gradient/norm", about: "Norm of the batch's average gradient, without weight decay, before clipping."
    ) { $0.gradientNorm },
    TensorBoardScalar(
      tag: "noise_scale/value",
      about: "Simple noise scale of the gradient over the last hundred steps, in samples (McCandlish et al. 2018)."
    ) { $0.noiseScale },
    TensorBoardScalar(tag: "noise_scale/low", about: "Lower end of the noise scale's 95 % interval.") {
      $0.noiseScaleLow
    },
    TensorBoardScalar(tag: "noise_scale/high", about: "Upper end of the noise scale's 95 % interval.") {
      $0.noiseScaleHigh
    },
    TensorBoardScalar(
      tag: "temperature_index", about: "η ÷ (B(1 − m)): SGD's temperature, up to the noise of the gradient."
    ) { $0.temperatureIndex },
    TensorBoardScalar(tag: "batch", about: "Samples of the step.") { $0.batch.map(Double.init) },
    TensorBoardScalar(tag: "epoch", about: "Passes over the training set.") { $0.isTraining ? $0.epoch : nil },
  ]

  /// What the curves show, as a table in Markdown.
  static var legend: String {
    "| curve | what it shows |\n|---|---|\n" + all.map { "| `\($0.tag)` | \($0.about) |\n" }.joined()
  }
}

extension TensorBoardSummary.Value {
  /// A point of a curve, in single precision as TensorBoard has it.
  static func scalar(_ tag: String, _ number: Double) -> TensorBoardSummary.Value {
    var value = TensorBoardSummary.Value()
    value.tag = tag
    value.simpleValue = Float(number)
    return value
  }
}

import Optimizers
import Configuration
import Foundation
import Records

/// From a noise scale to a batch and a learning rate, with the reasons in words (McCandlish et al. 2018, §2).
package enum NoiseRecommendation {
  /// The recommendation for an optimizer; `nil` where the scale cannot be told from infinity.
  package static func make(_ record: NoiseRecord, method: OptimizerMethod) -> NoiseRecord.Recommendation? {
    let scale = record.noiseScale
    guard scale.isFinite, scale > 0, record.learningRate > 0 else { return nil }
    let power = pow(2, log2(max(1, scale)).rounded())
    let batch = Int(min(Double(record.trainSamples), power))
    let exponent = method.rule.rateExponent
    // η_opt(B) = η_max ÷ (1 + B_noise ÷ B)^p, with the config's rate taken for the best one at its batch.
    func share(_ batch: Int) -> Double { pow(1 + scale / Double(batch), exponent) }
    let largest = record.learningRate * share(record.batch)
    let rate = largest / share(batch)
    let isBeyond = scale > 1.5 * Double(record.trainSamples)
    var reasons = [
      isBeyond
        ? "B_noise is \(short(scale / Double(record.trainSamples))) × the training set: at these weights noise outweighs "
          + "the gradient at every batch, so larger ones save steps up to the whole set of \(record.trainSamples)."
        : "At B = B_noise the gradient's noise is as large as the gradient: a batch of \(batch) takes about twice the "
          + "fewest steps and twice the fewest samples. Far below it, twice the batch halves the steps; far above it, "
          + "it only costs samples.",
      (exponent == 1
        ? "η_opt(B) = η_max ÷ (1 + B_noise ÷ B)"
        : "\(method.rule.title) divides by the size of the noisy gradient, which grows with √(1 + B_noise ÷ B), so that "
          + "η_opt(B) = η_max ÷ √(1 + B_noise ÷ B)")
        + ": if \(short(record.learningRate)) is the best rate at the config's batch of \(record.batch), the best at "
        + "\(batch) is \(short(rate)), and no batch wants more than \(short(largest)).",
    ]
    let ratio = Double(record.batch) / scale
    if record.batch >= record.trainSamples {
      reasons.append("The config's batch is the whole training set already.")
    } else if ratio > 4 {
      reasons.append(
        "The config's batch is \(short(ratio)) × the noise scale here: at these weights most of its samples say the same."
      )
    } else if ratio < 0.25 {
      reasons.append(
        "The config's batch is \(short(1 / ratio)) × smaller than the noise scale: a larger one would save steps almost "
          + "in proportion, with the learning rate scaled \(exponent == 1 ? "linearly" : "by the square root").")
    }
    if record.weights == nil {
      reasons.append(
        "These are initial weights: the noise scale grows in training, often by ten times and more, so measure again at "
          + "later weights (--weights) before you settle on a batch.")
    }
    return .init(
      batch: max(1, batch), learningRate: rate, largestLearningRate: largest, exponent: exponent, reasons: reasons)
  }

  private static func short(_ value: Double) -> String {
    let digits = max(0, 2 - Int(log10(abs(value)).rounded(.down)))
    return String(format: "%.\(min(digits, 8))f", value)
  }
}

import Charts
import Foundation
import JSON
import Records

/// What to try after a run has diverged, from its own figures.
package enum DivergenceAdvice {
  /// At most four sentences, what is likeliest first; none of a run that did not diverge.
  package static func lines(_ record: RunRecord) -> [String] {
    guard let divergence = record.summary?.divergence else { return [] }
    let keys = (try? JSONValue(parsing: record.configuration ?? "")) ?? .null
    let training = record.metrics.training.filter { $0.step < divergence.step && ($0.loss ?? .nan).isFinite }
    return [
      scaleAdvice(keys, training), rateAdvice(keys, training, divergence), warmupAdvice(keys, training, divergence),
    ]
    .compactMap(\.self) + clipAdvice(keys, training)
  }

  private static func value(_ keys: JSONValue, _ path: String) -> JSONValue? {
    path.split(separator: ".").reduce(Optional(keys)) { node, key in
      if case .object(let object)? = node { object[String(key)] } else { nil }
    }
  }

  /// A mean squared error that begins far above 1 is one of numbers that nobody scaled.
  private static func scaleAdvice(_ keys: JSONValue, _ training: [MetricsLine]) -> String? {
    if value(keys, "loss.kind") == "meanSquaredError", value(keys, "data.targets") == "none",
      let first = training.first?.loss,
      first > 100
    {
      return "the numbers to predict are not scaled (the first loss was \(HumanFormat.number(first))): "
        + "\"data\": { \"targets\": \"standardize\" }"
    }
    if value(keys, "data.normalize") == "none" {
      return "inputs are not scaled: \"data\": { \"normalize\": \"standardize\" }"
    }
    return nil
  }

  /// The rate at which the loss last was at its least is one that the run bore.
  private static func rateAdvice(
    _ keys: JSONValue, _ training: [MetricsLine], _ divergence: DivergenceRecord
  ) -> String? {
    guard let reference = value(keys, "learningRate.reference")?.double, divergence.learningRate > 0 else { return nil }
    let best = training.min { ($0.loss ?? .infinity) < ($1.loss ?? .infinity) }
    let fell =
      best.flatMap { best in training.first.map { first in (best.loss ?? 0) < 0.98 * (first.loss ?? 0) } } ?? false
    guard fell, let best, let stable = best.learningRate, stable > 0 else {
      return "the loss never fell: \"learningRate\": { \"reference\": \(HumanFormat.short(reference / 10)) }, a tenth; "
        + "`isotherm rate CONFIG` finds one"
    }
    let factor = min(0.5, stable / divergence.learningRate)
    return
      "the loss fell until step \(HumanFormat.count(best.step)), at a rate of \(HumanFormat.short(stable)), and diverged "
      + "at \(HumanFormat.short(divergence.learningRate)): \"learningRate\": { \"reference\": "
      + "\(HumanFormat.short(reference * factor)) }"
  }

  private static func warmupAdvice(
    _ keys: JSONValue, _ training: [MetricsLine], _ divergence: DivergenceRecord
  ) -> String? {
    guard let first = training.first, let rate = first.learningRate, rate >= 0.99 * divergence.learningRate,
      divergence.step <= 1000
    else { return nil }
    return value(keys, "learningRate.warmup.kind") == "none"
      ? "it began at its full rate: \"learningRate\": { \"warmup\": { \"kind\": \"gradual\", \"epochs\": 5 } }" : nil
  }

  private static func clipAdvice(_ keys: JSONValue, _ training: [MetricsLine]) -> [String] {
    let clip = value(keys, "optimizer.clipNorm")
    guard clip == nil || clip == .null else { return [] }
    let norms = training.prefix(max(1, training.count / 2)).compactMap(\.gradientNorm).filter(\.isFinite).sorted()
    guard !norms.isEmpty else { return ["single steps that are too long: \"optimizer\": { \"clipNorm\": 1 }"] }
    let norm = norms[norms.count / 2]
    return [
      "gradients had a norm of \(HumanFormat.short(norm)) in the first half: \"optimizer\": { \"clipNorm\": "
        + "\(HumanFormat.short(2 * norm)) } bounds single ones"
    ]
  }
}

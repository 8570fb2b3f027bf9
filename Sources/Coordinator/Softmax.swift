import Kernels

/// Probabilities of classes: exp(zᵢ) ÷ Σ exp(zⱼ), in double precision.
package enum Softmax {
  /// The probabilities of a sample's logits, which are finite.
  package static func probabilities(_ logits: some Collection<Float>) -> [Double] {
    let largest = logits.max() ?? 0
    let powers = logits.map { Elementary.exp(Double($0) - Double(largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

extension Softmax {
  /// The classes with the largest logits, the largest first, and of equal ones the first class first.
  package static func largest(_ count: Int, of logits: some Collection<Float>) -> [Int] {
    let values = Array(logits)
    if count == 1 { return [values.indices.dropFirst().reduce(0) { values[$1] > values[$0] ? $1 : $0 }] }
    return Array(values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(count))
  }
}

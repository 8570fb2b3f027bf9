import CKernels

/// Optimizer steps on a range of parameters.
///
/// Weights and state are vectors of the same count, of which the elements of `range` change, or all without one: many
/// workers then share one view, and count no reference a chunk. The gradient has the elements of the range alone; it is
/// an average over the batch.
public enum UpdateRule {
  /// g ← gradientScale · g + λ·w; u ← m·u + g; w ← w − η·u, with Nesterov w ← w − η·(g + m·u).
  ///
  /// Form 9 of Goyal et al. 2017, remark 2, and PyTorch's: a change of η needs no correction. Without a momentum buffer
  /// w ← w − η·g.
  public static func sgd(
    weights: Floats, gradient: Floats, momentumBuffer: Floats?, range: Range<Int>? = nil, rate: Float,
    momentum: Float, weightDecay: Float, nesterov: Bool, gradientScale: Float = 1
  ) {
    defer { keep(weights, gradient, momentumBuffer) }
    let range = range ?? weights.indices
    check(weights, gradient, momentumBuffer, nil, range)
    precondition(momentumBuffer != nil || momentum == 0, "momentum \(momentum) without a buffer")
    KernelPath.table.pointee.sgd(
      weights.base + range.lowerBound, gradient.base, momentumBuffer.map { $0.base + range.lowerBound }, range.count,
      rate, momentum, weightDecay, gradientScale, nesterov)
  }

  /// m ← β1·m + (1 − β1)·g; v ← β2·v + (1 − β2)·g²; w ← w − η · m̂ ÷ (√v̂ + ε), with m̂ = m ÷ (1 − β1^t) and
  /// v̂ = v ÷ (1 − β2^t) (Kingma & Ba 2015, algorithm 1).
  ///
  /// `step` is t, from 1. Weight decay joins the gradient, or `decoupled` (Loshchilov & Hutter 2019) shrinks the weights by
  /// ηλ first.
  public static func adam(
    weights: Floats, gradient: Floats, firstMoment: Floats, secondMoment: Floats, range: Range<Int>? = nil, step: Int,
    rate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, decoupled: Bool,
    gradientScale: Float = 1
  ) {
    defer { keep(weights, gradient, firstMoment, secondMoment) }
    let range = range ?? weights.indices
    check(weights, gradient, firstMoment, secondMoment, range)
    precondition(step >= 1, "Adam's step \(step) is not counted from 1")
    var numbers = AdamNumbers(
      gradient_scale: gradientScale, beta1: Float(beta1), one_minus_beta1: Float(1 - beta1), beta2: Float(beta2),
      one_minus_beta2: Float(1 - beta2), epsilon: Float(epsilon),
      step_size: Float(rate / (1 - power(beta1, step))),
      inverse_root2: Float(1 / (1 - power(beta2, step)).squareRoot()),
      coupled_decay: decoupled ? 0 : Float(weightDecay), weight_factor: decoupled ? Float(1 - rate * weightDecay) : 1)
    KernelPath.table.pointee.adam(
      weights.base + range.lowerBound, gradient.base, firstMoment.base + range.lowerBound,
      secondMoment.base + range.lowerBound, range.count, &numbers)
  }

  /// average ← momentum · average + (1 − momentum) · new. `new` has the range's elements.
  public static func runningAverage(_ average: Floats, new: Floats, range: Range<Int>? = nil, momentum: Float) {
    defer { keep(average, new) }
    let range = range ?? average.indices
    check(average, new, nil, nil, range)
    KernelPath.table.pointee.running_average(
      average.base + range.lowerBound, new.base, range.count, momentum, 1 - momentum)
  }

  /// base^exponent by squaring: the same bits on every system, unlike a library's `pow`.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }

  private static func check(
    _ weights: Floats, _ gradient: Floats, _ first: Floats?, _ second: Floats?, _ range: Range<Int>
  ) {
    let count = weights.count
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count && gradient.count == range.count
        && (first?.count ?? count) == count && (second?.count ?? count) == count,
      """
      weights of \(count), of which \(range) change, gradient of \(gradient.count), state of \(first?.count ?? 0) and \
      \(second?.count ?? 0)
      """)
  }
}

import CKernels

/// Optimizer steps on a range of parameters.
///
/// Weights and state are vectors of the same count, of which the elements of `range` change, or all without one: many
/// workers then share one view, and count no reference a chunk. The gradient has the elements of the range alone; it is
/// an average over the batch.
package enum UpdateRule {
  /// g ← gradientScale · g + λ·w; u ← m·u + g; w ← w − η·u, with Nesterov w ← w − η·(g + m·u).
  ///
  /// Form 9 of Goyal et al. 2017, remark 2, and PyTorch's: a change of η needs no correction. Without a momentum buffer
  /// w ← w − η·g.
  package static func sgd(
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
  package static func adam(
    weights: Floats, gradient: Floats, firstMoment: Floats, secondMoment: Floats, range: Range<Int>? = nil, step: Int,
    rate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, decoupled: Bool,
    gradientScale: Float = 1
  ) {
    defer { keep(weights, gradient, firstMoment, secondMoment) }
    let range = range ?? weights.indices
    check(weights, gradient, firstMoment, secondMoment, range)
    precondition(step >= 1, "Adam's step \(step) is not counted from 1")
    var numbers = numbers(step, rate, beta1, beta2, epsilon, gradientScale)
    numbers.coupled_decay = decoupled ? 0 : Float(weightDecay)
    numbers.weight_factor = decoupled ? Float(1 - rate * weightDecay) : 1
    KernelPath.table.pointee.adam(
      weights.base + range.lowerBound, gradient.base, firstMoment.base + range.lowerBound,
      secondMoment.base + range.lowerBound, range.count, &numbers)
  }

  /// m and v as in ``adam(weights:gradient:firstMoment:secondMoment:range:step:rate:beta1:beta2:epsilon:weightDecay:decoupled:gradientScale:)``;
  /// u ← m̂ ÷ (√v̂ + ε) + λ·w (You et al. 2020, algorithm 2): the direction of LAMB's step. The weights stay.
  ///
  /// With r = ‖w‖ ÷ ‖u‖ of the whole tensor, 1 if either is 0, the step is that of SGD without momentum and decay along u,
  /// at the rate η·r. `direction` has the range's elements, as the gradient has, and may be it.
  ///
  /// - Returns: Σ u² and Σ w² over the range, each in an order that depends on its length alone.
  package static func lambDirection(
    weights: Floats, gradient: Floats, firstMoment: Floats, secondMoment: Floats, range: Range<Int>? = nil, step: Int,
    beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, gradientScale: Float = 1,
    into direction: Floats
  ) -> (direction: Double, weights: Double) {
    defer { keep(weights, gradient, firstMoment, secondMoment, direction) }
    let range = range ?? weights.indices
    check(weights, gradient, firstMoment, secondMoment, range)
    precondition(direction.count == range.count, "a direction of \(direction.count) elements for \(range)")
    precondition(step >= 1, "LAMB's step \(step) is not counted from 1")
    var numbers = numbers(step, 1, beta1, beta2, epsilon, gradientScale)
    numbers.weight_factor = Float(weightDecay)
    let table = KernelPath.table
    table.pointee.lamb_direction(
      weights.base + range.lowerBound, gradient.base, firstMoment.base + range.lowerBound,
      secondMoment.base + range.lowerBound, range.count, &numbers, direction.base)
    return (
      table.pointee.squared_norm(direction.base, range.count),
      table.pointee.squared_norm(weights.base + range.lowerBound, range.count)
    )
  }

  /// What Adam and LAMB share of their constants; decay is left to them.
  private static func numbers(
    _ step: Int, _ rate: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double, _ gradientScale: Float
  ) -> AdamNumbers {
    AdamNumbers(
      gradient_scale: gradientScale, beta1: Float(beta1), one_minus_beta1: Float(1 - beta1), beta2: Float(beta2),
      one_minus_beta2: Float(1 - beta2), epsilon: Float(epsilon),
      step_size: Float(rate / (1 - power(beta1, step))),
      inverse_root2: Float(1 / (1 - power(beta2, step)).squareRoot()), coupled_decay: 0, weight_factor: 1)
  }

  /// average ← decay · average + (1 − decay) · new: the exponential moving average of the weights (Polyak & Juditsky 1992).
  ///
  /// `new` has the range's elements. Unlike ``runningAverage(_:new:range:momentum:)`` it takes 1 − decay in double
  /// precision, since of a decay near 1 single precision leaves few digits.
  package static func movingAverage(_ average: Floats, new: Floats, range: Range<Int>? = nil, decay: Double) {
    defer { keep(average, new) }
    let range = range ?? average.indices
    check(average, new, nil, nil, range)
    precondition(decay >= 0 && decay <= 1, "a moving average with decay \(decay)")
    KernelPath.table.pointee.running_average(
      average.base + range.lowerBound, new.base, range.count, Float(decay), Float(1 - decay))
  }

  /// average ← momentum · average + (1 − momentum) · new. `new` has the range's elements.
  package static func runningAverage(_ average: Floats, new: Floats, range: Range<Int>? = nil, momentum: Float) {
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

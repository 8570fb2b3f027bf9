import CKernels

/// y = γ · (x − mean) ÷ √(variance + ε) + β, column by column (Ioffe & Szegedy 2015).
///
/// x is [rows, channels]: samples, or pixels of all samples of a microbatch. Vectors are [channels].
package enum BatchNormalization {
  /// What follows the normalisation in the same pass.
  package enum Activation: Sendable, Equatable {
    case none
    case relu
    /// Only where nothing is added to the normalised value.
    case gelu(Elementwise.GELUForm)

    fileprivate var number: FollowingActivation {
      switch self {
      case .none: .none
      case .relu: .reLU
      case .gelu(.exact): .GELU
      case .gelu(.tanh): .geluTanh
      }
    }
  }

  /// The activation behind the normalisation, as the backward pass needs it.
  package enum BackwardActivation: Sendable {
    /// There is none.
    case none
    /// It follows at once: the mask is computed again from x and β, which costs less than to read the output.
    case relu(shift: Floats)
    /// It follows the sum with another value, with this output; dy becomes zero where the output is, for the other
    /// value's sake.
    case reluOfSum(Matrix)
    /// It follows at once: its slope is computed from x and β, and dy becomes the gradient in front of it.
    case gelu(Elementwise.GELUForm, shift: Floats)
  }

  /// ε, where nobody asks for another.
  package static let epsilon: Float = 1e-5

  /// Normalises by the microbatch's own statistics, then adds `addend` and applies the activation on demand.
  ///
  /// Saves the mean and 1 ÷ √(variance + ε), which the backward pass needs. Writes the mean and the unbiased variance
  /// (n ÷ (n − 1) times the variance; n = 1: the variance) to `statistics`, or adds them on `accumulating`, for the
  /// running averages; both times `weight`, which leaves every bit as it is where it is 1. `y` may be `x`, but then the backward pass has no input.
  package static func forward(
    _ x: Matrix, epsilon: Float = BatchNormalization.epsilon, scale: Floats, shift: Floats,
    adding addend: Matrix? = nil, into y: Matrix, activation: Activation = .none,
    mean: Floats, inverseDeviation: Floats, statistics: (mean: Floats, variance: Floats), weight: Double = 1,
    accumulating: Bool
  ) {
    defer { keep(x, scale, shift, addend, y, mean, inverseDeviation, statistics) }
    check(x, y, [scale.count, shift.count, mean.count, inverseDeviation.count])
    check(x, y, [statistics.mean.count, statistics.variance.count])
    check(activation, of: x, adding: addend)
    let table = KernelPath.table
    guard x.rows > 0 else { return }
    table.pointee.batch_normalization_statistics(
      x.storage.base, x.rows, x.columns, epsilon, mean.base, inverseDeviation.base, statistics.mean.base,
      statistics.variance.base, weight, accumulating)
    table.pointee.batch_normalization_apply(
      x.storage.base, x.rows, x.columns, mean.base, inverseDeviation.base, scale.base, shift.base,
      addend?.storage.base, y.storage.base, activation.number)
  }

  /// Normalises by running statistics, for evaluation, then adds `addend` and applies the activation on demand. `y` may be
  /// `x` or the addend.
  package static func evaluate(
    _ x: Matrix, epsilon: Float = BatchNormalization.epsilon, scale: Floats, shift: Floats, runningMean: Floats,
    runningVariance: Floats,
    adding addend: Matrix? = nil, into y: Matrix, activation: Activation = .none
  ) {
    defer { keep(x, scale, shift, runningMean, runningVariance, addend, y) }
    check(x, y, [scale.count, shift.count, runningMean.count, runningVariance.count])
    check(activation, of: x, adding: addend)
    KernelPath.table.pointee.batch_normalization_evaluate(
      x.storage.base, x.rows, x.columns, epsilon, runningMean.base, runningVariance.base, scale.base, shift.base,
      addend?.storage.base, y.storage.base, activation.number)
  }

  /// dβ = Σ dz, dγ = Σ dz · x̂, dx = γ ÷ deviation · (dz − dβ ÷ n − x̂ · dγ ÷ n), where dz is dy times the slope of the
  /// activation behind: of a ReLU 1 where it passed its input on, else 0.
  ///
  /// `mean` and `inverseDeviation` are the saved ones. `dx` may be `dy`. dγ and dβ are added on `accumulating`.
  package static func backward(
    input x: Matrix, outputGradient dy: Matrix, activation: BackwardActivation = .none, scale: Floats, mean: Floats,
    inverseDeviation: Floats, into dx: Matrix, scaleGradient: Floats, shiftGradient: Floats, accumulating: Bool
  ) {
    defer { keep(x, dy, scale, mean, inverseDeviation, dx, scaleGradient, shiftGradient) }
    check(x, dy, [scale.count, mean.count, inverseDeviation.count])
    check(x, dx, [scaleGradient.count, shiftGradient.count])
    var (behind, output, shift): (Activation, Matrix?, Floats?) = (.none, nil, nil)
    switch activation {
    case .none: break
    case .relu(let own): (behind, shift) = (.relu, own)
    case .reluOfSum(let sum): (behind, output) = (.relu, sum)
    case .gelu(let form, let own): (behind, shift) = (.gelu(form), own)
    }
    if let shift { check(x, dx, [shift.count]) }
    if let output { check(x, output, []) }
    guard x.rows > 0 else { return }
    KernelPath.table.pointee.batch_normalization_backward(
      x.storage.base, dy.storage.base, behind.number, output?.storage.base, shift?.base, x.rows, x.columns,
      scale.base, mean.base, inverseDeviation.base, dx.storage.base, scaleGradient.base, shiftGradient.base,
      accumulating)
  }

  private static func check(_ activation: Activation, of x: Matrix, adding addend: Matrix?) {
    guard let addend else { return }
    check(x, addend, [])
    precondition(activation == .none || activation == .relu, "\(activation) behind a sum")
  }

  private static func check(_ x: Matrix, _ y: Matrix, _ counts: [Int]) {
    precondition(
      x.rows == y.rows && x.columns == y.columns && counts.allSatisfy { $0 == x.columns },
      "batch norm of [\(x.rows), \(x.columns)] with [\(y.rows), \(y.columns)] and vectors of \(counts)")
  }
}

import Coordinator
import Kernels

/// A minimum of the full training loss, weight decay included: where SGD would stay at temperature zero.
struct LossMinimum {
  /// The flat vector of weights.
  let weights: Buffer<Float>
  /// Training loss plus ½λ|w|² there.
  var loss: Double
  /// |∇| that is left.
  var gradientNorm: Double
  /// Whether the gradient fell to a hundred-thousandth of the one at the start, or to what single precision can tell
  /// from zero.
  var isConverged: Bool
  /// Passes over the training set that it took.
  var passes: Int

  private static let memory = 12
  private static let mostPasses = 4000

  /// Goes downhill from `start` by the whole training set's gradient: L-BFGS (Nocedal & Wright 2006, algorithm 7.5)
  /// with halving of steps that do not lower the loss. Its directions are sums in double precision, in a fixed order.
  ///
  /// - Parameter stop: ends the search after a pass; where it has got to then is no minimum.
  init(
    from start: Floats, of potential: TrainingSetGradient, stop: StopRequest, progress: (Int) -> Void = { _ in }
  ) {
    let count = start.count
    let current = Buffer<Float>(count: count)
    current.view.copy(from: start)
    let gradientBuffer = Buffer<Float>(count: count)
    var loss = potential.loss(at: current.view, gradient: gradientBuffer.view)
    var gradient = gradientBuffer.view.array().map(Double.init)
    let startNorm = Self.norm(gradient)
    var passes = 1
    var curvature = Curvature()
    var failures = 0

    while passes < Self.mostPasses, Self.norm(gradient) > 1e-5 * startNorm, failures < 2, !stop.isRaised {
      var direction = curvature.direction(gradient)
      if Self.dot(direction, gradient) >= 0 {
        curvature = Curvature()
        direction = gradient.map { -$0 }
      }
      let old = current.view.array()
      var length = curvature.pairs.isEmpty ? min(1, 0.1 / max(Self.norm(gradient), 1e-12)) : 1.0
      var isLower = false
      for _ in 0..<30 where !stop.isRaised {
        for index in 0..<count { current.view[index] = Float(Double(old[index]) + length * direction[index]) }
        let next = potential.loss(at: current.view, gradient: gradientBuffer.view)
        passes += 1
        progress(passes)
        let nextGradient = gradientBuffer.view.array().map(Double.init)
        let slope = Self.dot(direction, gradient) * length
        // Near the minimum the loss's last bits say nothing, but the gradient still does.
        let isFlat = abs(next - loss) <= 1e-7 * abs(loss) && Self.norm(nextGradient) < Self.norm(gradient)
        if next.isFinite, next <= loss + 1e-4 * slope || isFlat {
          curvature.add(
            step: (0..<count).map { Double(current.view[$0]) - Double(old[$0]) },
            change: (0..<count).map { nextGradient[$0] - gradient[$0] })
          (loss, gradient) = (next, nextGradient)
          isLower = true
          break
        }
        length /= 2
      }
      if isLower {
        failures = 0
      } else {
        current.view.copy(from: old)
        curvature = Curvature()
        failures += 1
      }
    }
    weights = current
    self.loss = loss
    gradientNorm = Self.norm(gradient)
    isConverged = gradientNorm <= 1e-5 * startNorm || failures >= 2 && gradientNorm <= 1e-3 * startNorm
    self.passes = passes
  }

  /// What the last steps say about the curvature.
  private struct Curvature {
    /// Steps, the change of the gradient along each, and their product.
    private(set) var pairs: [(step: [Double], change: [Double], product: Double)] = []

    /// Takes a step into account, unless the curvature along it is not positive.
    mutating func add(step: [Double], change: [Double]) {
      let product = LossMinimum.dot(step, change)
      guard product > 1e-10 * LossMinimum.norm(step) * LossMinimum.norm(change) else { return }
      pairs.append((step, change, product))
      if pairs.count > LossMinimum.memory { pairs.removeFirst() }
    }

    /// −H⁻¹·g by the two loops over the last steps.
    func direction(_ gradient: [Double]) -> [Double] {
      var result = gradient.map { -$0 }
      var factors: [Double] = []
      for pair in pairs.reversed() {
        let factor = LossMinimum.dot(pair.step, result) / pair.product
        factors.append(factor)
        for index in result.indices { result[index] -= factor * pair.change[index] }
      }
      if let last = pairs.last {
        let scale = last.product / LossMinimum.dot(last.change, last.change)
        for index in result.indices { result[index] *= scale }
      }
      for (pair, factor) in zip(pairs, factors.reversed()) {
        let correction = factor - LossMinimum.dot(pair.change, result) / pair.product
        for index in result.indices { result[index] += correction * pair.step[index] }
      }
      return result
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }
}

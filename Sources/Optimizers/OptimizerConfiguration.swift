/// `optimizer`.
public struct OptimizerConfiguration: Sendable, Equatable {
  public var method: OptimizerMethod
  /// λ, outside the loss; biases and batch norm have none.
  public var weightDecay: Double
  /// Largest Euclidean norm of the batch's average gradient; `nil` clips nothing.
  public var clipNorm: Double?
  public init(method: OptimizerMethod, weightDecay: Double = 0, clipNorm: Double? = nil) {
    self.method = method
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
  }
}

/// `optimizer.method` with the keys that belong to it.
public enum OptimizerMethod: Sendable, Equatable {
  /// u ← m·u + g; w ← w − η·u (Goyal et al. 2017, remark 2, form 9); Nesterov: w ← w − η·(g + m·u).
  case sgd(momentum: Double, nesterov: Bool)
  /// SGD with a rate per tensor, scaled by `trust` · ‖w‖ ÷ (‖g‖ + λ‖w‖) (You et al. 2017).
  case lars(momentum: Double, trust: Double)
  /// Adam: weight decay joins the gradient.
  case adam(AdamConfiguration)
  /// Adam with decoupled weight decay.
  case adamW(AdamConfiguration)
}

/// Keys of Adam and AdamW.
public struct AdamConfiguration: Sendable, Equatable {
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  /// Scales β1, β2 and ε with the batch by the square-root rule of Malladi et al. 2022; goes with `scaling: "sqrt"`.
  public var scaleWithBatch: Bool
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, scaleWithBatch: Bool = false) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.scaleWithBatch = scaleWithBatch
  }
}

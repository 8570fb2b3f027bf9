/// `batch`: how many samples a step takes and how they are divided.
public struct BatchConfiguration: Sendable, Equatable {
  /// B: samples of one optimizer step.
  public var size: Int
  /// k: fixed parts of the batch with a gradient each; `nil` follows from the size and the microbatch.
  public var shards: Int?
  /// n: samples that go through the network at once; `nil` follows from the model and the batch.
  public var microbatch: Int?
  public init(size: Int, shards: Int? = nil, microbatch: Int? = nil) {
    self.size = size
    self.shards = shards
    self.microbatch = microbatch
  }
}

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

/// `learningRate`: the reference rate and how it changes with the batch and with time.
public struct LearningRateConfiguration: Sendable, Equatable {
  /// η for the reference batch.
  public var reference: Double
  public var referenceBatch: Int
  public var scaling: Scaling
  public var warmup: Warmup
  public var decay: Decay
  public init(reference: Double, referenceBatch: Int, scaling: Scaling, warmup: Warmup, decay: Decay) {
    self.reference = reference
    self.referenceBatch = referenceBatch
    self.scaling = scaling
    self.warmup = warmup
    self.decay = decay
  }
}

/// `learningRate.scaling`: what becomes of the reference rate at batch B.
public enum Scaling: String, Sendable, CaseIterable {
  /// × B ÷ referenceBatch.
  case linear
  /// × √(B ÷ referenceBatch).
  case sqrt
  case none
}

/// `learningRate.warmup`. It has an effect only where the scaled rate is above the reference rate.
public enum Warmup: Sendable, Equatable {
  case none
  /// From the reference rate to the scaled one, a constant more every step (Goyal et al. 2017, §2.2).
  case gradual(Span)
  /// The reference rate, then a jump.
  case constant(Span)
}

/// `learningRate.decay`, counted from the first step of the run.
public enum Decay: Sendable, Equatable {
  case none
  /// × `factor` at each point.
  case step(at: [Span], factor: Double)
  /// Half a cosine from the end of warmup to the end of the run, down to 0.
  case cosine
  /// (1 − progress)^power from the end of warmup to the end of the run.
  case polynomial(power: Double)
  /// The rate stays and the batch grows: × `factor` from each of the epochs on, which cools as much as η ÷ `factor`
  /// would (Smith et al. 2018). Beyond `maximum`, or the training set, the rate falls in its place.
  case batch(epochs: [Int], factor: Double, maximum: Int?)
}

import Keys

extension OptimizerConfiguration {
  package static func keys(_ section: Section, _ value: OptimizerConfiguration?) -> OptimizerConfiguration {
    OptimizerConfiguration(
      method: section.choice(
        "method", value?.method, default: "sgd", "The update rule.", OptimizerMethod.cases),
      weightDecay: section.key(
        "weightDecay", value?.weightDecay, .number(.from(0)), default: 0,
        "Pulls weights towards zero, outside the loss; biases and batch norm have none."),
      clipNorm: section.optional(
        "clipNorm", value?.clipNorm, .number(.above(0)),
        "Largest Euclidean norm of the batch's average gradient. Left out: nothing is clipped."))
  }
}

extension OptimizerMethod {
  fileprivate static var cases: [Case<OptimizerMethod>] {
    [
      Case(
        "sgd", "Stochastic gradient descent with momentum.",
        { if case .sgd(let momentum, let nesterov) = $0 { (momentum: momentum, nesterov: nesterov) } else { nil } }
      ) { section, value in
        .sgd(
          momentum: momentum(section, value?.momentum),
          nesterov: section.key(
            "nesterov", value?.nesterov, .flag, default: false, "Whether momentum looks one step ahead."))
      },
      Case(
        "lars", "SGD with a rate for each tensor, for very large batches (You et al. 2017).",
        { if case .lars(let momentum, let trust) = $0 { (momentum: momentum, trust: trust) } else { nil } }
      ) { section, value in
        .lars(
          momentum: momentum(section, value?.momentum),
          trust: section.key(
            "trust", value?.trust, .number(.above(0)), default: 0.001,
            "How far a tensor may move in one step, relative to its norm."))
      },
      Case("adam", "Adam; weight decay joins the gradient.", { if case .adam(let adam) = $0 { adam } else { nil } }) {
        .adam(AdamConfiguration.keys($0, $1))
      },
      Case("adamw", "Adam with decoupled weight decay.", { if case .adamW(let adam) = $0 { adam } else { nil } }) {
        .adamW(AdamConfiguration.keys($0, $1))
      },
    ]
  }

  private static func momentum(_ section: Section, _ value: Double?) -> Double {
    section.key(
      "momentum", value, .number(.from(0, below: 1)), default: 0.9, "The share of the last step's direction that stays."
    )
  }

  package var isAdam: Bool {
    switch self {
    case .adam, .adamW: true
    case .sgd, .lars: false
    }
  }
}

extension AdamConfiguration {
  fileprivate static func keys(_ section: Section, _ value: AdamConfiguration?) -> AdamConfiguration {
    let standard = AdamConfiguration()
    return AdamConfiguration(
      beta1: section.key(
        "beta1", value?.beta1, .number(.from(0, below: 1)), default: standard.beta1, "Memory of the mean gradient."),
      beta2: section.key(
        "beta2", value?.beta2, .number(.from(0, below: 1)), default: standard.beta2, "Memory of the mean square."),
      epsilon: section.key(
        "epsilon", value?.epsilon, .number(.above(0)), default: standard.epsilon, "Keeps the divisor above zero."),
      scaleWithBatch: section.key(
        "scaleWithBatch", value?.scaleWithBatch, .flag, default: standard.scaleWithBatch,
        """
        Whether beta1, beta2 and epsilon follow the batch by the square-root rule (Malladi et al. 2022); goes with \
        learningRate.scaling sqrt.
        """))
  }
}

import Keys

/// `init` of a layer with weights: what they are before the first step.
public enum WeightInitialization: Sendable, Equatable {
  /// The layer's own rule: He's for what a ReLU follows, N(0, 0.01²) for the layer that gives the outputs.
  case auto
  /// Normal numbers with deviation √(2 ÷ fan-in) (He et al. 2015).
  case he
  /// Even numbers between ±1 ÷ √fan-in, what PyTorch's dense layers and convolutions begin with.
  case uniform
  /// Of a convolution: its first filters, as many as it has input channels, pass their own channel on; the others are
  /// uniform (Zagoruyko & Komodakis 2017).
  case dirac
  /// Of a first convolution: eigenvectors of the covariance of the patches of the first `samples` training samples, each
  /// divided by √(eigenvalue + `epsilon`), and their negatives. These weights stay as they are.
  case whitening(samples: Int, epsilon: Double)

  /// Declares the key.
  static func key(
    _ section: Section, _ value: WeightInitialization?, _ cases: [Case<WeightInitialization>]
  ) -> WeightInitialization {
    section.choice("init", value, default: "auto", "What the weights are before the first step.", cases)
  }

  /// Those of every layer with weights.
  static var usual: [Case<WeightInitialization>] {
    [
      Case("auto", "As he; the layer that gives the outputs begins with deviation 0.01.", .auto),
      Case("he", "Normal with deviation √(2 ÷ fan-in) (He et al. 2015).", .he),
      Case("uniform", "Even between ±1 ÷ √fan-in, PyTorch's default.", .uniform),
    ]
  }

  /// Those of convolutions alone.
  static var convolutional: [Case<WeightInitialization>] {
    [
      Case("dirac", "The first filters pass their own input channel on; the others are uniform.", .dirac),
      Case(
        "whitening",
        """
        Of a first convolution: filters that make patches of the training data uncorrelated, eigenvectors of their \
        covariance and their negatives, with the largest eigenvalues first. They are not trained.
        """,
        { value -> (samples: Int, epsilon: Double)? in
          if case .whitening(let samples, let epsilon) = value { (samples, epsilon) } else { nil }
        }
      ) { section, value in
        .whitening(
          samples: section.key(
            "whiteningSamples", value?.samples, .integer(1...Limit.count), default: 5000,
            "Training samples whose patches are taken, the first of the training set, without augmentation."),
          epsilon: section.key(
            "whiteningEpsilon", value?.epsilon, .number(.above(0, through: 1000)), default: 5e-4,
            "Added to an eigenvalue before its root is divided by, so that directions of little variance stay small."))
      },
    ]
  }
}

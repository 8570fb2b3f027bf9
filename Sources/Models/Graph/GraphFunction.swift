/// A function that other programs know too: the vocabulary in which a layer says what it computes.
///
/// Shapes are of one sample, images as [C, H, W], as files and other programs have them. A function with weights takes
/// them from the tensors that ``GraphStep/tensors`` names.
public enum GraphFunction: Sendable, Equatable {
  /// y = x·Wᵀ + b of a vector: `weight` [units, inputs], `bias` [units].
  case dense(units: Int, bias: Bool)
  /// A square convolution of an image with zeros around it: `weight` [channels, inputs, kernel, kernel], `bias`
  /// [channels].
  case convolution(channels: Int, kernel: Int, stride: Int, padding: Int, bias: Bool)
  /// γ·(x − μ)/√(σ² + ε) + β for each channel of an image or number of a vector, with running statistics: `weight`,
  /// `bias`, `running_mean` and `running_var` [channels].
  ///
  /// In training the running statistics move by `momentum` towards those of a batch.
  case batchNorm(epsilon: Float, momentum: Double)
  /// γ·(x − μ)/√(σ² + ε) + β, μ and σ² over each of `groups` groups of neighbouring channels: `weight` and `bias`
  /// [channels].
  case groupNorm(groups: Int, epsilon: Float)
  /// γ·(x − μ)/√(σ² + ε) + β, μ and σ² over all numbers of a sample: `weight` and `bias` of the sample's shape.
  case layerNorm(epsilon: Float)
  /// max(0, x).
  case relu
  /// x·Φ(x), with the form of Φ.
  case gelu(GELULayer.Form)
  /// The largest value of each window of an image; windows reach `padding` pixels beyond it, where no value counts.
  case maxPool(size: Int, stride: Int, padding: Int)
  /// The mean of each window of an image.
  case averagePool(size: Int, stride: Int)
  /// The mean of each channel of an image: a vector.
  case globalAveragePool
  /// Every `stride`-th pixel of an image from the first, with channels of zeros behind its own, `channels` in all.
  case subsample(channels: Int, stride: Int)
  /// An image as a vector in the order [C, H, W].
  case flatten
  /// A vector as an image of one pixel.
  case pixel
  /// Zeroes a share `rate` of the numbers in training and scales the rest by 1 ÷ (1 − rate); else nothing.
  case dropout(rate: Double)
  /// x times a constant.
  case scale(Double)
}

extension GraphFunction {
  /// Whether it takes an image, or a vector; `nil` where it takes either and gives the same.
  var takesImage: Bool? {
    switch self {
    case .convolution, .maxPool, .averagePool, .globalAveragePool, .subsample, .flatten: true
    case .dense, .pixel: false
    case .batchNorm, .groupNorm, .layerNorm, .relu, .gelu, .dropout, .scale: nil
    }
  }

  /// What it gives for an input of the kind that it takes.
  func output(of input: GraphValue) -> GraphValue {
    let shape = input.shape
    func image(_ channels: Int, _ window: Int, _ stride: Int, _ padding: Int) -> GraphValue {
      precondition(
        window <= min(shape.height, shape.width) + 2 * padding && window > 0 && stride > 0 && padding >= 0,
        "a window of \(window) with stride \(stride) and padding \(padding) over an image of \(shape)")
      return .image(
        FeatureShape(
          height: (shape.height + 2 * padding - window) / stride + 1,
          width: (shape.width + 2 * padding - window) / stride + 1, channels: channels))
    }
    switch self {
    case .dense(let units, _): return .vector(units)
    case .convolution(let channels, let kernel, let stride, let padding, _):
      return image(channels, kernel, stride, padding)
    case .maxPool(let size, let stride, let padding): return image(shape.channels, size, stride, padding)
    case .averagePool(let size, let stride): return image(shape.channels, size, stride, 0)
    case .subsample(let channels, let stride):
      precondition(channels >= shape.channels, "\(channels) channels of an image of \(shape)")
      return image(channels, 1, stride, 0)
    case .globalAveragePool: return .vector(shape.channels)
    case .flatten: return .vector(shape.count)
    case .pixel: return .image(FeatureShape(features: shape.count))
    case .batchNorm, .groupNorm, .layerNorm, .relu, .gelu, .dropout, .scale: return input
    }
  }

  /// Its tensors for an input: what stands behind the step's name, and their shapes.
  func tensors(of input: GraphValue) -> [(suffix: String, shape: [Int])] {
    let channels = [input.shape.channels]
    func biased(_ weight: [Int], _ bias: Bool) -> [(suffix: String, shape: [Int])] {
      [(".weight", weight)] + (bias ? [(".bias", [weight[0]])] : [])
    }
    switch self {
    case .dense(let units, let bias): return biased([units, input.shape.count], bias)
    case .convolution(let outputs, let kernel, _, _, let bias):
      return biased([outputs, input.shape.channels, kernel, kernel], bias)
    case .batchNorm:
      return [(".weight", channels), (".bias", channels), (".running_mean", channels), (".running_var", channels)]
    case .groupNorm: return [(".weight", channels), (".bias", channels)]
    case .layerNorm: return [(".weight", input.dimensions), (".bias", input.dimensions)]
    case .relu, .gelu, .maxPool, .averagePool, .globalAveragePool, .subsample, .flatten, .pixel, .dropout, .scale:
      return []
    }
  }
}

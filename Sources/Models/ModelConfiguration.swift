/// `model`: a preset or a list of layers.
public enum ModelConfiguration: Sendable, Equatable {
  /// Dense layers with ReLU between them; the output layer follows from the data.
  case mlp(hidden: [Int])
  /// Two 5×5 convolutions of 32 and 64 channels, each with ReLU and 2×2 max pooling, then dense 512.
  case lenet
  /// One dense layer.
  case logistic
  /// The residual network of 6n + 2 layers for small images (He et al. 2016a, §4.2), depth 20, 32, 44, 56, 110.
  /// `zeroInitResidual`: see ``zeroInitResidual``; He et al. start at one.
  case cifarResNet(depth: Int, shortcut: ResidualShortcut, zeroInitResidual: Bool = false)
  /// The same network without shortcuts, depth 20, 32, 44, 56, 110.
  case cifarPlain(depth: Int)
  /// The residual network for images of about 224×224 (He et al. 2016a, §4.1) with torchvision's names, depth 18, 34, 50.
  /// `zeroInitResidual`: see ``zeroInitResidual``; Goyal et al. 2017 start at zero.
  case resNet(depth: Int, zeroInitResidual: Bool = true)
  /// Layers written out.
  case layers([LayerConfiguration], zeroInitResidual: Bool = false)

  /// `model.zeroInitResidual` (torchvision's term): whether γ of the batch norm that ends a residual block's body starts
  /// at 0 rather than 1, so that every block begins as its shortcut alone (Goyal et al. 2017, §5.1).
  ///
  /// It helps ResNet-50 with very large batches; in a few epochs of a small network it costs accuracy. A model without
  /// residual blocks has no such batch norm: false.
  public var zeroInitResidual: Bool {
    switch self {
    case .cifarResNet(_, _, let isZero), .resNet(_, let isZero), .layers(_, let isZero): isZero
    case .mlp, .lenet, .logistic, .cifarPlain: false
    }
  }
}

/// How a residual network's shortcut passes from one image size to the next (He et al. 2016a, §4.1).
public enum ResidualShortcut: String, Sendable, Equatable, CaseIterable {
  /// Option A: every second pixel, with channels of zeros behind the input's; without parameters.
  case subsampling = "A"
  /// Option B: a 1×1 convolution of stride 2, then batch norm.
  case projection = "B"
}

/// `model.convolution`: how convolutions are computed.
public enum ConvolutionMethod: String, Sendable, Equatable, CaseIterable {
  /// Each pass of each layer by what costs least there: direct, Winograd, or patches and OpenBLAS.
  case auto
  /// Multiply and add, tap by tap: the most accurate one, and what the others are measured against.
  case direct
}

/// One entry of `model.layers`, or of a residual block.
public indirect enum LayerConfiguration: Sendable, Equatable {
  case dense(units: Int, bias: Bool)
  case conv2d(channels: Int, kernel: Int, stride: Int, padding: Int, bias: Bool)
  case batchNorm
  case relu
  /// The largest value of each window; no value outside the image counts. `padding` is at most half of `size`.
  case maxPool(size: Int, stride: Int, padding: Int = 0)
  case averagePool(size: Int, stride: Int)
  case globalAveragePool
  /// Every `stride`-th pixel in both directions, with channels of zeros behind the input's, without parameters.
  case downsample(channels: Int, stride: Int)
  case flatten
  /// Training only: zeroes a share `rate` of the values, scales the rest by 1 ÷ (1 − rate).
  case dropout(rate: Double)
  /// body(x) + shortcut(x); an empty shortcut is the identity.
  case residual(body: [LayerConfiguration], shortcut: [LayerConfiguration])
}

/// `loss`.
public enum LossConfiguration: Sendable, Equatable {
  /// Softmax cross-entropy; `labelSmoothing` ε in 0..<1 mixes the label with the uniform distribution.
  case crossEntropy(labelSmoothing: Double)
  /// Mean over the outputs of a sample of the squared error.
  case meanSquaredError
}

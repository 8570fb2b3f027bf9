extension ModelConfiguration {
  /// The layers of the model; a preset's output layer has `outputs` units.
  ///
  /// `lenet` is the network of two padded 5×5 convolutions with 32 and 64 channels and a dense layer of 512, larger
  /// than LeCun's LeNet-5.
  public func layers(outputs: Int) -> [LayerConfiguration] { namedLayers(outputs: outputs).layers }

  /// The layers with the names that a preset gives them in files.
  func namedLayers(outputs: Int) -> NamedLayers {
    switch self {
    case .layers(let layers, _):
      NamedLayers(layers)
    case .logistic:
      NamedLayers([.dense(units: outputs, bias: true)])
    case .mlp(let hidden):
      NamedLayers(hidden.flatMap { [.dense(units: $0, bias: true), .relu] } + [.dense(units: outputs, bias: true)])
    case .lenet:
      NamedLayers([
        .conv2d(channels: 32, kernel: 5, stride: 1, padding: 2, bias: true), .relu, .maxPool(size: 2, stride: 2),
        .conv2d(channels: 64, kernel: 5, stride: 1, padding: 2, bias: true), .relu, .maxPool(size: 2, stride: 2),
        .flatten, .dense(units: 512, bias: true), .relu, .dense(units: outputs, bias: true),
      ])
    case .cifarResNet(let depth, let shortcut, _):
      .forSmallImages(depth: depth, shortcut: shortcut, outputs: outputs)
    case .cifarPlain(let depth):
      .forSmallImages(depth: depth, shortcut: nil, outputs: outputs)
    case .resNet(let depth, _):
      .forLargeImages(depth: depth, outputs: outputs)
    }
  }

  /// The same model whose dropouts drop nothing: the same tensors under the same names.
  public var withoutDropout: ModelConfiguration {
    func keeping(_ layer: LayerConfiguration) -> LayerConfiguration {
      switch layer {
      case .dropout: .dropout(rate: 0)
      case .residual(let body, let shortcut):
        .residual(body: body.map(keeping), shortcut: shortcut.map(keeping))
      default: layer
      }
    }
    guard case .layers(let layers, let zeroInitResidual) = self else { return self }
    return .layers(layers.map(keeping), zeroInitResidual: zeroInitResidual)
  }

  /// Whether training zeroes some values at random.
  public var hasDropout: Bool { self != withoutDropout }

  /// Whether some layer convolves, pools or normalises, which sets the rule for the microbatch.
  public var isConvolutional: Bool {
    holds { layer in
      switch layer {
      case .conv2d, .batchNorm, .maxPool, .averagePool, .globalAveragePool, .downsample: true
      case .residual, .dense, .relu, .flatten, .dropout: false
      }
    }
  }

  /// Whether some layer normalises over the microbatch, whose size then changes the loss (Goyal et al. 2017, §3.1).
  public var hasBatchNorm: Bool { holds { $0 == .batchNorm } }

  /// Whether some layer, those inside residual blocks included, is of a kind.
  private func holds(_ isWanted: (LayerConfiguration) -> Bool) -> Bool {
    func holds(_ layer: LayerConfiguration) -> Bool {
      if case .residual(let body, let shortcut) = layer { return (body + shortcut).contains(where: holds) }
      return isWanted(layer)
    }
    return layers(outputs: 1).contains(where: holds)
  }
}

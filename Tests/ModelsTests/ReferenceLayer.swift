import Models

/// What the tests know of a kind of layer: its formula, and networks whose gradients are checked.
///
/// Every kind of ``LayerKinds/all`` conforms, and a new one's file of tests says so: that is all that the checks over
/// the list need (``LayerKindsTests``).
protocol ReferenceLayer: Layer {
  /// Networks with layers of this kind beyond those of ``NetworkCase``; none by default.
  static var gradientCases: [NetworkCase] { get }
  /// The layer's output for the samples `x` of a microbatch, by its formula in double precision, with naive loops.
  ///
  /// - Parameter name: what its parameters' names begin with.
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages
}

extension ReferenceLayer {
  static var gradientCases: [NetworkCase] { [] }
}

extension DenseLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.dense(x, units, bias, name)
  }
}

extension ConvolutionLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.convolution(x, channels, kernel, stride, padding, bias, name)
  }
}

extension BatchNormLayer: ReferenceLayer {
  static let gradientCases: [NetworkCase] = [
    .onImages(
      "batch norm with a large ε, and one whose scale is not trained",
      [
        .conv(4, 3, bias: false), .batchNorm(epsilon: 0.3), .relu,
        .batchNorm(epsilon: 0.02, momentum: 0.4, scale: false),
      ]),
    .onImages(
      "batch norm with a large ε that ends a residual body",
      [.conv(4, 3), .residual(body: [.conv(4, 3), .batchNorm(epsilon: 0.5, scale: false)], shortcut: []), .relu]),
    .onImages(
      "pooling before batch norm, as in airbench94", height: 7, width: 7,
      [
        .conv2d(channels: 5, kernel: 2, stride: 1, padding: 0, bias: true), .gelu(), .conv(4, 3, bias: false),
        .maxPool(size: 2, stride: 2), .batchNorm(epsilon: 1e-3, momentum: 0.4, scale: false), .gelu(),
        .maxPool(size: 3, stride: 3),
      ]),
  ]

  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.batchNorm(x, epsilon, name)
  }
}

extension ReLULayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.relu(x)
  }
}

extension MaxPoolLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.maxPool(x, size, stride, padding)
  }
}

extension AveragePoolLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.averagePool(x, size, size, stride)
  }
}

extension GlobalAveragePoolLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.averagePool(x, x.shape.height, x.shape.width, 1)
  }
}

extension DownsampleLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.downsample(x, channels, stride)
  }
}

extension FlattenLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.flatten(x)
  }
}

extension DropoutLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    pass.dropout(x, rate)
  }
}

extension ResidualLayer: ReferenceLayer {
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    var sum = pass.run(body, on: x, prefix: name + ".body.")
    let shortcut = pass.run(shortcut, on: x, prefix: name + ".shortcut.")
    for index in sum.values.indices { sum.values[index] += shortcut.values[index] }
    return sum
  }
}

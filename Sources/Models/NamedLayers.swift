/// A list of layers, some of them with a name in files that differs from their place in the list.
struct NamedLayers {
  private(set) var layers: [LayerConfiguration] = []
  /// Names by place, such as "3.body.0" for the first layer of the body of the block at 3.
  private(set) var names: [String: String] = [:]

  init() {}

  /// Layers that are named by their places, as in PyTorch's `nn.Sequential`.
  init(_ layers: [LayerConfiguration]) { self.layers = layers }

  mutating func append(_ layer: LayerConfiguration, named name: String? = nil) {
    names[String(layers.count)] = name
    layers.append(layer)
  }

  /// A convolution without bias that keeps an image's size but for the stride, and batch norm.
  mutating func appendConvolution(
    _ channels: Int, kernel: Int, stride: Int = 1, named convolution: String, _ batchNorm: String, relu: Bool = false
  ) {
    append(
      .conv2d(channels: channels, kernel: kernel, stride: stride, padding: kernel / 2, bias: false), named: convolution)
    append(.batchNorm, named: batchNorm)
    if relu { append(.relu) }
  }

  /// Two 3×3 convolutions; the ReLU behind the second comes after the addition.
  mutating func appendBasicBlock(_ channels: Int, stride: Int, name: String) {
    appendConvolution(channels, kernel: 3, stride: stride, named: name + ".conv1", name + ".bn1", relu: true)
    appendConvolution(channels, kernel: 3, named: name + ".conv2", name + ".bn2")
  }

  mutating func appendResidual(body: NamedLayers, shortcut: NamedLayers) {
    let place = layers.count
    for (part, block) in [("body", body), ("shortcut", shortcut)] {
      for (inner, name) in block.names { names["\(place).\(part).\(inner)"] = name }
    }
    layers.append(.residual(body: body.layers, shortcut: shortcut.layers))
  }
}

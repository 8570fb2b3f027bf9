import Models

/// A function of the graph as a module of PyTorch.
enum PythonLayers {
  typealias Expression = PythonExpression

  /// Modules that PyTorch has not, and a file brings along where it needs them.
  enum Own: String, CaseIterable {
    case downsample = "Downsample"
    case globalAveragePool = "GlobalAveragePool"
    case residual = "Residual"
    case scale = "Scale"
  }

  /// The module, and what it may be called where nothing names it.
  static func module(_ function: GraphFunction, _ step: GraphStep) -> (module: Expression, word: String) {
    let shape = step.input.shape
    let channels = integer(shape.channels, .channels)
    switch function {
    case .dense(let units, let bias):
      return (
        call("nn.Linear", [integer(shape.count, .inputs), integer(units, .channels)] + unbiased(bias)), "linear"
      )
    case .convolution(let outputs, let kernel, let stride, let padding, let bias):
      var arguments = [integer(shape.channels, .inputs), integer(outputs, .channels), integer(kernel, .kernel)]
      if stride != 1 { arguments.append(integer(stride, .stride, "stride")) }
      if padding != 0 { arguments.append(integer(padding, .padding, "padding")) }
      return (call("nn.Conv2d", arguments + unbiased(bias)), "conv")
    case .batchNorm(let epsilon, let momentum):
      let kind = step.input.isImage ? "nn.BatchNorm2d" : "nn.BatchNorm1d"
      let inertia = momentum == 0.1 ? [] : [PythonArgument(.number(momentum), label: "momentum")]
      return (call(kind, [channels] + eps(epsilon) + inertia), "norm")
    case .groupNorm(let groups, let epsilon):
      return (call("nn.GroupNorm", [integer(groups, .groups), channels] + eps(epsilon)), "norm")
    case .layerNorm(let epsilon):
      let sizes = step.input.dimensions.map { Expression.integer($0, .channels) }
      let size = sizes.count == 1 ? sizes[0] : .list(sizes, isTall: false)
      return (call("nn.LayerNorm", [PythonArgument(size)] + eps(epsilon)), "norm")
    case .relu: return (.text("nn.ReLU()"), "relu")
    case .gelu(.exact): return (.text("nn.GELU()"), "gelu")
    case .gelu(.tanh): return (.text("nn.GELU(approximate=\"tanh\")"), "gelu")
    case .maxPool(let size, let stride, let padding):
      let more = padding != 0 ? [integer(padding, .padding, "padding")] : []
      return (call("nn.MaxPool2d", window(size, stride) + more), "maxpool")
    case .averagePool(let size, let stride): return (call("nn.AvgPool2d", window(size, stride)), "avgpool")
    case .globalAveragePool: return (.text(Own.globalAveragePool.rawValue + "()"), "avgpool")
    case .subsample(let outputs, let stride):
      return (call(Own.downsample.rawValue, [integer(outputs, .channels), integer(stride, .stride)]), "downsample")
    case .flatten: return (.text("nn.Flatten()"), "flatten")
    case .pixel:
      let sizes = step.output.dimensions.map(String.init).joined(separator: ", ")
      return (.text("nn.Unflatten(1, (\(sizes)))"), "unflatten")
    case .dropout(let rate): return (call("nn.Dropout", [PythonArgument(.number(rate))]), "dropout")
    // "scale" is the normalisation's of the file itself.
    case .scale(let factor): return (call(Own.scale.rawValue, [PythonArgument(.number(factor))]), "rescale")
    }
  }

  /// The mean of each channel in two modules of PyTorch's own.
  static var globalAveragePool: [(module: Expression, word: String)] {
    [(.text("nn.AdaptiveAvgPool2d(1)"), "avgpool"), (.text("nn.Flatten()"), "flatten")]
  }

  private static func call(_ name: String, _ arguments: [PythonArgument]) -> Expression { .call(name, arguments) }

  private static func integer(_ value: Int, _ role: Expression.Role, _ label: String? = nil) -> PythonArgument {
    PythonArgument(.integer(value, role), label: label)
  }

  private static func unbiased(_ bias: Bool) -> [PythonArgument] {
    bias ? [] : [PythonArgument(.text("False"), label: "bias")]
  }

  /// ε where it is not PyTorch's own.
  private static func eps(_ epsilon: Float) -> [PythonArgument] {
    epsilon == 1e-5 ? [] : [PythonArgument(.number(epsilon), label: "eps")]
  }

  private static func window(_ size: Int, _ stride: Int) -> [PythonArgument] {
    [integer(size, .kernel)] + (stride == size ? [] : [integer(stride, .stride, "stride")])
  }

  private static var scale: [String] {
    """
    class Scale(nn.Module):
        \"""Every number times a constant.\"""

        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def forward(self, x):
            return x * self.factor
    """.lines
  }

  /// What a module of ``Own`` is.
  static func definition(_ own: Own) -> [String] {
    switch own {
    case .downsample:
      """
      class Downsample(nn.Module):
          \"""Every stride-th pixel, with channels of zeros behind.\"""

          def __init__(self, channels, stride):
              super().__init__()
              self.channels = channels
              self.stride = stride

          def forward(self, x):
              x = x[:, :, :: self.stride, :: self.stride]
              return nn.functional.pad(x, (0, 0, 0, 0, 0, self.channels - x.shape[1]))
      """.lines
    case .globalAveragePool:
      """
      class GlobalAveragePool(nn.Module):
          \"""The mean of each channel over the whole image.\"""

          def forward(self, x):
              return x.mean(dim=(2, 3))
      """.lines
    case .residual:
      """
      class Residual(nn.Module):
          \"""What the body makes of x, plus x itself or what the shortcut makes of it.\"""

          def __init__(self, body, shortcut=None):
              super().__init__()
              self.body = body
              self.shortcut = shortcut or nn.Identity()

          def forward(self, x):
              return self.body(x) + self.shortcut(x)
      """.lines
    case .scale: scale
    }
  }
}

extension String {
  /// Its lines, empty ones too.
  var lines: [String] { split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
}

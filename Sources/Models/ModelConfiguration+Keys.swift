import Keys

extension ModelConfiguration {
  package static func keys(_ section: Section, _ value: ModelConfiguration?) -> ModelConfiguration {
    section.alternatives(
      value,
      [
        Case("preset", "A network known by name.", { if case .layers = $0 { nil } else { $0 } }) {
          $0.choice("preset", $1, "A network known by name; its output layer follows from the data.", presets)
        },
        Case(
          "layers", "A network written out.",
          { model -> (layers: [LayerConfiguration], zeroInitResidual: Bool)? in
            if case .layers(let layers, let isZero) = model { (layers, isZero) } else { nil }
          }
        ) { section, value in
          let layers = section.required(
            "layers", value?.layers, .layers(atLeast: 1), "The layers from input to output.")
          let isZero = zeroInitResidual(section, value?.zeroInitResidual, default: false)
          section.check(
            "zeroInitResidual", with: ["layers"], !isZero || layers.contains(where: \.hasNormalizedResidual),
            "found true, but no residual block's body ends with a batchNorm layer; allowed: false, or leave the key out"
          )
          return .layers(layers, zeroInitResidual: isZero)
        },
      ])
  }

  /// The key of every model that may have residual blocks.
  private static func zeroInitResidual(_ section: Section, _ value: Bool?, default fallback: Bool) -> Bool {
    section.key(
      "zeroInitResidual", value, .flag, default: fallback,
      """
      Whether the scale of the batch norm that ends a residual block's body starts at 0 rather than 1, so that a block \
      begins as its shortcut alone (Goyal et al. 2017).
      """)
  }

  /// The keys of the network, and beside them how its convolutions are computed, which no model knows of.
  package static func keysWithConvolution(
    _ section: Section, _ value: (model: ModelConfiguration, convolution: ConvolutionMethod)?
  ) -> (model: ModelConfiguration, convolution: ConvolutionMethod) {
    (
      keys(section, value?.model),
      section.key(
        "convolution", value?.convolution, .word, default: .auto,
        """
        How convolutions are computed: auto takes for each pass what costs least (direct, Winograd, or OpenBLAS), \
        direct multiplies and adds tap by tap.
        """)
    )
  }

  /// A new preset needs one more entry here.
  private static var presets: [Case<ModelConfiguration>] { basicPresets + residualPresets }

  private static var basicPresets: [Case<ModelConfiguration>] {
    [
      Case(
        "mlp", "Dense layers with ReLU between them.",
        { if case .mlp(let hidden) = $0 { hidden } else { nil } }
      ) {
        .mlp(
          hidden: $0.key(
            "hidden", $1, .list(of: .integer(1...Limit.width), "sizes", count: 1...Limit.layers), default: [128, 128],
            "Units of each hidden layer."))
      },
      Case("lenet", "Two 5×5 convolutions of 32 and 64 channels with 2×2 max pooling, then dense 512.", .lenet),
      Case("logistic", "One dense layer.", .logistic),
    ]
  }

  private static var residualPresets: [Case<ModelConfiguration>] {
    let small = [20, 32, 44, 56, 110].map { depth in
      Case<ModelConfiguration>(
        "resnet\(depth)", "Residual network of \(depth) layers for small images such as CIFAR's (He et al.).",
        { model -> (shortcut: ResidualShortcut, zeroInitResidual: Bool)? in
          if case .cifarResNet(depth, let shortcut, let isZero) = model { (shortcut, isZero) } else { nil }
        }
      ) { section, value in
        .cifarResNet(
          depth: depth,
          shortcut: section.key(
            "shortcut", value?.shortcut, .word, default: .subsampling,
            """
            Where the image shrinks, the shortcut is every second pixel with channels of zeros added (A), or a 1×1 \
            convolution with batch norm (B).
            """), zeroInitResidual: zeroInitResidual(section, value?.zeroInitResidual, default: false))
      }
    }
    let plain = [20, 32, 44, 56, 110].map { depth in
      Case<ModelConfiguration>(
        "plain\(depth)", "The network of resnet\(depth) without shortcuts.", .cifarPlain(depth: depth))
    }
    let large = [18, 34, 50].map { depth in
      Case<ModelConfiguration>(
        "resnet\(depth)",
        "Residual network of \(depth) layers for images such as ImageNet's, with torchvision's names.",
        { if case .resNet(depth, let isZero) = $0 { isZero } else { nil } }
      ) { .resNet(depth: depth, zeroInitResidual: zeroInitResidual($0, $1, default: true)) }
    }
    return small + plain + large
  }
}

extension Format<[LayerConfiguration]> {
  fileprivate static func layers(atLeast least: Int) -> Format {
    .list(of: .recursive("layer", .object(LayerConfiguration.keys)), "layers", count: least...Limit.layers)
  }
}

extension LayerConfiguration {
  /// Whether it is, or holds, a residual block whose body ends with batch norm.
  fileprivate var hasNormalizedResidual: Bool {
    guard case .residual(let body, let shortcut) = self else { return false }
    return body.last == .batchNorm || (body + shortcut).contains(where: \.hasNormalizedResidual)
  }

  fileprivate static func keys(_ section: Section, _ value: LayerConfiguration?) -> LayerConfiguration {
    section.choice("type", value, "Kind of layer.", cases)
  }

  private static var cases: [Case<LayerConfiguration>] {
    [
      dense,
      convolution,
      Case("batchNorm", "Batch normalisation over the microbatch.", .batchNorm),
      Case("relu", "max(0, x).", .relu),
      maxPool,
      averagePool,
      Case("globalAveragePool", "The mean of each channel over the whole image.", .globalAveragePool),
      downsample,
      Case("flatten", "An image as one row of features.", .flatten),
      Case(
        "dropout", "Zeroes a share of the values at random, in training only.",
        { if case .dropout(let rate) = $0 { rate } else { nil } }
      ) {
        .dropout(rate: $0.key("rate", $1, .number(.from(0, below: 1)), default: 0.5, "The share that becomes zero."))
      },
      residual,
    ]
  }

  private static var dense: Case<LayerConfiguration> {
    Case(
      "dense", "Every output is a weighted sum of all inputs.",
      { if case .dense(let units, let bias) = $0 { (units: units, bias: bias) } else { nil } }
    ) { section, value in
      .dense(
        units: section.required("units", value?.units, .integer(1...Limit.width), "Number of outputs."),
        bias: section.key("bias", value?.bias, .flag, default: true, "Whether a bias is added."))
    }
  }

  private static var convolution: Case<LayerConfiguration> {
    Case(
      "conv2d", "A convolution with a square kernel.",
      { layer -> (channels: Int, kernel: Int, stride: Int, padding: Int, bias: Bool)? in
        if case .conv2d(let channels, let kernel, let stride, let padding, let bias) = layer {
          (channels, kernel, stride, padding, bias)
        } else {
          nil
        }
      }
    ) { section, value in
      .conv2d(
        channels: section.required("channels", value?.channels, .integer(1...Limit.side), "Output channels."),
        kernel: section.required("kernel", value?.kernel, .integer(1...1024), "Height and width of the kernel."),
        stride: section.key("stride", value?.stride, .integer(1...1024), default: 1, "Pixels from window to window."),
        padding: section.key("padding", value?.padding, .integer(0...1024), default: 0, "Zeros at each side."),
        bias: section.key("bias", value?.bias, .flag, default: true, "Whether a bias is added."))
    }
  }

  private static var maxPool: Case<LayerConfiguration> {
    Case(
      "maxPool", "The largest value of each window.",
      { layer -> (size: Int, stride: Int, padding: Int)? in
        if case .maxPool(let size, let stride, let padding) = layer { (size, stride, padding) } else { nil }
      }
    ) { section, value in
      let (size, stride) = window(section, value?.size, value?.stride)
      let padding = section.key(
        "padding", value?.padding, .integer(0...8), default: 0,
        "Pixels at each side that windows reach beyond the image; at most half of the window's size.")
      section.check(
        "padding", with: ["size"], 2 * padding <= size,
        "found \(padding); allowed: at most half of the window's size, \(size / 2)")
      return .maxPool(size: size, stride: stride, padding: padding)
    }
  }

  private static var averagePool: Case<LayerConfiguration> {
    Case(
      "averagePool", "The mean of each window.",
      { layer -> (size: Int, stride: Int)? in
        if case .averagePool(let size, let stride) = layer { (size, stride) } else { nil }
      }
    ) { section, value in
      let (size, stride) = window(section, value?.size, value?.stride)
      return .averagePool(size: size, stride: stride)
    }
  }

  private static func window(_ section: Section, _ size: Int?, _ stride: Int?) -> (size: Int, stride: Int) {
    let size = section.key("size", size, .integer(1...16), default: 2, "Height and width of the window.")
    let stride = section.key(
      "stride", stride, .integer(1...1024), default: size, "Pixels from window to window.",
      defaultRule: "the window's size")
    return (size, stride)
  }

  private static var downsample: Case<LayerConfiguration> {
    Case(
      "downsample", "Every stride-th pixel, with channels of zeros behind the input's; without parameters.",
      { layer -> (channels: Int, stride: Int)? in
        if case .downsample(let channels, let stride) = layer { (channels, stride) } else { nil }
      }
    ) { section, value in
      .downsample(
        channels: section.required(
          "channels", value?.channels, .integer(1...Limit.side), "Output channels, at least the input's."),
        stride: section.key("stride", value?.stride, .integer(1...1024), default: 1, "Pixels from pixel to pixel."))
    }
  }

  private static var residual: Case<LayerConfiguration> {
    Case(
      "residual", "body(x) + shortcut(x).",
      { if case .residual(let body, let shortcut) = $0 { (body: body, shortcut: shortcut) } else { nil } }
    ) { section, value in
      .residual(
        body: section.required("body", value?.body, .layers(atLeast: 1), "The layers of the block."),
        shortcut: section.key(
          "shortcut", value?.shortcut, .layers(atLeast: 0), default: [], "The layers beside it; none is the identity."))
    }
  }
}

extension LossConfiguration {
  package static func keys(_ section: Section, _ value: LossConfiguration?, isRegression: Bool) -> LossConfiguration {
    section.choice(
      "kind", value, default: isRegression ? "meanSquaredError" : "crossEntropy", "The loss.",
      defaultRule: "crossEntropy; meanSquaredError where data.task is regression",
      [
        Case(
          "crossEntropy", "Softmax and cross-entropy, for classes.",
          { if case .crossEntropy(let smoothing) = $0 { smoothing } else { nil } }
        ) {
          .crossEntropy(
            labelSmoothing: $0.key(
              "labelSmoothing", $1, .number(.from(0, below: 1)), default: 0,
              "The share of a label that is spread evenly over all classes."))
        },
        Case("meanSquaredError", "The mean over a sample's outputs of the squared error.", .meanSquaredError),
      ])
  }
}

import Keys

/// The residual network of depth 6n + 2 for images such as CIFAR's (He et al. 2016a, §4.2).
///
/// A 3×3 convolution of 16 channels; three groups of n blocks with 16, 32 and 64 channels, the second and third group
/// starting with stride 2; global average pooling and a dense layer. ReLU follows each addition.
///
/// Names are those of an `nn.Sequential` of convolution (0), batch norm (1), ReLU, the blocks (3 …) with `conv1`,
/// `bn1`, `conv2`, `bn2` and, under option B, `short.0` and `short.1`, then pooling, flatten and the dense layer.
struct SmallResNetPreset: Preset {
  /// 8, 14, 20 …
  var depth: Int
  var shortcut: ResidualShortcut
  var zeroInitResidual = false

  /// The depths that have a name.
  static let depths = [20, 32, 44, 56, 110]

  static var cases: [Case<ModelConfiguration>] {
    depths.map { depth in
      named(
        "resnet\(depth)", "Residual network of \(depth) layers for small images such as CIFAR's (He et al.).",
        if: { $0.depth == depth }
      ) { section, value in
        SmallResNetPreset(
          depth: depth,
          shortcut: section.key(
            "shortcut", value?.shortcut, .word, default: .subsampling,
            """
            Where the image shrinks, the shortcut is every second pixel with channels of zeros added (A), or a 1×1 \
            convolution with batch norm (B).
            """),
          zeroInitResidual: ModelConfiguration.zeroInitResidual(section, value?.zeroInitResidual, default: false))
      }
    }
  }

  func namedLayers(outputs: Int) -> NamedLayers {
    .forSmallImages(depth: depth, shortcut: shortcut, outputs: outputs)
  }
}

extension ModelConfiguration {
  /// The residual network of 6n + 2 layers for small images (He et al. 2016a, §4.2), depth 20, 32, 44, 56, 110.
  /// `zeroInitResidual`: see ``zeroInitResidual``; He et al. start at one.
  public static func cifarResNet(
    depth: Int, shortcut: ResidualShortcut, zeroInitResidual: Bool = false
  ) -> ModelConfiguration {
    ModelConfiguration(SmallResNetPreset(depth: depth, shortcut: shortcut, zeroInitResidual: zeroInitResidual))
  }
}

/// How a residual network's shortcut passes from one image size to the next (He et al. 2016a, §4.1).
public enum ResidualShortcut: String, Sendable, Equatable, CaseIterable {
  /// Option A: every second pixel, with channels of zeros behind the input's; without parameters.
  case subsampling = "A"
  /// Option B: a 1×1 convolution of stride 2, then batch norm.
  case projection = "B"
}

extension NamedLayers {
  /// The network with shortcuts of some option, or without any.
  static func forSmallImages(depth: Int, shortcut: ResidualShortcut?, outputs: Int) -> NamedLayers {
    precondition(depth >= 8 && depth % 6 == 2, "a network of \(depth) layers, which is not 6n + 2")
    let blocks = (depth - 2) / 6
    var network = NamedLayers()
    network.appendConvolution(16, kernel: 3, named: "0", "1", relu: true)
    for block in 0..<3 * blocks {
      let (group, place) = block.quotientAndRemainder(dividingBy: blocks)
      let channels = 16 << group
      let stride = group > 0 && place == 0 ? 2 : 1
      let name = "\(3 + block)"
      if let shortcut {
        var body = NamedLayers()
        body.appendBasicBlock(channels, stride: stride, name: name)
        var side = NamedLayers()
        if stride > 1 {
          switch shortcut {
          case .subsampling: side.append(.downsample(channels: channels, stride: stride))
          case .projection:
            side.appendConvolution(channels, kernel: 1, stride: stride, named: name + ".short.0", name + ".short.1")
          }
        }
        network.appendResidual(body: body, shortcut: side)
      } else {
        network.appendBasicBlock(channels, stride: stride, name: name)
      }
      network.append(.relu)
    }
    network.append(.globalAveragePool)
    network.append(.dense(units: outputs, bias: true), named: "\(3 + 3 * blocks + 2)")
    return network
  }
}

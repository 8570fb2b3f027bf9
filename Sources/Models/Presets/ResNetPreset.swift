import Keys

/// The residual network of 18, 34 or 50 layers for images such as ImageNet's (He et al. 2016a, §4.1, table 1), with
/// torchvision's names.
///
/// As in torchvision and in Goyal et al. 2017, a bottleneck has its stride in the 3×3 convolution, not in the 1×1.
struct ResNetPreset: Preset {
  var depth: Int
  var zeroInitResidual = true

  static var cases: [Case<ModelConfiguration>] {
    [18, 34, 50].map { depth in
      named(
        "resnet\(depth)",
        "Residual network of \(depth) layers for images such as ImageNet's, with torchvision's names.",
        if: { $0.depth == depth }
      ) {
        ResNetPreset(
          depth: depth,
          zeroInitResidual: ModelConfiguration.zeroInitResidual($0, $1?.zeroInitResidual, default: true))
      }
    }
  }

  func namedLayers(outputs: Int) -> NamedLayers {
    precondition([18, 34, 50].contains(depth), "a network of \(depth) layers, not 18, 34 or 50")
    let isBottleneck = depth == 50
    let expansion = isBottleneck ? 4 : 1
    var network = NamedLayers()
    network.appendConvolution(64, kernel: 7, stride: 2, named: "conv1", "bn1", relu: true)
    network.append(.maxPool(size: 3, stride: 2, padding: 1))
    var inputs = 64
    let groups = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3]
    for (group, blocks) in groups.enumerated() {
      let channels = 64 << group
      for block in 0..<blocks {
        let stride = group > 0 && block == 0 ? 2 : 1
        let name = "layer\(group + 1).\(block)"
        var body = NamedLayers()
        if isBottleneck {
          body.appendBottleneck(channels, stride: stride, name: name)
        } else {
          body.appendBasicBlock(channels, stride: stride, name: name)
        }
        var side = NamedLayers()
        if stride > 1 || inputs != channels * expansion {
          side.appendConvolution(
            channels * expansion, kernel: 1, stride: stride, named: name + ".downsample.0", name + ".downsample.1")
        }
        network.appendResidual(body: body, shortcut: side)
        network.append(.relu)
        inputs = channels * expansion
      }
    }
    network.append(.globalAveragePool)
    network.append(.dense(units: outputs, bias: true), named: "fc")
    return network
  }
}

extension ModelConfiguration {
  /// The residual network for images of about 224×224 (He et al. 2016a, §4.1) with torchvision's names, depth 18, 34, 50.
  /// `zeroInitResidual`: see ``zeroInitResidual``; Goyal et al. 2017 start at zero.
  public static func resNet(depth: Int, zeroInitResidual: Bool = true) -> ModelConfiguration {
    ModelConfiguration(ResNetPreset(depth: depth, zeroInitResidual: zeroInitResidual))
  }
}

extension NamedLayers {
  /// 1×1, 3×3, and 1×1 to four times the channels.
  fileprivate mutating func appendBottleneck(_ channels: Int, stride: Int, name: String) {
    appendConvolution(channels, kernel: 1, named: name + ".conv1", name + ".bn1", relu: true)
    appendConvolution(channels, kernel: 3, stride: stride, named: name + ".conv2", name + ".bn2", relu: true)
    appendConvolution(4 * channels, kernel: 1, named: name + ".conv3", name + ".bn3")
  }
}

/// The networks of He et al. 2016a ("Deep Residual Learning for Image Recognition").
extension NamedLayers {
  /// The network of depth 6n + 2 for images such as CIFAR's (§4.2): a 3×3 convolution of 16 channels; three groups of
  /// n blocks with 16, 32 and 64 channels, the second and third group starting with stride 2; global average pooling
  /// and a dense layer. ReLU follows each addition.
  ///
  /// Names are those of an `nn.Sequential` of convolution (0), batch norm (1), ReLU, the blocks (3 …) with `conv1`,
  /// `bn1`, `conv2`, `bn2` and, under option B, `short.0` and `short.1`, then pooling, flatten and the dense layer.
  ///
  /// - Parameters:
  ///   - depth: 8, 14, 20 …
  ///   - shortcut: how shortcuts pass from group to group; `nil` for the plain network without any.
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

  /// The network of 18, 34 or 50 layers for images such as ImageNet's (§4.1, table 1), with torchvision's names.
  ///
  /// As in torchvision and in Goyal et al. 2017, a bottleneck has its stride in the 3×3 convolution, not in the 1×1.
  static func forLargeImages(depth: Int, outputs: Int) -> NamedLayers {
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

  /// Two 3×3 convolutions; the ReLU behind the second comes after the addition.
  private mutating func appendBasicBlock(_ channels: Int, stride: Int, name: String) {
    appendConvolution(channels, kernel: 3, stride: stride, named: name + ".conv1", name + ".bn1", relu: true)
    appendConvolution(channels, kernel: 3, named: name + ".conv2", name + ".bn2")
  }

  /// 1×1, 3×3, and 1×1 to four times the channels.
  private mutating func appendBottleneck(_ channels: Int, stride: Int, name: String) {
    appendConvolution(channels, kernel: 1, named: name + ".conv1", name + ".bn1", relu: true)
    appendConvolution(channels, kernel: 3, stride: stride, named: name + ".conv2", name + ".bn2", relu: true)
    appendConvolution(4 * channels, kernel: 1, named: name + ".conv3", name + ".bn3")
  }
}

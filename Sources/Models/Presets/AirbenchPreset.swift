import Keys

/// The network of airbench94 (Jordan 2024, "94 % on CIFAR-10 in 3.29 Seconds on a Single GPU"), with its names in files.
///
/// A 2×2 convolution without padding whose weights whiten patches of the data and stay so, GELU; three groups of
/// [3×3 convolution, 2×2 max pooling, batch norm, GELU, 3×3 convolution, batch norm, GELU]; 3×3 max pooling and a dense
/// layer, whose outputs are divided by 9. Convolutions have no bias but the first, batch norms no trained scale. The
/// convolutions of the groups begin as the identity on their input's channels.
struct AirbenchPreset: Preset {
  /// Channels of the three groups.
  var widths: [Int]

  static let standardWidths = [64, 256, 256]

  static var cases: [Case<ModelConfiguration>] {
    [
      named("airbench94", "The network of airbench94 for small images such as CIFAR's (Jordan 2024).") {
        AirbenchPreset(
          widths: $0.key(
            "widths", $1?.widths, .list(of: .integer(1...Limit.side), "channels", count: 3...3),
            default: standardWidths,
            "Channels of each of the three groups."))
      }
    ]
  }

  func namedLayers(outputs: Int) -> NamedLayers {
    var network = NamedLayers()
    // 24 filters: two for each of the 2·2·3 numbers of a patch.
    network.append(
      .conv2d(
        channels: 24, kernel: 2, stride: 1, padding: 0, bias: true,
        initial: .whitening(samples: 5000, epsilon: 5e-4)), named: "0")
    network.append(.gelu())
    for (group, channels) in widths.enumerated() {
      let name = "\(group + 2)"
      network.appendHalf(channels, named: name + ".conv1", name + ".norm1", pools: true)
      network.appendHalf(channels, named: name + ".conv2", name + ".norm2", pools: false)
    }
    network.append(.maxPool(size: 3, stride: 3))
    network.append(.flatten)
    network.append(.dense(units: outputs, bias: false, initial: .uniform), named: "7")
    network.append(.scale(1.0 / 9))
    return network
  }
}

extension ModelConfiguration {
  /// The network of airbench94 (Jordan 2024) for images of 32×32×3, with the channels of its three groups.
  public static func airbench94(widths: [Int] = [64, 256, 256]) -> ModelConfiguration {
    precondition(widths.count == 3, "widths \(widths) of three groups")
    return ModelConfiguration(AirbenchPreset(widths: widths))
  }
}

extension NamedLayers {
  fileprivate mutating func appendHalf(_ channels: Int, named convolution: String, _ norm: String, pools: Bool) {
    append(
      .conv2d(channels: channels, kernel: 3, stride: 1, padding: 1, bias: false, initial: .dirac), named: convolution)
    if pools { append(.maxPool(size: 2, stride: 2)) }
    append(.batchNorm(epsilon: 1e-12, momentum: 0.4, scale: false), named: norm)
    append(.gelu())
  }
}

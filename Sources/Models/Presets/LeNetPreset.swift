import Keys

/// Two padded 5×5 convolutions with 32 and 64 channels, each with ReLU and 2×2 max pooling, then dense 512: larger than
/// LeCun's LeNet-5.
struct LeNetPreset: Preset {
  static var cases: [Case<ModelConfiguration>] {
    [
      named("lenet", "Two 5×5 convolutions of 32 and 64 channels with 2×2 max pooling, then dense 512.") { _, _ in
        LeNetPreset()
      }
    ]
  }

  func namedLayers(outputs: Int) -> NamedLayers {
    NamedLayers([
      .conv2d(channels: 32, kernel: 5, stride: 1, padding: 2, bias: true), .relu, .maxPool(size: 2, stride: 2),
      .conv2d(channels: 64, kernel: 5, stride: 1, padding: 2, bias: true), .relu, .maxPool(size: 2, stride: 2),
      .flatten, .dense(units: 512, bias: true), .relu, .dense(units: outputs, bias: true),
    ])
  }
}

extension ModelConfiguration {
  /// Two 5×5 convolutions of 32 and 64 channels, each with ReLU and 2×2 max pooling, then dense 512.
  public static let lenet = ModelConfiguration(LeNetPreset())
}

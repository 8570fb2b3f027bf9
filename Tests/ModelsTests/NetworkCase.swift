import Models
import Datasets
import Testing

/// A network and a shard for which every gradient is checked.
struct NetworkCase: Sendable, CustomTestStringConvertible {
  let name: String
  var layers: [LayerConfiguration]
  var shape = SampleShape.features(7)
  var loss = LossConfiguration.crossEntropy(labelSmoothing: 0)
  var outputs = 3
  /// Samples of the shard.
  var count = 5
  /// Samples of the batch before the shard.
  var first = 0
  /// n.
  var microbatch = 8
  /// Error allowed, as a share of a tensor's largest entry.
  var tolerance = 2e-5

  var testDescription: String { name }

  /// A case on vectors of 7 features.
  init(_ name: String, _ layers: [LayerConfiguration]) {
    self.name = name
    self.layers = layers
  }

  /// A case on images; the network ends with a flatten and a dense layer of 3 units.
  static func onImages(
    _ name: String, height: Int = 5, width: Int = 6, channels: Int = 2, _ layers: [LayerConfiguration]
  ) -> NetworkCase {
    NetworkCase(name, layers + [.flatten, .dense(3)]).with {
      $0.shape = .image(height: height, width: width, channels: channels)
    }
  }

  /// The case with changes.
  func with(_ change: (inout NetworkCase) -> Void) -> NetworkCase {
    var copy = self
    change(&copy)
    return copy
  }
}

extension LayerConfiguration {
  /// A convolution with a bias that keeps the image's size where kernels are odd.
  static func conv(_ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int? = nil, bias: Bool = true) -> Self {
    .conv2d(channels: channels, kernel: kernel, stride: stride, padding: padding ?? kernel / 2, bias: bias)
  }

  /// A dense layer with a bias.
  static func dense(_ units: Int) -> Self { .dense(units: units, bias: true) }
}

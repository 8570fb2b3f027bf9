import Models
import Testing

@Suite("A model that does not fit is refused")
struct ModelErrorTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var layers: [LayerConfiguration]
    var input = FeatureShape(height: 6, width: 5, channels: 3)
    var loss = LossConfiguration.crossEntropy(labelSmoothing: 0)
    var path: String
    /// What the message must contain: what was found, what is allowed or what to do.
    var words: [String]

    init(
      _ name: String, _ layers: [LayerConfiguration], input: FeatureShape? = nil, at path: String, _ words: String...
    ) {
      testDescription = name
      self.layers = layers
      if let input { self.input = input }
      self.path = path
      self.words = words
    }
  }

  private static let end: [LayerConfiguration] = [.flatten, .dense(4)]

  private static let refusals: [Refusal] = [
    Refusal(
      "a kernel larger than its padded input", [.conv(4, 8, padding: 1)] + end, at: "model.layers.0", "8×8", "6×5×3",
      "padding 1", "at most 7"),
    Refusal(
      "a kernel larger than a pooled image", [.maxPool(size: 2, stride: 2), .relu, .conv(4, 3, padding: 0)] + end,
      at: "model.layers.2", "3×3", "3×2×3", "at most 2"),
    Refusal(
      "a window larger than its input", [.maxPool(size: 6, stride: 1)] + end, at: "model.layers.0", "6×6", "at most 5"),
    Refusal(
      "an average over more than its input", [.averagePool(size: 7, stride: 7)] + end, at: "model.layers.0", "7×7",
      "at most 5"),
    Refusal(
      "a window that the kernels cannot take", [.averagePool(size: 17, stride: 1)] + end,
      input: FeatureShape(height: 28, width: 28, channels: 1), at: "model.layers.0.size", "found 17", "16×16",
      "globalAveragePool"),
    Refusal(
      "a kernel on vectors", [.conv(4, 3, padding: 0), .dense(4)], input: FeatureShape(features: 12),
      at: "model.layers.0", "3×3", "12", "at most 1"),
    Refusal(
      "branches of different channels", [.residual(body: [.conv(5, 3)], shortcut: [])] + end, at: "model.layers.0",
      "6×5×5", "6×5×3", "conv2d"),
    Refusal(
      "branches of different sizes",
      [.conv(4, 3), .residual(body: [.conv(4, 3, stride: 2)], shortcut: [.conv(4, 1)])] + end,
      at: "model.layers.1", "3×3×4", "6×5×4"),
    Refusal(
      "a kernel inside nested blocks",
      [.residual(body: [.relu, .residual(body: [.relu], shortcut: [.conv(3, 9, padding: 1)])], shortcut: [])] + end,
      at: "model.layers.0.body.1.shortcut.0", "9×9", "at most 7"),
    Refusal(
      "a last dense layer of the wrong size", [.flatten, .dense(8), .relu, .dense(5)], at: "model.layers.3.units",
      "found 5", "4 outputs"),
    Refusal(
      "a last dense layer of the wrong size before other layers", [.dense(9), .batchNorm, .relu],
      at: "model.layers.0.units",
      "found 9", "4 outputs"),
    Refusal(
      "outputs without a dense layer", [.conv(7, 3), .globalAveragePool], at: "model.layers", "7", "4 outputs",
      "dense layer of 4"),
    Refusal(
      "nothing to train", [.globalAveragePool, .relu], input: FeatureShape(height: 5, width: 5, channels: 4),
      at: "model.layers", "nothing to train", "dense"),
    Refusal(
      "an image as output", [.conv(2, 3)], input: FeatureShape(height: 1, width: 2, channels: 3), at: "model.layers",
      "1×2×2", "dense layer of 4"),
    Refusal(
      "a flattened image as output", [.conv(2, 3), .flatten], input: FeatureShape(height: 1, width: 2, channels: 3),
      at: "model.layers", "1×2×2", "dense layer of 4"),
    Refusal(
      "a convolution behind a flatten", [.flatten, .conv(4, 1), .dense(4)], at: "model.layers.1", "90", "6×5×3",
      "before the flatten"),
    Refusal(
      "pooling behind a flatten", [.flatten, .relu, .maxPool(size: 1, stride: 1), .dense(4)], at: "model.layers.2",
      "before the flatten"),
    Refusal(
      "a global average behind a flatten", [.flatten, .globalAveragePool, .dense(4)], at: "model.layers.1",
      "before the flatten"),
    Refusal(
      "a flattened image and another vector in a sum",
      [.flatten, .residual(body: [.dense(90)], shortcut: []), .dense(4)],
      at: "model.layers.1", "90", "different orders", "dense layer between"),
  ]

  private static let huge: [Refusal] = [
    Refusal(
      "an image that padding makes larger and larger",
      Array(
        repeating: LayerConfiguration.conv2d(channels: 1024, kernel: 1, stride: 1, padding: 1024, bias: false),
        count: 50
      ) + end,
      at: "model.layers.23", "a network of ", "more than any machine's memory holds"),
    Refusal(
      "the largest kernel between the most channels",
      [.conv2d(channels: 65536, kernel: 1, stride: 1, padding: 1024, bias: false)]
        + [.conv2d(channels: 65536, kernel: 1024, stride: 1024, padding: 0, bias: false)] + end,
      at: "model.layers.1", "weights of ", "smaller image"),
    Refusal(
      "more operations than a machine makes",
      Array(
        repeating: LayerConfiguration.conv2d(channels: 4096, kernel: 255, stride: 1, padding: 127, bias: false),
        count: 60) + end,
      input: FeatureShape(height: 512, width: 512, channels: 4096), at: "model.layers.0", "operations",
      "which no machine finishes"),
    Refusal(
      "a dense layer behind a very large image", [.flatten, .dense(1 << 20), .dense(4)],
      input: FeatureShape(height: 1 << 14, width: 1 << 14, channels: 1), at: "model.layers.1", "weights of ",
      "fewer units"),
    Refusal(
      "many wide layers together", Array(repeating: LayerConfiguration.dense(1 << 20), count: 300) + [.dense(4)],
      input: FeatureShape(features: 1 << 20), at: "model.layers.127", "a network of "),
    Refusal(
      "channels of zeros",
      [.residual(body: [.conv(4, 1)], shortcut: [.downsample(channels: 1 << 30, stride: 1)])] + end,
      input: FeatureShape(height: 1 << 10, width: 1 << 10, channels: 1), at: "model.layers.0.shortcut.0",
      "an output of "
    ),
  ]

  @Test("before a size overflows", arguments: huge)
  func beyondCounting(test: Refusal) throws { try refused(test: test) }

  @Test("with the path, what was found and what is allowed", arguments: refusals)
  func refused(test: Refusal) throws {
    let error = #expect(throws: ModelError.self) {
      try Network(.layers(test.layers), loss: test.loss, input: test.input, outputs: 4, microbatch: 3)
    }
    let found = try #require(error)
    #expect(found.path == test.path)
    for word in test.words { #expect(found.message.contains(word), "\(found) does not say “\(word)”") }
    #expect(found.description == "\(found.path): \(found.message)")
  }

  @Test("and what just fits is not")
  func accepted() throws {
    let networks: [([LayerConfiguration], FeatureShape)] = [
      ([.conv(4, 5, padding: 0), .flatten, .dense(4)], FeatureShape(height: 6, width: 5, channels: 3)),
      ([.conv(4, 7, padding: 1), .flatten, .dense(4)], FeatureShape(height: 6, width: 5, channels: 3)),
      ([.maxPool(size: 16, stride: 1), .flatten, .dense(4)], FeatureShape(height: 28, width: 16, channels: 1)),
      ([.conv(4, 3), .globalAveragePool], FeatureShape(height: 6, width: 5, channels: 3)),
      ([.conv(4, 1), .dense(4)], FeatureShape(features: 12)),
      ([.batchNorm], FeatureShape(features: 4)),
      // An image of one channel has one order.
      (
        [.flatten, .residual(body: [.dense(30)], shortcut: []), .dense(4)],
        FeatureShape(height: 6, width: 5, channels: 1)
      ),
      ([.conv(1, 3), .flatten], FeatureShape(height: 2, width: 2, channels: 3)),
    ]
    for (layers, input) in networks {
      #expect(throws: Never.self) {
        try Network(.layers(layers), loss: .meanSquaredError, input: input, outputs: 4, microbatch: 3)
      }
    }
  }
}

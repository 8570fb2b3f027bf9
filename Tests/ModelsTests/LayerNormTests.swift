import Models
import TestSupport
import Testing

extension LayerNormLayer: ReferenceLayer {
  static let gradientCases: [NetworkCase] = [
    NetworkCase("layer norm", [.dense(19), .layerNorm, .relu, .dense(3)]),
    NetworkCase("layer norm first and last", [.layerNorm, .dense(9), .relu, .dense(3), .layerNorm]),
    .onImages("layer norm of images", [.conv(4, 3), .layerNorm, .relu, .conv(3, 3), .layerNorm]),
    .onImages("layer norm behind a flatten", [.conv(3, 3), .flatten, .layerNorm, .relu]),
    .onImages(
      "layer norm in and behind blocks",
      [
        .conv(3, 3), .residual(body: [.layerNorm, .relu, .conv(3, 3), .layerNorm], shortcut: [.layerNorm]), .relu,
        .residual(body: [.conv(3, 3), .layerNorm], shortcut: []), .layerNorm, .dropout(rate: 0.2),
      ]),
    .onImages("layer norm with a smaller last microbatch", [.conv(4, 3), .layerNorm, .relu]).with {
      $0.count = 7
      $0.microbatch = 3
    },
  ]

  /// γ·(x − μ) ÷ √(σ² + 1e-5) + β, μ and σ² over the sample; parameters are [channels, height, width].
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    let scale = pass.parameter(name + ".weight", x.shape.count)
    let shift = pass.parameter(name + ".bias", x.shape.count)
    var y = x
    for sample in 0..<x.samples {
      let (mean, deviation) = ReferencePass.moments(x.sample(sample))
      var element = 0
      for channel in 0..<x.shape.channels {
        for i in 0..<x.shape.height {
          for j in 0..<x.shape.width {
            y[sample, i, j, channel] = scale[element] * (x[sample, i, j, channel] - mean) / deviation + shift[element]
            element += 1
          }
        }
      }
    }
    return y
  }
}

@Suite("Layer norm")
struct LayerNormTests {
  @Test("has tensors of the sample's shape in PyTorch's order, without weight decay")
  func tensors() throws {
    let network = try Network(
      .layers(
        [.layerNorm, .residual(body: [.layerNorm], shortcut: []), .flatten, .layerNorm, .dense(3)],
        zeroInitResidual: true), loss: .meanSquaredError, input: FeatureShape(height: 4, width: 5, channels: 6),
      outputs: 3, microbatch: 2)
    let tensors = network.tensors.dropLast(2)
    #expect(
      tensors.map(\.name) == [
        "0.weight", "0.bias", "1.body.0.weight", "1.body.0.bias", "3.weight", "3.bias",
      ])
    #expect(tensors.map(\.fileShape) == [[6, 4, 5], [6, 4, 5], [6, 4, 5], [6, 4, 5], [120], [120]])
    #expect(tensors.map(\.initial) == [1, 0, 0, 0, 1, 0].map { .constant($0) })
    #expect(tensors.allSatisfy { !$0.decays })
  }
}

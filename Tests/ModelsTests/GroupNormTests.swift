import Models
import TestSupport
import Testing

extension GroupNormLayer: ReferenceLayer {
  static let gradientCases: [NetworkCase] = [
    .onImages("group norm", [.conv(6, 3), .groupNorm(groups: 3)]),
    .onImages("group norm of one group, with relu", [.conv(5, 3), .groupNorm(groups: 1), .relu, .conv(3, 3)]),
    .onImages("group norm of channels one by one", [.conv(5, 3, bias: false), .groupNorm(groups: 5), .relu]),
    .onImages("group norm first", channels: 4, [.groupNorm(groups: 2), .conv(3, 3)]),
    .onImages("group norm of wide groups", channels: 2, [.conv(34, 3), .groupNorm(groups: 2), .relu]),
    NetworkCase("group norm behind a dense layer", [.dense(12), .groupNorm(groups: 4), .relu, .dense(3)]),
    .onImages(
      "group norm in and behind blocks",
      [
        .conv(4, 3),
        .residual(
          body: [.groupNorm(groups: 2), .relu, .conv(4, 3), .groupNorm(groups: 4)], shortcut: [.groupNorm(groups: 1)]),
        .relu, .residual(body: [.conv(4, 3), .groupNorm(groups: 2)], shortcut: []), .groupNorm(groups: 2), .relu,
      ]),
    .onImages("group norm with a smaller last microbatch", [.conv(4, 3), .groupNorm(groups: 2), .relu]).with {
      $0.count = 7
      $0.microbatch = 3
    },
    .onImages("group norm, microbatches of one", [.conv(4, 3), .groupNorm(groups: 2)]).with {
      $0.count = 3
      $0.microbatch = 1
    },
  ]

  /// γ·(x − μ) ÷ √(σ² + 1e-5) + β, μ and σ² over the pixels and channels of a sample's group.
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    let channels = x.shape.channels
    let scale = pass.parameter(name + ".weight", channels)
    let shift = pass.parameter(name + ".bias", channels)
    let width = channels / groups
    var y = x
    for sample in 0..<x.samples {
      for group in 0..<groups {
        let own = (0..<x.shape.count).filter { $0 % channels / width == group }.map { sample * x.shape.count + $0 }
        let (mean, deviation) = ReferencePass.moments(own.map { x.values[$0] })
        for index in own {
          y.values[index] =
            scale[index % channels] * (x.values[index] - mean) / deviation + shift[index % channels]
        }
      }
    }
    return y
  }
}

extension ReferencePass {
  /// The mean and √(σ² + 1e-5) of some values.
  static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count + 1e-5).squareRoot())
  }
}

@Suite("Group norm")
struct GroupNormTests {
  private func refusal(_ layers: [LayerConfiguration]) -> String {
    do {
      _ = try Network(
        .layers(layers + [.flatten, .dense(3)]), loss: .meanSquaredError,
        input: FeatureShape(height: 4, width: 5, channels: 6), outputs: 3, microbatch: 2)
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test("wants groups that divide the channels, and an image that is not flattened")
  func refusals() {
    for groups in [1, 2, 3, 6] { #expect(refusal([.groupNorm(groups: groups)]) == "accepted") }
    for groups in [4, 5, 7, 12] {
      #expect(
        refusal([.groupNorm(groups: groups)])
          == "model.layers.0.groups: found \(groups), but the input has 6 channels; allowed: a divisor of 6")
    }
    #expect(refusal([.flatten, .groupNorm(groups: 2)]).contains("put it before the flatten"))
  }

  @Test("has a scale that starts at 0 at the end of a residual body, on demand, and no weight decay")
  func zeroScale() throws {
    let body = [LayerConfiguration.groupNorm(groups: 2), .relu, .groupNorm(groups: 3)]
    for isZero in [false, true] {
      let network = try Network(
        .layers([.residual(body: body, shortcut: []), .flatten, .dense(3)], zeroInitResidual: isZero),
        loss: .meanSquaredError, input: FeatureShape(height: 4, width: 5, channels: 6), outputs: 3, microbatch: 2)
      let tensors = network.tensors.filter { $0.name.hasPrefix("0.") }
      #expect(tensors.map(\.name) == ["0.body.0.weight", "0.body.0.bias", "0.body.2.weight", "0.body.2.bias"])
      #expect(tensors.map(\.initial) == [.constant(1), .constant(0), .constant(isZero ? 0 : 1), .constant(0)])
      #expect(tensors.allSatisfy { !$0.decays && $0.fileShape == [6] })
    }
  }

  @Test("does not make a model one whose loss depends on the microbatch")
  func microbatch() {
    let model = ModelConfiguration.layers([.groupNorm(groups: 2), .dense(3)])
    #expect(!model.hasBatchNorm && !model.isConvolutional)
  }
}

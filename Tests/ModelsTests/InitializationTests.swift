import Kernels
import Models
import TestSupport
import Testing

@Suite("Initial weights")
struct InitializationTests {
  /// Each tensor's initial elements in file order, by name.
  private func elements(
    _ layers: [LayerConfiguration], _ input: FeatureShape, outputs: Int = 10, seed: UInt64 = 1, microbatch: Int = 4,
    zeroInitResidual: Bool = false
  ) throws -> [String: [Float]] {
    let network = try Network(
      .layers(layers, zeroInitResidual: zeroInitResidual), loss: .crossEntropy(labelSmoothing: 0), input: input,
      outputs: outputs, microbatch: microbatch)
    let state = NetworkState(for: network)
    for vector in [state.parameters, state.statistics] { vector.view.fill(with: .nan) }
    network.initialize(state, seed: seed)
    let isFinite = (state.parameters.array() + state.statistics.array()).allSatisfy(\.isFinite)
    #expect(isFinite)
    return Dictionary(uniqueKeysWithValues: network.storedTensors.map { ($0.name, state.fileElements(of: $0)) })
  }

  /// A normal sample's mean and deviation lie within five standard errors of what they should be.
  private func expectNormal(_ values: [Float]?, deviation: Double, _ label: String) throws {
    let values = try #require(values).map(Double.init)
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let found = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
    #expect(abs(mean) < 5 * deviation / count.squareRoot(), "\(label): mean \(mean)")
    #expect(abs(found / deviation - 1) < 5 / (2 * count).squareRoot(), "\(label): deviation \(found), not \(deviation)")
    // Normal, not uniform: 4.6 % lie beyond two deviations, 0.27 % beyond three.
    let beyondTwo = Double(values.count { abs($0) > 2 * deviation }) / count
    #expect(abs(beyondTwo - 0.0455) < 5 * (0.0455 / count).squareRoot(), "\(label): \(beyondTwo) beyond 2 deviations")
    #expect(values.contains { abs($0) > 3 * deviation })
  }

  @Test("have He's deviation by fan-in, 0.01 in the last dense layer, and zero biases")
  func deviations() throws {
    let found = try elements(
      [.conv(64, 3), .relu, .conv(50, 5), .relu, .flatten, .dense(200), .relu, .dense(10)],
      FeatureShape(height: 6, width: 5, channels: 9))
    try expectNormal(found["0.weight"], deviation: (2.0 / (9 * 9)).squareRoot(), "conv 3×3")
    try expectNormal(found["2.weight"], deviation: (2.0 / (64 * 25)).squareRoot(), "conv 5×5")
    try expectNormal(found["5.weight"], deviation: (2.0 / (50 * 30)).squareRoot(), "dense")
    try expectNormal(found["7.weight"], deviation: 0.01, "last dense")
    for name in ["0.bias", "2.bias", "5.bias", "7.bias"] {
      #expect(found[name]?.allSatisfy { $0 == 0 } == true, "\(name)")
    }
  }

  @Test(
    "have γ = 1, or on demand 0 in a batch norm that ends a residual body, β = 0, means 0 and variances 1",
    arguments: [false, true])
  func batchNorm(zeroInitResidual: Bool) throws {
    let norm: [LayerConfiguration] = [.conv(4, 3, bias: false), .batchNorm]
    let found = try elements(
      [.batchNorm] + norm + [
        .relu, .residual(body: norm + [.relu] + norm, shortcut: [.conv(4, 1), .batchNorm]),
        .residual(body: [.residual(body: norm, shortcut: [])] + norm + [.relu], shortcut: []), .batchNorm, .flatten,
        .dense(10),
      ], FeatureShape(height: 4, width: 4, channels: 3), zeroInitResidual: zeroInitResidual)
    // A ReLU behind a γ of 0 would get no gradient, so the batch norm before it starts at 1.
    let ends = ["4.body.4.weight", "5.body.0.body.1.weight"]
    let ones = ["0.weight", "2.weight", "4.body.1.weight", "4.shortcut.1.weight", "5.body.2.weight", "6.weight"]
    for name in ends { #expect(found[name]?.allSatisfy { $0 == (zeroInitResidual ? 0 : 1) } == true, "\(name)") }
    for name in ones { #expect(found[name]?.allSatisfy { $0 == 1 } == true, "\(name)") }
    for (name, values) in found {
      if name.hasSuffix("running_mean") || name.hasSuffix("bias") { #expect(values.allSatisfy { $0 == 0 }, "\(name)") }
      if name.hasSuffix("running_var") { #expect(values.allSatisfy { $0 == 1 }, "\(name)") }
    }
  }

  @Test("are the same in file order for every layout in memory")
  func layouts() throws {
    // The same 24 inputs as a vector, as images and as a 1×1 convolution's channels; 37 outputs need padding.
    let vector = try elements([.dense(37), .dense(10)], FeatureShape(features: 24))["0.weight"]
    let image = try elements([.dense(37), .dense(10)], FeatureShape(height: 2, width: 4, channels: 3))["0.weight"]
    let pixel = try elements([.conv(37, 1), .dense(10)], FeatureShape(features: 24))["0.weight"]
    #expect(vector?.count == 37 * 24 && vector == image && vector == pixel)
    let large = try elements([.dense(37), .dense(10)], FeatureShape(features: 24), microbatch: 256)["0.weight"]
    #expect(vector == large)
  }

  @Test("follow from the seed, and no two seeds or tensors share them")
  func seeds() throws {
    let layers: [LayerConfiguration] = [.dense(20), .relu, .dense(20), .relu, .dense(10)]
    let first = try elements(layers, FeatureShape(features: 20), seed: 1)
    let again = try elements(layers, FeatureShape(features: 20), seed: 1)
    #expect(again == first)
    for seed in [0, 2, 1 << 32, 1 << 63] as [UInt64] {
      let other = try elements(layers, FeatureShape(features: 20), seed: seed)
      let shared = zip(first["0.weight"] ?? [], other["0.weight"] ?? []).count { $0 == $1 }
      #expect(shared < 3, "seed \(seed)")
    }
    let shared = zip(first["0.weight"] ?? [], first["2.weight"] ?? []).count { $0 == $1 }
    #expect(shared < 3)
    #expect(Set(first["0.weight"] ?? []).count > 390)
  }
}

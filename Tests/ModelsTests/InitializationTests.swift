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

  @Test("are even between ±1 ÷ √fan-in where a layer asks for PyTorch's default")
  func uniform() throws {
    let found = try elements(
      [
        .conv2d(channels: 64, kernel: 3, stride: 1, padding: 1, bias: true, initial: .uniform), .flatten,
        .dense(units: 200, bias: true, initial: .uniform), .dense(units: 10, bias: true, initial: .uniform),
        .dense(units: 10, bias: true, initial: .he),
      ], FeatureShape(height: 6, width: 5, channels: 9))
    for (name, fanIn) in [("0.weight", 81), ("2.weight", 64 * 30), ("3.weight", 200)] {
      let values = try #require(found[name])
      let bound = Float(1 / Double(fanIn).squareRoot())
      #expect(values.allSatisfy { abs($0) <= bound }, "\(name)")
      // Each tenth of the range holds a tenth, within five standard errors.
      var counts = Array(repeating: 0, count: 10)
      for value in values { counts[min(9, Int((value / bound + 1) * 5))] += 1 }
      let error = 5 * (0.09 * Double(values.count)).squareRoot()
      #expect(counts.allSatisfy { abs(Double($0) - Double(values.count) / 10) < error }, "\(name): \(counts)")
    }
    try expectNormal(found["4.weight"], deviation: 0.1.squareRoot() * 2.0.squareRoot(), "he in the last layer")
  }

  @Test(
    "are the identity on the first channels of a dirac convolution, and else those of a uniform one",
    arguments: [(6, 3), (2, 3), (5, 2), (3, 1)])
  func dirac(channels: Int, kernel: Int) throws {
    func weights(_ initial: WeightInitialization) throws -> [Float] {
      let found = try elements(
        [
          .conv2d(channels: channels, kernel: kernel, stride: 1, padding: kernel / 2, bias: false, initial: initial),
          .dense(10),
        ], FeatureShape(height: 6, width: 5, channels: 4))
      return try #require(found["0.weight"])
    }
    let (dirac, uniform) = (try weights(.dirac), try weights(.uniform))
    for index in dirac.indices {
      // [out, in, k, k], as torch.nn.init.dirac_ on the first `in` filters.
      let (filter, rest) = index.quotientAndRemainder(dividingBy: 4 * kernel * kernel)
      let (channel, tap) = rest.quotientAndRemainder(dividingBy: kernel * kernel)
      let isMiddle = tap == kernel / 2 * kernel + kernel / 2
      let expected = filter < 4 ? (channel == filter && isMiddle ? 1 : 0) : uniform[index]
      #expect(dirac[index] == expected, "filter \(filter), channel \(channel), tap \(tap)")
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

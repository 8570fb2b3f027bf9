import Keys
import Kernels
import Models
import Testing

/// A layer as another package would write it: x · factor, with a trained factor for each channel.
private struct GainLayer: Layer, ReferenceLayer {
  var initial = 1.0

  static let kind = "testGain"
  static let about = "Every channel times a factor of its own."

  static func keys(_ section: Section, _ value: GainLayer?) -> GainLayer {
    GainLayer(
      initial: section.key(
        "initial", value?.initial, .number(.from(-9, through: 9)), default: 1, "The factor at first."))
  }

  func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(like: input, mayOverwrite: true)
    let factors = network.channelTensor(context.name + ".factor", of: input, initial: Float(initial))
    network.append(GainOperation(input: input, output: output, factors: factors))
    return output
  }

  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    let channels = x.shape.channels
    let factors = pass.parameter(name + ".factor", channels)
    var y = x
    for index in y.values.indices { y.values[index] *= factors[index % channels] }
    return y
  }
}

private struct GainOperation: Models.Operation {
  let input: Activation
  let output: Activation
  let factors: Range<Int>

  var label: String { "testGain" }
  var parameters: [Range<Int>] { [factors] }
  var outputShape: FeatureShape { output.shape }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.storage] + [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let (x, y) = (pass.pixels(input.storage, input.shape), pass.pixels(output.storage, output.shape))
    let factors = pass.weights[factors]
    for index in 0..<x.storage.count { y.storage[index] = x.storage[index] * factors[index % x.columns] }
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let (x, dy) = (pass.pixels(input.storage, input.shape), pass.pixels(outputGradient, output.shape))
    let (factors, sums) = (pass.weights[factors], pass.gradient(at: factors))
    if !pass.isAccumulating { sums.fill(with: 0) }
    for index in 0..<x.storage.count { sums[index % x.columns] += dy.storage[index] * x.storage[index] }
    guard let inputGradient = input.gradient else { return }
    let dx = pass.pixels(inputGradient, input.shape)
    for index in 0..<dx.storage.count { dx.storage[index] = dy.storage[index] * factors[index % x.columns] }
  }
}

@Suite("A layer of another package")
struct OwnLayerTests {
  fileprivate static let gain = LayerConfiguration(GainLayer(initial: 2))

  @Test(
    "is a layer like any other in a network",
    arguments: [
      NetworkCase("behind a dense layer", [.dense(9), gain, .relu, .dense(3)]),
      .onImages("first, and in a block", [gain, .residual(body: [.conv(2, 3), gain], shortcut: []), .relu]),
      .onImages("behind a flatten, in small microbatches", [.conv(3, 3), .flatten, gain]).with { $0.microbatch = 2 },
    ])
  func gradient(test: NetworkCase) throws {
    try GradientCheck(test).expectAgreement()
  }

  @Test("has the initial values that it says, and no weight decay")
  func tensors() throws {
    let network = try Network(
      .layers([Self.gain, .dense(3)]), loss: .meanSquaredError, input: FeatureShape(features: 5), outputs: 3,
      microbatch: 2)
    #expect(network.tensors[0].name == "0.factor" && !network.tensors[0].decays)
    let state = NetworkState(for: network)
    network.initialize(state, seed: 1)
    #expect(state.fileElements(of: network.tensors[0].stored) == [2, 2, 2, 2, 2])
  }

  @Test("is refused by name where a model is written for other programs, unless it says how")
  func description() throws {
    let model = ModelConfiguration.layers([.dense(4), .residual(body: [Self.gain], shortcut: []), .dense(3)])
    let error = #expect(throws: ModelError.self) {
      try model.graph(input: .vector(5), outputs: 3)
    }
    #expect(error?.path == "model.layers.1.body.0")
    #expect(error?.message.contains("layers of the kind \"testGain\" do not say how they are written") == true)
    let twofold = ModelConfiguration.layers([LayerConfiguration(TwofoldLayer()), .dense(3)])
    let graph = try twofold.graph(input: .vector(5), outputs: 3)
    #expect(graph.tensors.map(\.name).prefix(4) == ["0.in.weight", "0.in.bias", "0.out.weight", "0.out.bias"])
    let network = try Network(
      twofold, loss: .meanSquaredError, input: FeatureShape(features: 5), outputs: 3, microbatch: 2)
    #expect(graph.tensors.map(\.name) == network.storedTensors.map(\.name))
  }

  // Each in a process of its own: a registration holds for a whole process.

  @Test("is read and written by name once it is registered, and listed behind the others")
  func registration() async {
    await #expect(processExitsWith: .success) {
      let json: JSONValue = [["type": "testGain", "initial": 2]]
      let before = LayerLists.read(json)
      #expect(before.issues.first?.contains("found the string \"testGain\"") == true)
      let kinds = LayerKinds.all.map { $0.kind }
      LayerKinds.register(GainLayer.self)
      LayerKinds.register(GainLayer.self)
      #expect(LayerKinds.all.map { $0.kind } == kinds + ["testGain"])
      let after = LayerLists.read(json)
      #expect(after.layers == [OwnLayerTests.gain] && after.issues.isEmpty)
      #expect(LayerLists.written([OwnLayerTests.gain])?.line == json.line)
      let refused = LayerLists.read([["type": "testGain", "initial": 10]])
      #expect(refused.issues == ["config.json: model.layers.0.initial: found 10; allowed: a number from -9 to 9"])
    }
  }

  @Test("cannot take the name of another")
  func takenName() async {
    await #expect(processExitsWith: .failure) { LayerKinds.register(FalseReLULayer.self) }
  }
}

/// A layer of another package that is made of two others, and says so.
private struct TwofoldLayer: Layer {
  static let kind = "testTwofold"
  static let about = "Two dense layers."

  static func keys(_ section: Section, _ value: TwofoldLayer?) -> TwofoldLayer { TwofoldLayer() }

  func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    for (name, shape) in [("in", [2, input.shape.count]), ("out", [4, 2])] {
      _ = network.tensor("\(context.name).\(name).weight", shape, initial: .he(fanIn: 2), decays: true)
      _ = network.tensor("\(context.name).\(name).bias", [shape[0]], initial: .constant(0))
    }
    return network.output(FeatureShape(features: 4), mayOverwrite: true)
  }

  func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.dense(units: 2, bias: true), named: context.name + ".in")
    graph.append(.dense(units: 4, bias: true), named: context.name + ".out")
  }
}

/// A layer with a name that is taken.
private struct FalseReLULayer: Layer {
  static let kind = "relu"
  static let about = "Not the one."

  static func keys(_ section: Section, _ value: FalseReLULayer?) -> FalseReLULayer { FalseReLULayer() }

  func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation { input }
}

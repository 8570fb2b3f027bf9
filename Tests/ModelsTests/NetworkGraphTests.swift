import Datasets
import Gradients
import Keys
import Models
import Testing

@Suite("A network in functions that other programs know")
struct NetworkGraphTests {
  private func graph(_ test: NetworkCase) throws -> NetworkGraph {
    let shape = FeatureShape(test.shape)
    return try ModelConfiguration.layers(test.layers)
      .graph(input: test.shape.isImage ? .image(shape) : .vector(shape.count), outputs: test.outputs)
  }

  /// Holds a graph against the network that is compiled of the same layers.
  private func expectAgreement(_ graph: NetworkGraph, _ network: Network, _ label: String) {
    let wanted = network.storedTensors.map { "\($0.name) \($0.fileShape)" }
    let found = graph.tensors.map { "\($0.name) \($0.shape)" }
    #expect(found.sorted() == wanted.sorted(), "\(label)")
    #expect(graph.output == .vector(network.outputs), "\(label)")
  }

  @Test("has the network's tensors, names and shapes, and its outputs", arguments: NetworkCase.all)
  func ofLayers(test: NetworkCase) throws {
    let network = try Network(
      .layers(test.layers), loss: test.loss, input: FeatureShape(test.shape), outputs: test.outputs, microbatch: 2)
    expectAgreement(try graph(test), network, test.name)
  }

  @Test("describes every kind of layer by functions, one of a name of its own")
  func everyKind() throws {
    let described = Set(
      try NetworkCase.all.flatMap { test in
        _ = try graph(test)
        return LayerLists.flat(test.layers).map { type(of: $0.layer).kind }
      })
    for kind in LayerKinds.all { #expect(described.contains(kind.kind), "no graph with \(kind.kind)") }
  }

  /// Every name of `model.preset`, from the schema.
  private static let presets: [String] = {
    let schema = Format<ModelConfiguration>.object(ModelConfiguration.keys).schema(SchemaDefinitions())
    let text = JSONValue.object(schema).line
    let found = text.matches(of: /"preset":\{"const":"(\w+)"\}/).map { String($0.1) }
    return found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }()

  @Test("has the tensors of every preset, by its names")
  func ofPresets() throws {
    #expect(Self.presets.count >= 16 && Self.presets.contains("resnet50"))
    for preset in Self.presets {
      let findings = Findings(file: "config.json", overrides: [], issues: [], keyPaths: { [] })
      let model = Section.read(
        ["preset": .string(preset)], at: Place(path: "model", findings: findings), ModelConfiguration.keys)
      #expect(findings.issues.isEmpty)
      let shape = FeatureShape(height: 33, width: 40, channels: 3)
      let network = try Network(
        model, loss: .crossEntropy(labelSmoothing: 0), input: shape, outputs: 7, microbatch: 1)
      expectAgreement(try model.graph(input: .image(shape), outputs: 7), network, preset)
    }
  }

  @Test("has a ReLU as a step of its own, and dropouts with their rate")
  func steps() throws {
    let test = NetworkCase("", [.dense(4), .relu, .dropout(rate: 0.25), .dense(3)])
    let functions = try graph(test).steps.map { step -> GraphFunction? in
      if case .function(let function) = step.work { function } else { nil }
    }
    #expect(
      functions == [.dense(units: 4, bias: true), .relu, .dropout(rate: 0.25), .dense(units: 3, bias: true)])
  }

  @Test("flattens an image where a layer takes a vector, and takes a vector for one pixel where it takes an image")
  func conversions() throws {
    let image = try graph(.onImages("", [.conv(4, 3), .dense(5), .conv(2, 1)]))
    var words: [String] = []
    for step in image.steps {
      guard case .function(let function) = step.work else { continue }
      words.append(String("\(function)".prefix { $0 != "(" }))
    }
    #expect(words == ["convolution", "flatten", "dense", "pixel", "convolution", "flatten", "dense"])
    #expect(image.steps[3].output == .image(FeatureShape(features: 5)))
  }

  @Test("adds what the branches of a block give")
  func branches() throws {
    let test = NetworkCase("", [.residual(body: [.dense(7), .relu], shortcut: []), .dense(3)])
    guard case .sum(let branches)? = try graph(test).steps.first?.work else {
      Issue.record("no sum")
      return
    }
    #expect(branches.map(\.count) == [2, 0] && branches[0].map(\.name) == ["0.body.0", "0.body.1"])
  }
}

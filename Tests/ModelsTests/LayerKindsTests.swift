import Keys
import Models
import Testing

@Suite("Every kind of layer")
struct LayerKindsTests {
  @Test("is checked in a network of its own against finite differences, and is known to the reference")
  func checked() {
    let layers = NetworkCase.all.flatMap { LayerLists.flat($0.layers) }
    for kind in LayerKinds.all {
      #expect(kind is any ReferenceLayer.Type, "\(kind.kind)")
      #expect(layers.contains { type(of: $0.layer) == kind }, "no network with \(kind.kind)")
    }
  }

  @Test("has a name of its own and a line that describes it")
  func described() {
    let names = LayerKinds.all.map { $0.kind }
    #expect(Set(names).count == names.count)
    for kind in LayerKinds.all {
      #expect(kind.kind.allSatisfy { $0.isLetter || $0.isNumber } && kind.kind.first?.isLowercase == true)
      #expect(kind.about.hasSuffix(".") && kind.about.count > 8, "\(kind.kind): \(kind.about)")
    }
  }

  @Test("is read from JSON and written back as it was", arguments: NetworkCase.all)
  func roundTrip(test: NetworkCase) throws {
    let json = try #require(LayerLists.written(test.layers))
    let (layers, issues) = LayerLists.read(json)
    // An empty body is a network that Swift can build, and no config.
    if issues.isEmpty {
      #expect(layers == test.layers)
      #expect(LayerLists.written(layers) == json)
    } else {
      #expect(issues.allSatisfy { $0.contains("body: found the list []") }, "\(issues)")
    }
  }

  @Test("is in the schema, with its description and every key that it writes")
  func schema() throws {
    let definitions = SchemaDefinitions()
    _ = Format<ModelConfiguration>.object(ModelConfiguration.keys).schema(definitions)
    let layer = try #require(definitions.definitions["layer"])
    guard case .object(let members) = layer, case .array(let branches) = members["allOf"] else {
      Issue.record("the schema of a layer is \(layer.line)")
      return
    }
    for kind in LayerKinds.all {
      let example = try #require(
        NetworkCase.all.lazy.flatMap { LayerLists.flat($0.layers) }.first { type(of: $0.layer) == kind })
      guard case .array(let list) = LayerLists.written([example]), case .object(var keys) = list.first else {
        Issue.record("\(kind.kind) is not written")
        continue
      }
      #expect(keys.removeValue(forKey: "type") == .string(kind.kind))
      // One says which keys there are, another one what they are.
      let text = branches.map(\.line).filter { $0.contains("{\"const\":\"\(kind.kind)\"}") }.joined()
      try #require(!text.isEmpty, "\(kind.kind) is not in the schema")
      #expect(text.contains(kind.about.prefix(20)))
      for key in keys.keys { #expect(text.contains("\"\(key)\""), "\(kind.kind).\(key)") }
    }
  }

  @Test(
    "without randomness keeps its kind, and is then what it was before but for dropouts", arguments: NetworkCase.all)
  func withoutRandomness(test: NetworkCase) {
    let model = ModelConfiguration.layers(test.layers)
    let hasDropout = LayerLists.flat(test.layers).contains { $0.layer is DropoutLayer }
    #expect(model.hasDropout == hasDropout)
    #expect(model.withoutDropout.withoutDropout == model.withoutDropout)
    let (before, after) = (LayerLists.flat(test.layers), LayerLists.flat(model.withoutDropout.layers(outputs: 1)))
    #expect(before.count == after.count)
    for (layer, other) in zip(before, after) {
      #expect(type(of: layer.layer) == type(of: other.layer))
      if !(layer.layer is DropoutLayer), layer.layer.inner.isEmpty { #expect(layer == other) }
    }
  }
}

import Keys
import Models

/// Lists of layers as a config's JSON has them.
enum LayerLists {
  /// The layers of `model.layers`, and what is wrong with them.
  static func read(_ list: JSONValue) -> (layers: [LayerConfiguration], issues: [String]) {
    let findings = Findings(file: "config.json", overrides: [], issues: [], keyPaths: { [] })
    let model = Section.read(
      ["layers": list], at: Place(path: "model", findings: findings), ModelConfiguration.keys)
    return (model.layers(outputs: 1), findings.issues.map(\.description))
  }

  /// The layers as `model.layers`.
  static func written(_ layers: [LayerConfiguration]) -> JSONValue? {
    Section.write(.layers(layers), ModelConfiguration.keys)["layers"]
  }

  /// Every layer of a list, those inside others too.
  static func flat(_ layers: [LayerConfiguration]) -> [LayerConfiguration] {
    layers.flatMap { [$0] + flat($0.layer.inner) }
  }
}

import Keys

/// One entry of `model.layers`, or of a residual block: a layer of any kind.
///
/// Each kind adds a function or constant that makes one: `.dense(units: 64, bias: true)`, `.relu`.
public struct LayerConfiguration: Sendable, Equatable {
  /// The layer.
  public let layer: any Layer

  /// An entry that is `layer`.
  public init(_ layer: any Layer) { self.layer = layer }

  public static func == (first: LayerConfiguration, second: LayerConfiguration) -> Bool {
    func isEqual<Kind: Layer>(_ layer: Kind) -> Bool { layer == second.layer as? Kind }
    return isEqual(first.layer)
  }

  /// The same layer with nothing random in training.
  var withoutRandomness: LayerConfiguration { LayerConfiguration(layer.withoutRandomness) }

  static func keys(_ section: Section, _ value: LayerConfiguration?) -> LayerConfiguration {
    section.choice("type", value, "Kind of layer.", LayerKinds.all.map { $0.entry })
  }
}

extension Layer {
  /// The kind as one of those that `type` names.
  fileprivate static var entry: Case<LayerConfiguration> {
    Case(kind, about, { $0.layer as? Self }) { section, value in LayerConfiguration(keys(section, value)) }
  }
}

extension Format<[LayerConfiguration]> {
  /// A list of layers, of at least `least`.
  static func layers(atLeast least: Int) -> Format {
    .list(of: .recursive("layer", .object(LayerConfiguration.keys)), "layers", count: least...Limit.layers)
  }
}

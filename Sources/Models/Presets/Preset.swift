import Keys

/// A network known by name, or several that differ in depth. A new preset is one file and one entry in ``all``.
protocol Preset: Model {
  /// The names, with the keys beside them.
  static var cases: [Case<ModelConfiguration>] { get }
}

/// Every preset, in the order in which messages and the schema list them.
enum Presets {
  static let all: [any Preset.Type] = [
    MLPPreset.self,
    LeNetPreset.self,
    LogisticPreset.self,
    SmallResNetPreset.self,
    SmallPlainPreset.self,
    ResNetPreset.self,
    AirbenchPreset.self,
  ]
}

extension Preset {
  /// A name with keys of its own: `body` declares them and makes the preset.
  ///
  /// - Parameter isNamed: whether a preset of this type has the name.
  static func named(
    _ name: String, _ about: String, if isNamed: @escaping (Self) -> Bool = { _ in true },
    _ body: @escaping (Section, Self?) -> Self
  ) -> Case<ModelConfiguration> {
    Case(name, about, { ($0.model as? Self).flatMap { isNamed($0) ? $0 : nil } }) {
      ModelConfiguration(body($0, $1))
    }
  }
}

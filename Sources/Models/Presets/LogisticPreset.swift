import Keys

/// One dense layer.
struct LogisticPreset: Preset {
  static var cases: [Case<ModelConfiguration>] {
    [named("logistic", "One dense layer.") { _, _ in LogisticPreset() }]
  }

  func namedLayers(outputs: Int) -> NamedLayers { NamedLayers([.dense(units: outputs, bias: true)]) }
}

extension ModelConfiguration {
  /// One dense layer.
  public static let logistic = ModelConfiguration(LogisticPreset())
}

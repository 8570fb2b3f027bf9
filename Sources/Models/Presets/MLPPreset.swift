import Keys

/// Dense layers with ReLU between them; the output layer follows from the data.
struct MLPPreset: Preset {
  var hidden: [Int]

  static var cases: [Case<ModelConfiguration>] {
    [
      named("mlp", "Dense layers with ReLU between them.") {
        MLPPreset(
          hidden: $0.key(
            "hidden", $1?.hidden, .list(of: .integer(1...Limit.width), "sizes", count: 1...Limit.layers),
            default: [128, 128], "Units of each hidden layer."))
      }
    ]
  }

  func namedLayers(outputs: Int) -> NamedLayers {
    NamedLayers(hidden.flatMap { [.dense(units: $0, bias: true), .relu] } + [.dense(units: outputs, bias: true)])
  }
}

extension ModelConfiguration {
  /// Dense layers with ReLU between them; the output layer follows from the data.
  public static func mlp(hidden: [Int]) -> ModelConfiguration { ModelConfiguration(MLPPreset(hidden: hidden)) }
}

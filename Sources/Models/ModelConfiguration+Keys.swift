import Keys

extension ModelConfiguration {
  package static func keys(_ section: Section, _ value: ModelConfiguration?) -> ModelConfiguration {
    section.alternatives(
      value,
      [
        Case("preset", "A network known by name.", { $0.model is any Preset ? $0 : nil }) {
          $0.choice(
            "preset", $1, "A network known by name; its output layer follows from the data.",
            Presets.all.flatMap { $0.cases })
        },
        Case("layers", "A network written out.", { $0.model as? WrittenModel }) { section, value in
          let layers = section.required(
            "layers", value?.layers, .layers(atLeast: 1), "The layers from input to output.")
          let isZero = zeroInitResidual(section, value?.zeroInitResidual, default: false)
          section.check(
            "zeroInitResidual", with: ["layers"], !isZero || layers.contains { $0.layer.hasScaledResidual },
            "found true, but no residual block's body ends with a \(scaled) layer; allowed: false, or leave the key out"
          )
          return .layers(layers, zeroInitResidual: isZero)
        },
      ])
  }

  /// The kinds of layers that end with a scale, as messages list them.
  private static var scaled: String {
    let kinds = LayerKinds.all.filter { $0.hasScale }.map { $0.kind }
    return kinds.count > 1 ? kinds.dropLast().joined(separator: ", ") + " or " + kinds.last! : kinds.joined()
  }

  /// The key of every model that may have residual blocks.
  static func zeroInitResidual(_ section: Section, _ value: Bool?, default fallback: Bool) -> Bool {
    section.key(
      "zeroInitResidual", value, .flag, default: fallback,
      """
      Whether the scale of the normalisation that ends a residual block's body starts at 0 rather than 1, so that a \
      block begins as its shortcut alone (Goyal et al. 2017).
      """)
  }

  /// The keys of the network, and beside them how its passes are computed, which no model knows of.
  package static func keysWithMethods(
    _ section: Section, _ value: (model: ModelConfiguration, convolution: ConvolutionMethod, zeros: ZeroMethod)?
  ) -> (model: ModelConfiguration, convolution: ConvolutionMethod, zeros: ZeroMethod) {
    (
      keys(section, value?.model),
      section.key(
        "convolution", value?.convolution, .word, default: .auto,
        """
        How convolutions are computed: auto takes for each pass what costs least (direct, Winograd, or OpenBLAS), \
        direct multiplies and adds tap by tap.
        """),
      section.key(
        "zeros", value?.zeros, .word, default: .skip,
        """
        What dense layers do about zeros in what they multiply, of which a ReLU makes many: skip leaves them out where it \
        pays, multiply takes everything. The results have the same bits.
        """)
    )
  }
}

/// A list of layers at its place: a whole network's, or that of a branch of a residual block.
struct LayerList {
  var layers: [LayerConfiguration]
  /// The list's place in the config, such as `model.layers`, for errors.
  var path: String
  /// The list's place in the network, empty or ending with a dot.
  var prefix: String
  /// Whether it is the body of a residual block.
  var isResidualBody = false
  /// Size that the last layer of those that give the network's outputs has to have; `nil` inside a residual block.
  var outputs: Int?

  /// The layers of a network.
  static func network(_ layers: [LayerConfiguration], outputs: Int) -> LayerList {
    LayerList(layers: layers, path: "model.layers", prefix: "", outputs: outputs)
  }

  /// A list inside a layer, such as the body of a residual block; `name` is the key of the config.
  static func branch(
    _ name: String, _ layers: [LayerConfiguration], of context: LayerContext, isResidualBody: Bool = false
  ) -> LayerList {
    LayerList(
      layers: layers, path: "\(context.path).\(name)", prefix: "\(context.place).\(name).",
      isResidualBody: isResidualBody)
  }
}

/// What tells every layer of a network its place and its name: for all who walk over the layers, to compile or to
/// describe them.
struct LayerPlaces: Sendable {
  /// Names of a preset's layers, by place; see ``NamedLayers``.
  let names: [String: String]
  /// Whether a scale that ends a residual body starts at 0.
  let zeroInitResidual: Bool

  /// The layers of a list in order, each with its place.
  ///
  /// - Parameter fusesActivations: whether a ReLU or GELU behind a layer that takes it is no layer of its own
  ///   (``LayerContext/relu``, ``LayerContext/gelu``).
  func contexts(of list: LayerList, fusesActivations: Bool) -> [(layer: any Layer, context: LayerContext)] {
    let layers = list.layers
    let output = layers.lastIndex { $0.layer.givesOutputs }
    var contexts: [(layer: any Layer, context: LayerContext)] = []
    var index = 0
    while index < layers.count {
      let layer = layers[index].layer
      let place = "\(list.prefix)\(index)"
      let next = fusesActivations && index + 1 < layers.count ? layers[index + 1].layer : nil
      let context = LayerContext(
        path: "\(list.path).\(index)", name: names[place] ?? place, outputs: index == output ? list.outputs : nil,
        startsAtZero: zeroInitResidual && list.isResidualBody && index == layers.count - 1,
        relu: layer.takesReLU && next is ReLULayer, gelu: layer.takesGELU ? (next as? GELULayer)?.form : nil,
        place: place)
      contexts.append((layer, context))
      index += context.relu || context.gelu != nil ? 2 : 1
    }
    return contexts
  }
}

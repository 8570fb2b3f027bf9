import Charts
import Records

/// Tables of what passed through a network's layers, and of what a step does with its tensors.
enum LayerTables {
  /// What layers gave, a row a layer; the layer at fault is marked.
  static func forward(_ layers: [LayerRange], at place: FailurePlace?, _ style: TerminalStyle) -> String {
    table("Forward: what each layer gives", layers, { $0.forward }, isAt: mark(layers, place, .forward)).render(style)
  }

  /// The gradients of the loss by that, from the last layer to the first; empty where none were computed.
  static func backward(_ layers: [LayerRange], at place: FailurePlace?, _ style: TerminalStyle) -> String {
    let layers = Array(layers.reversed())
    guard layers.contains(where: { $0.backward != nil }) else { return "" }
    return "\n"
      + table(
        "Backward: the loss's gradient by that", layers, { $0.backward }, isAt: mark(layers, place, .backward)
      ).render(style)
  }

  /// Weights, gradient and update of every tensor.
  static func tensors(_ tensors: [TensorRange], at place: FailurePlace?, _ style: TerminalStyle) -> String {
    guard !tensors.isEmpty else { return "" }
    let hasUpdate = tensors.contains { $0.updateNorm != nil }
    let isFinite = !tensors.contains { notFinite($0) > 0 }
    var table = TextTable(
      caption: hasUpdate ? "Tensors: Euclidean norms; ratio is update ÷ weights" : "Tensors: Euclidean norms",
      columns: [.text("tensor"), .text("shape"), .init("weights"), .init("greatest"), .init("gradient")]
        + (hasUpdate ? [.init("update"), .init("ratio")] : []) + (isFinite ? [] : [.init("not finite")]))
    for tensor in tensors {
      let isAt = place?.tensor == tensor.name
      let count = notFinite(tensor)
      var row = [
        tensor.name + (isAt ? "  ◀" : ""), words(tensor.shape), HumanFormat.number(tensor.weightNorm),
        HumanFormat.optional(tensor.weights.magnitude) { HumanFormat.number($0) },
        HumanFormat.optional(tensor.gradientNorm) { HumanFormat.number($0) },
      ]
      if hasUpdate {
        row += [
          HumanFormat.optional(tensor.updateNorm) { HumanFormat.number($0) },
          HumanFormat.optional(tensor.ratio) { HumanFormat.number($0) },
        ]
      }
      if !isFinite { row.append(count > 0 ? HumanFormat.count(count) : "") }
      table.append(row)
    }
    return "\n" + table.render(style)
  }

  private static func notFinite(_ tensor: TensorRange) -> Int {
    [tensor.weights, tensor.gradient, tensor.update].compactMap { $0?.notFinite }.max() ?? 0
  }

  private static func mark(
    _ layers: [LayerRange], _ place: FailurePlace?, _ part: FailurePlace.Part
  ) -> (LayerRange) -> Bool {
    { layer in place?.part == part && layer.name == place?.layer && layer.kind == place?.layerKind }
  }

  private static func table(
    _ caption: String, _ layers: [LayerRange], _ range: (LayerRange) -> ValueRange?, isAt: (LayerRange) -> Bool
  ) -> TextTable {
    let isFinite = !layers.contains { range($0)?.notFinite ?? 0 > 0 }
    var table = TextTable(
      caption: caption,
      columns: [
        .text("layer"), .text("kind"), .text("shape"), .init("least"), .init("greatest"), .init("mean"), .init("zeros"),
      ] + (isFinite ? [] : [.init("not finite")]))
    for layer in layers {
      var row = [layer.name + (isAt(layer) ? "  ◀" : ""), layer.kind, words(layer.shape)]
      if let range = range(layer) { row += cells(range).prefix(isFinite ? 4 : 5) }
      table.append(row)
    }
    return table
  }

  private static func cells(_ range: ValueRange) -> [String] {
    [range.minimum, range.maximum, range.mean].map { HumanFormat.optional($0) { HumanFormat.number($0) } } + [
      HumanFormat.percent(range.zeroShare, decimals: 1), range.notFinite > 0 ? HumanFormat.count(range.notFinite) : "",
    ]
  }

  private static func words(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
}

extension FailurePlace {
  /// "the output of layer 2 (dense 10)".
  package var title: String {
    let layer = "layer \(layer ?? "?") (\(layerKind ?? "?"))"
    return switch part {
    case .input: "the network's input"
    case .target: "the number to predict"
    case .forward: "the output of \(layer)"
    case .loss: "the loss"
    case .backward: "the gradient by the output of \(layer)"
    case .gradient: "the gradient of \(tensor ?? "a tensor")"
    case .update: "\(tensor ?? "a tensor") after the update"
    case .weights: "\(tensor ?? "a tensor") before the step"
    }
  }

  /// "NaN at element 3 of sample 4711 (class 7), the 12th of microbatch 2 of shard 0; 20 are not finite".
  package var details: String {
    var text = value ?? "not finite"
    if let element { text += " at element \(HumanFormat.count(element))" }
    if let sample { text += " of sample \(HumanFormat.count(sample))" + (className.map { " (class \($0))" } ?? "") }
    if let row { text += ", row \(row)" }
    if let shard, let microbatch { text += ", microbatch \(microbatch) of shard \(shard)" }
    if let count, count > 1 { text += "; \(HumanFormat.count(count)) are not finite there" }
    return text
  }
}

/// `model`: a preset or a list of layers.
///
/// Each preset adds a function or constant that makes one: `.mlp(hidden: [128, 128])`, `.lenet`; a list of layers is
/// ``layers(_:zeroInitResidual:)``.
public struct ModelConfiguration: Sendable, Equatable {
  let model: any Model

  init(_ model: any Model) { self.model = model }

  public static func == (first: ModelConfiguration, second: ModelConfiguration) -> Bool {
    func isEqual<Kind: Model>(_ model: Kind) -> Bool { model == second.model as? Kind }
    return isEqual(first.model)
  }

  /// `model.zeroInitResidual` (torchvision's term): whether γ of the normalisation that ends a residual block's body
  /// starts at 0 rather than 1, so that every block begins as its shortcut alone (Goyal et al. 2017, §5.1).
  ///
  /// It helps ResNet-50 with very large batches; in a few epochs of a small network it costs accuracy. A model without
  /// residual blocks has no such γ: false.
  public var zeroInitResidual: Bool { model.zeroInitResidual }

  /// The layers of the model; a preset's output layer has `outputs` units.
  public func layers(outputs: Int) -> [LayerConfiguration] { namedLayers(outputs: outputs).layers }

  /// The layers with the names that a preset gives them in files.
  func namedLayers(outputs: Int) -> NamedLayers { model.namedLayers(outputs: outputs) }

  /// The same model whose dropouts drop nothing: the same tensors under the same names.
  public var withoutDropout: ModelConfiguration { ModelConfiguration(model.withoutRandomness) }

  /// Whether training zeroes some values at random.
  public var hasDropout: Bool { self != withoutDropout }

  /// Whether some layer convolves, pools or normalises over the microbatch, which sets the rule for its size.
  public var isConvolutional: Bool { layers(outputs: 1).contains { $0.layer.isConvolutional } }

  /// Whether some layer normalises over the microbatch, whose size then changes the loss (Goyal et al. 2017, §3.1).
  public var hasBatchNorm: Bool { layers(outputs: 1).contains { $0.layer.normalizesMicrobatch } }
}

/// What `model` can be: a preset, or layers written out.
protocol Model: Sendable, Equatable {
  /// The layers, and their names in files where they differ from their places.
  func namedLayers(outputs: Int) -> NamedLayers
  /// See ``ModelConfiguration/zeroInitResidual``. False by default.
  var zeroInitResidual: Bool { get }
  /// The same model with nothing random in training. Itself by default.
  var withoutRandomness: Self { get }
}

extension Model {
  var zeroInitResidual: Bool { false }
  var withoutRandomness: Self { self }
}

/// Layers written out.
struct WrittenModel: Model {
  var layers: [LayerConfiguration]
  var zeroInitResidual = false

  func namedLayers(outputs: Int) -> NamedLayers { NamedLayers(layers) }
  var withoutRandomness: WrittenModel {
    WrittenModel(layers: layers.map(\.withoutRandomness), zeroInitResidual: zeroInitResidual)
  }
}

extension ModelConfiguration {
  /// Layers written out; `zeroInitResidual`: see ``zeroInitResidual``.
  public static func layers(_ layers: [LayerConfiguration], zeroInitResidual: Bool = false) -> ModelConfiguration {
    ModelConfiguration(WrittenModel(layers: layers, zeroInitResidual: zeroInitResidual))
  }
}

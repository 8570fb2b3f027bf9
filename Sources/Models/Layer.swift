import Keys

/// A kind of layer: its keys in the config, its shapes and parameters and its work, all in one file.
///
/// A value is one layer as the config writes it. A new kind conforms to this protocol and is listed in ``LayerKinds``;
/// nothing else in the library knows of it. Only the first four requirements have no default.
public protocol Layer: Sendable, Equatable {
  /// The kind's name in the config, the value of `type`, such as "conv2d".
  static var kind: String { get }
  /// One line for the schema, such as "A convolution with a square kernel."
  static var about: String { get }
  /// Declares the kind's keys beside `type`, and makes a layer of them.
  ///
  /// - Parameter value: the layer that is being written; `nil` when one is read or the keys are described.
  static func keys(_ section: Section, _ value: Self?) -> Self
  /// Adds the layer's tensors, storages and operation to a network, behind `input`.
  ///
  /// - Returns: the layer's output.
  /// - Throws: ``ModelError`` at `context.path` where the layer does not fit its input.
  func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation

  /// Appends what the layer computes in predictions to a network's description in functions that other programs know, for
  /// ONNX, PyTorch and the like.
  ///
  /// The layer has been appended to a network, so it fits its input, which is ``NetworkGraph/output`` at first.
  ///
  /// - Throws: ``ModelError`` at `context.path`: by default, since a kind that does not say it cannot be written.
  func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError)
  /// Whether the kind ends with a scale γ and a shift, so that with γ = 0 a residual block whose body ends with it begins
  /// as its shortcut alone (``LayerContext/startsAtZero``). False by default.
  static var hasScale: Bool { get }
  /// Whether its operation rectifies its own output where a ReLU comes next (``LayerContext/relu``), which then has no
  /// operation of its own. False by default.
  var takesReLU: Bool { get }
  /// Whether its operation ends with a GELU where one comes next (``LayerContext/gelu``), which then has no operation of
  /// its own. False by default.
  var takesGELU: Bool { get }
  /// Whether the last such layer of a network gives the network's outputs, so that its size must fit the data
  /// (``LayerContext/outputs``). False by default.
  var givesOutputs: Bool { get }
  /// The layers inside this one, of all its branches; none by default.
  var inner: [LayerConfiguration] { get }
  /// Whether it makes the network one of images for the rule of the microbatch's size: it convolves, pools or normalises
  /// over the microbatch. By default, whether an inner layer does.
  var isConvolutional: Bool { get }
  /// Whether it normalises over the microbatch, whose size then changes the loss (Goyal et al. 2017, §3.1). By default,
  /// whether an inner layer does.
  var normalizesMicrobatch: Bool { get }
  /// Whether it is, or holds, a residual block whose body ends with a scale. By default, whether an inner layer does.
  var hasScaledResidual: Bool { get }
  /// The same layer with nothing random in training: the same tensors under the same names. Itself by default.
  var withoutRandomness: Self { get }
}

extension Layer {
  public func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    throw ModelError(
      path: context.path,
      message: "layers of the kind \"\(Self.kind)\" do not say how they are written for other programs; give the kind "
        + "a describe(in:at:), or export the weights alone (safetensors, npz)")
  }

  public static var hasScale: Bool { false }
  public var takesReLU: Bool { false }
  public var takesGELU: Bool { false }
  public var givesOutputs: Bool { false }
  public var inner: [LayerConfiguration] { [] }
  public var isConvolutional: Bool { inner.contains { $0.layer.isConvolutional } }
  public var normalizesMicrobatch: Bool { inner.contains { $0.layer.normalizesMicrobatch } }
  public var hasScaledResidual: Bool { inner.contains { $0.layer.hasScaledResidual } }
  public var withoutRandomness: Self { self }
}

/// What a layer is told about its place in the network that is being built.
public struct LayerContext: Sendable {
  /// The layer's place in the config, such as `model.layers.3`, for errors.
  public let path: String
  /// What its tensors' names begin with, such as "3": `name + ".weight"`.
  public let name: String
  /// Numbers that the layer has to give, as the network's output; `nil` for any other layer.
  public let outputs: Int?
  /// Whether a scale with which the layer ends starts at 0, not at 1 (`model.zeroInitResidual`).
  public let startsAtZero: Bool
  /// Whether its operation has to end with max(0, ·); only for a layer that ``Layer/takesReLU``.
  public let relu: Bool
  /// The form of the GELU with which its operation has to end; only for a layer that ``Layer/takesGELU``.
  public let gelu: GELULayer.Form?
  /// The layer's place in the network, such as "3.body.0": names of inner layers begin with it.
  let place: String
}

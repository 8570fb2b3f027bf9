import Kernels

/// A network while it is compiled: layers add their tensors, storages and operations to it, one after the other.
///
/// Layers get PyTorch's names: the layer's place in its list, and the names of branches for lists inside a layer; or the
/// names that a preset gives them.
public struct NetworkBuilder {
  /// n: samples of a microbatch, at most. A storage for all samples' numbers has n times as many.
  public let microbatch: Int
  /// How convolutions are computed.
  let convolution: ConvolutionMethod
  /// What dense layers do about zeros.
  let zeros: ZeroMethod
  /// Which machines have to compute the same bits.
  let arithmetic: Arithmetic
  /// Whether steps have so many samples that dense layers' weights are transposed for their input gradients.
  let transposes: Bool
  /// What stands for nothing in each channel of the network's input.
  private let background: [Float]
  /// What tells layers their places and names.
  private let layerPlaces: LayerPlaces
  var operations: [any Operation] = []
  /// Of each operation, the name of the layer that it belongs to.
  private(set) var operationNames: [String] = []
  /// The layer that is being compiled.
  private var layerName = ""
  private(set) var tensors: [ParameterTensor] = []
  private(set) var storedTensors: [StoredTensor] = []
  private(set) var storageCounts: [Int] = []
  /// Floats of the flat parameter vector so far.
  private(set) var parameterCount = 0
  /// Floats of all operations' packed weights so far.
  private(set) var packedCount = 0
  private(set) var statistics: [RunningStatistics] = []
  /// Storages in the place of another, which may be in the place of a third.
  private var places: [Int: Int] = [:]
  private var randomLayers = 0
  private var zeroLayers = 0
  private var size = NetworkSize()

  init(
    microbatch: Int, layerPlaces: LayerPlaces, convolution: ConvolutionMethod = .auto, zeros: ZeroMethod = .skip,
    background: [Float] = [], transposes: Bool = true, arithmetic: Arithmetic = .machine
  ) {
    self.microbatch = microbatch
    self.arithmetic = arithmetic
    self.layerPlaces = layerPlaces
    self.convolution = convolution
    self.zeros = zeros
    self.background = background
    self.transposes = transposes
  }

  // MARK: Layers

  /// Appends the layers of a list.
  mutating func append(_ list: LayerList, to input: Activation) throws(ModelError) -> Activation {
    var value = input
    for (layer, context) in layerPlaces.contexts(of: list, fusesActivations: true) {
      let outer = layerName
      layerName = context.name
      value = try layer.append(to: &self, input: value, at: context)
      layerName = outer
      try size.require(parameters: Int.saturatingSum(parameterCount, packedCount), path: context.path)
    }
    return value
  }

  /// Adds an operation: its forward pass follows that of the operations before, its backward pass precedes theirs.
  public mutating func append(_ operation: any Operation) {
    operations.append(operation)
    operationNames.append(layerName)
  }

  /// Takes an operation out again, in whose place another does its work.
  mutating func removeOperation(at index: Int) {
    operations.remove(at: index)
    operationNames.remove(at: index)
  }

  /// Tells the random layers of a network apart: 0, 1 … in order.
  public mutating func nextRandomLayer() -> Int {
    defer { randomLayers += 1 }
    return randomLayers
  }

  /// What stands for nothing in each number of a layer's input, if that is the network's and nothing is not 0 there.
  func background(of input: Activation) -> [Float]? {
    let channels = background.count
    guard isInput(input), channels > 0, background.contains(where: { $0 != 0 }) else { return nil }
    precondition(input.shape.count % channels == 0, "\(channels) channels of an input of \(input.shape)")
    return (0..<input.shape.count).map { background[$0 % channels] }
  }

  /// Numbers the layers that may skip zeros.
  mutating func nextZeroLayer() -> Int {
    defer { zeroLayers += 1 }
    return zeroLayers
  }

  // MARK: Parameters

  /// A new tensor of the flat vector, on cache lines of its own.
  ///
  /// - Parameters:
  ///   - name: in files; `context.name` + ".weight" by custom.
  ///   - fileShape: in files.
  ///   - decays: whether weight decay applies.
  ///   - count: floats in memory, padding included; the elements of the shape by default.
  ///   - layout: where each of the file's elements is in memory; by default as in files.
  ///   - isFixed: whether the tensor keeps its first elements, as one that `optimizer.freeze` names.
  /// - Returns: its place in ``Pass/weights``.
  public mutating func tensor(
    _ name: String, _ fileShape: [Int], initial: InitialValue, decays: Bool = false, count: Int? = nil,
    layout: any ParameterLayout = FileOrder(), isFixed: Bool = false
  ) -> Range<Int> {
    let range = parameterCount..<(parameterCount + (count ?? fileShape.reduce(1, *)))
    let stored = StoredTensor(name: name, fileShape: fileShape, vector: .parameters, range: range, layout: layout)
    let number = storedTensors.count
    tensors.append(
      ParameterTensor(stored: stored, initial: initial, decays: decays, isFixed: isFixed, ordinal: number))
    storedTensors.append(stored)
    parameterCount = (range.upperBound + 15) / 16 * 16
    return range
  }

  /// A scale γ or shift β for each channel of `input`, [channels] in files; for a flattened image [C · H · W].
  public mutating func channelTensor(
    _ name: String, of input: Activation, initial: Float, isFixed: Bool = false
  ) -> Range<Int> {
    tensor(
      name, [input.shape.channels], initial: .constant(initial), layout: input.channelLayout, isFixed: isFixed)
  }

  /// The running mean and variance of each channel of `input`, which follow the microbatches' own.
  mutating func runningStatistics(
    _ name: String, of input: Activation, momentum: Double
  ) -> RunningStatistics {
    let running = RunningStatistics(
      name: name, first: statistics.last?.variances.upperBound ?? 0, channels: input.shape.channels,
      rows: input.shape.pixels, layout: input.channelLayout, momentum: momentum)
    statistics.append(running)
    storedTensors += [running.mean, running.variance]
    return running
  }

  /// Room for weights in the form that kernels want, on cache lines of its own: its place in ``Pass/packedWeights``.
  mutating func packed(_ count: Int) -> Range<Int> {
    let range = packedCount..<packedCount + count
    packedCount = (range.upperBound + 15) / 16 * 16
    return range
  }

  // MARK: Memory

  /// A new piece of each worker's arena, of `count` floats, for ``Pass/floats(_:)``.
  public mutating func storage(_ count: Int) -> Int {
    storageCounts.append(count)
    size.add(storage: count)
    return storageCounts.count - 1
  }

  /// Whether a layer's input is the network's own, though layers before it may have changed it in place.
  func isInput(_ input: Activation) -> Bool { input.storage == Self.inputStorage }

  /// The storage of the network's input, the first one.
  private static let inputStorage = 0

  /// The network's input: without gradient.
  mutating func input(_ shape: FeatureShape) -> Activation {
    Activation(
      shape: shape, flattened: nil, storage: storage(microbatch * shape.count), gradient: nil, mayOverwrite: true)
  }

  /// The output of an operation with parameters: with a gradient.
  ///
  /// - Parameter mayOverwrite: whether the operation's backward pass can do without its output.
  public mutating func output(_ shape: FeatureShape, mayOverwrite: Bool) -> Activation {
    let count = microbatch * shape.count
    return Activation(
      shape: shape, flattened: nil, storage: storage(count), gradient: storage(count), mayOverwrite: mayOverwrite)
  }

  /// The output of an operation with parameters that has its input's shape and order; see ``output(_:mayOverwrite:)``.
  public mutating func output(like input: Activation, mayOverwrite: Bool) -> Activation {
    var output = output(input.shape, mayOverwrite: mayOverwrite)
    output.flattened = input.flattened
    return output
  }

  /// The output of an operation without parameters: with a gradient only if its input has one. Its backward pass does
  /// not need it.
  public mutating func output(behind input: Activation, _ shape: FeatureShape) -> Activation {
    let count = microbatch * shape.count
    return Activation(
      shape: shape, flattened: nil, storage: storage(count), gradient: input.gradient == nil ? nil : storage(count),
      mayOverwrite: true)
  }

  /// The output of an operation without parameters that has its input's shape and order; see ``output(behind:_:)``.
  public mutating func output(behind input: Activation) -> Activation {
    var output = output(behind: input, input.shape)
    output.flattened = input.flattened
    return output
  }

  /// The output of an element-wise operation without parameters, in the place of its input where that may be
  /// overwritten: storages and gradients of both are then the same.
  ///
  /// - Parameter mayOverwrite: whether the operation's backward pass can do without its output.
  public mutating func output(over input: Activation, mayOverwrite: Bool) -> Activation {
    var output = input.mayOverwrite ? input : output(behind: input)
    output.mayOverwrite = mayOverwrite
    return output
  }

  /// The storage whose memory a storage uses: itself, unless both are one.
  func place(of storage: Int) -> Int {
    var place = storage
    while let next = places[place] { place = next }
    return place
  }

  /// Makes one memory of two storages of the same size.
  mutating func unite(_ first: Int, with second: Int) {
    let (first, second) = (place(of: first), place(of: second))
    precondition(storageCounts[first] == storageCounts[second], "storages of different sizes in one place")
    if first != second { places[first] = second }
  }

  // MARK: Bounds

  /// Refuses a tensor or value of so many numbers, which no machine's memory holds, before its size is computed.
  public func require(_ factors: Int..., of what: String, path: String) throws(ModelError) {
    try NetworkSize.require(factors, of: what, path: path)
  }

  /// Counts the operations of one sample, forward and backward, and refuses more than any machine finishes.
  public mutating func add(operations factors: Int..., path: String) throws(ModelError) {
    try size.add(operations: factors, path: path)
  }
}

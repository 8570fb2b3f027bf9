import Kernels

/// A network compiled for microbatches of up to n samples: its operations, its parameters and its arena plan.
///
/// Immutable, so that all workers share it; weights, gradients and arenas are passed in.
package struct Network: Sendable {
  /// n: samples that go through the network at once.
  package let microbatch: Int
  /// Shape of one sample.
  package let input: FeatureShape
  /// Classes, or numbers to predict.
  package let outputs: Int
  package let loss: LossConfiguration
  /// The tensors that gradients train, in the order of layers.
  package let tensors: [ParameterTensor]
  /// All tensors that files hold, running statistics included, in the order of layers.
  package let storedTensors: [StoredTensor]
  /// Floats of the flat parameter vector: all tensors, each from a cache line on, and a multiple of 16.
  package let parameterCount: Int
  /// Where intermediate values lie in an arena.
  package let arenaPlan: ArenaPlan
  /// Floats of all layers' packed weights, which ``pack(_:weights:into:)`` fills; 0 if no layer wants any.
  package let packedCount: Int
  package let operations: [any Operation]
  /// Of each operation, the name of its layer, which its tensors' names begin with.
  package let operationNames: [String]
  /// What the backward pass of each operation leaves, for whoever looks at passes.
  let wiring: [Wiring]
  /// The first operation whose backward pass anybody wants; 0 unless tensors are frozen.
  package internal(set) var firstTrainedOperation = 0
  /// Whether workspaces have room for samples that are mixed in training.
  package var mixesSamples = false
  /// Every batch norm's running statistics, in order.
  package let statistics: [RunningStatistics]
  /// The operations that pack their weights, part by part; those that a step of few samples does without come last.
  private let packing: [(operation: Int, part: Int)]
  private let neededPacking: Int
  /// The operations that may skip zeros, in order.
  package let zeroLayers: [Int]
  package let inputValue: Activation
  package let outputValue: Activation
  package let outputGradient: Int
  private let offsets: Buffer<Int>
  private let counts: Buffer<Int>

  /// Compiles a model for its data.
  ///
  /// - Parameters:
  ///   - convolution: how convolutions are computed.
  ///   - zeros: what dense layers do about zeros.
  ///   - background: what stands for nothing in each channel of the input; left out, 0. A dense layer that comes first
  ///     counts from there.
  ///   - arithmetic: which machines have to compute the same bits.
  ///   - transposes: whether dense layers may keep transposed weights too, for the gradients of steps of many samples.
  /// - Throws: ``ModelError`` where layers do not fit together or the output does not fit the data.
  package init(
    _ model: ModelConfiguration, loss: LossConfiguration, input: FeatureShape, outputs: Int, microbatch: Int,
    convolution: ConvolutionMethod = .auto, zeros: ZeroMethod = .skip, arithmetic: Arithmetic = .machine,
    background: [Float] = [], transposes: Bool = true
  ) throws(ModelError) {
    try self.init(
      model, loss: loss, input: input, outputs: outputs, microbatch: microbatch, convolution: convolution,
      zeros: zeros, arithmetic: arithmetic, background: background, transposes: transposes, reusingMemory: true)
  }

  /// The same, with every intermediate value in a place of its own on demand: what reuse has to agree with.
  package init(
    _ model: ModelConfiguration, loss: LossConfiguration, input: FeatureShape, outputs: Int, microbatch: Int,
    convolution: ConvolutionMethod = .auto, zeros: ZeroMethod = .skip, arithmetic: Arithmetic = .machine,
    background: [Float] = [], transposes: Bool = true, reusingMemory: Bool
  ) throws(ModelError) {
    precondition(microbatch >= 1 && outputs >= 1, "a network for microbatches of \(microbatch), \(outputs) outputs")
    if case .auto = loss { preconditionFailure("a network whose loss nobody has decided") }
    let named = model.namedLayers(outputs: outputs)
    var builder = NetworkBuilder(
      microbatch: microbatch,
      layerPlaces: LayerPlaces(names: named.names, zeroInitResidual: model.zeroInitResidual), convolution: convolution,
      zeros: zeros, background: background, transposes: transposes, arithmetic: arithmetic)
    let first = builder.input(input)
    let last = try builder.append(.network(named.layers, outputs: outputs), to: first)
    let gradient = try Self.requireOutput(last, outputs: outputs)
    self.microbatch = microbatch
    self.input = input
    self.outputs = outputs
    self.loss = loss
    tensors = builder.tensors
    storedTensors = builder.storedTensors
    parameterCount = builder.parameterCount
    packedCount = builder.packedCount
    operations = builder.operations
    operationNames = builder.operationNames
    wiring = Self.wiring(builder)
    statistics = builder.statistics
    let needed = Self.packing(builder.operations, isOptional: false)
    neededPacking = needed.count
    packing = needed + Self.packing(builder.operations, isOptional: true)
    zeroLayers = Self.zeroLayers(builder.operations)
    inputValue = first
    outputValue = last
    outputGradient = gradient
    arenaPlan = Self.plan(
      builder, input: first, output: last, outputGradient: gradient, reusingMemory: reusingMemory)
    offsets = Buffer(arenaPlan.offsets.indices.map { [arenaPlan] in arenaPlan.offsets[builder.place(of: $0)] })
    counts = Buffer(builder.storageCounts)
  }

  /// Trained numbers, without padding.
  package var trainedCount: Int { tensors.reduce(0) { $0 + $1.count } }

  /// Floats of the statistics of all batch norms: means and variances.
  package var statisticsCount: Int { statistics.last?.variances.upperBound ?? 0 }

  /// Whether a microbatch's size changes the loss (Goyal et al. 2017, §3.1).
  package var hasBatchNorm: Bool { !statistics.isEmpty }

  /// Multiplications and additions of forward and backward for one sample.
  package var trainingFLOPs: Int { operations.reduce(0) { $0 + $1.forwardFLOPs + $1.backwardFLOPs } }

  /// The storage of the gradient of a network's last value, which has to be what the data wants.
  private static func requireOutput(_ last: Activation, outputs: Int) throws(ModelError) -> Int {
    guard last.shape.count == outputs else {
      throw ModelError(
        path: "model.layers",
        message: "the network gives \(last.shape) numbers a sample, but the data has \(outputs) outputs; "
          + "end it with a dense layer of \(outputs) units")
    }
    guard last.flattened == nil && (last.shape.pixels == 1 || last.shape.channels == 1) else {
      throw ModelError(
        path: "model.layers",
        message: "the network ends with an image of \(last.flattened ?? last.shape), whose numbers have no order as "
          + "outputs; end it with a dense layer of \(outputs) units")
    }
    guard let gradient = last.gradient else {
      throw ModelError(path: "model.layers", message: "nothing to train; add a dense, conv2d or batchNorm layer")
    }
    return gradient
  }

  private static func packing(
    _ operations: [any Operation], isOptional: Bool
  ) -> [(operation: Int, part: Int)] {
    operations.indices.filter { operations[$0].isPackingOptional == isOptional }.flatMap { index in
      (0..<operations[index].packingParts).map { (operation: index, part: $0) }
    }
  }

  private static func zeroLayers(_ operations: [any Operation]) -> [Int] {
    operations.indices.filter { (operations[$0] as? any ZeroSkippingOperation)?.zeroLayer != nil }
  }

  /// Pieces of work of packing weights, without or with those that only make backward passes faster.
  package func packingCount(transposing: Bool) -> Int { transposing ? packing.count : neededPacking }

  /// Does one of them: once a step, before any worker computes with the weights.
  package func pack(_ index: Int, weights: Floats, into packedWeights: Floats) {
    let (operation, part) = packing[index]
    operations[operation].pack(part: part, weights: weights, into: packedWeights)
  }

  /// A layer of the network as `plan` lists it.
  package struct LayerSummary: Sendable {
    /// What its tensors' names begin with; empty for layers without tensors.
    package var name: String
    package var kind: String
    /// [height, width, channels] of one sample, or [features].
    package var outputShape: [Int]
    /// Trained numbers.
    package var parameters: Int
    /// Multiplications and additions of one sample.
    package var forwardFLOPs: Int
    package var trainingFLOPs: Int
    /// How the passes are computed, where there is a choice.
    package var algorithms: String?
  }

  /// All operations, in order.
  package var layers: [LayerSummary] {
    operations.map { operation in
      let own = tensors.filter { operation.parameters.contains($0.range) }
      let shape = operation.outputShape
      return LayerSummary(
        name: own.first.map { String($0.name[..<($0.name.lastIndex(of: ".") ?? $0.name.endIndex)]) } ?? "",
        kind: operation.label,
        outputShape: shape.pixels == 1 ? [shape.channels] : [shape.height, shape.width, shape.channels],
        parameters: own.reduce(0) { $0 + $1.count }, forwardFLOPs: operation.forwardFLOPs,
        trainingFLOPs: operation.forwardFLOPs + operation.backwardFLOPs, algorithms: operation.algorithms)
    }
  }

  /// Every convolution, in order, for benchmarks.
  package var convolutionPlans: [ConvolutionPlan] { operations.compactMap { ($0 as? any ConvolvingOperation)?.plan } }
  /// Every dense layer, in order, for benchmarks.
  package var denseShapes: [DenseShape] { factoredOperations.map(\.shape) }

  /// The operations whose weights' gradient is a product of two factors.
  var factoredOperations: [any FactoredOperation] { operations.compactMap { $0 as? any FactoredOperation } }

  package func pass(
    _ mode: Pass.Mode, count: Int, in workspace: Workspace, weights: Floats, packedWeights: Floats,
    runningStatistics: Floats? = nil, gradient: Floats? = nil, statistics: Floats? = nil,
    factors: ShardFactors? = nil, isAccumulating: Bool = false, statisticsWeight: Double = 1,
    dropout: Philox? = nil, mixed: MixedLabels? = nil, step: Int = 0, firstSample: Int = 0
  ) -> Pass {
    let nothing = weights.prefix(0)
    return Pass(
      mode: mode, count: count, arena: workspace.arena.view, offsets: offsets.view, counts: counts.view,
      weights: weights, packedWeights: packedWeights, runningStatistics: runningStatistics ?? nothing,
      gradient: gradient ?? nothing, statistics: statistics ?? nothing, factors: factors, zeros: workspace.zeros,
      isAccumulating: isAccumulating, statisticsWeight: statisticsWeight, dropout: dropout, mixed: mixed,
      step: step, firstSample: firstSample)
  }

  /// The life of each storage: operation i is moment i forward and 2F − i backward; the loss is moment F.
  private static func plan(
    _ builder: NetworkBuilder, input: Activation, output: Activation, outputGradient: Int, reusingMemory: Bool
  ) -> ArenaPlan {
    var storages = builder.storageCounts.map { ArenaPlan.Storage(count: $0) }
    func use(_ named: Int, at moment: Int) {
      let storage = builder.place(of: named)
      storages[storage].first = min(storages[storage].first, moment)
      storages[storage].last = max(storages[storage].last, moment)
    }
    let lossMoment = builder.operations.count
    use(input.storage, at: -1)
    use(output.storage, at: lossMoment)
    use(outputGradient, at: lossMoment)
    for (index, operation) in builder.operations.enumerated() {
      for storage in operation.forwardUses { use(storage, at: index) }
      for storage in operation.backwardUses { use(storage, at: 2 * lossMoment - index) }
    }
    return ArenaPlan(storages, reusingMemory: reusingMemory)
  }
}

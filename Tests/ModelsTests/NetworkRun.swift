import Calendars
import Gradients
import Datasets
import Kernels
import Models
import TestSupport

/// The network of a ``NetworkCase`` with random weights and samples, and its reference over the same numbers.
struct NetworkRun {
  let network: Network
  let reference: ReferenceNetwork
  /// The whole batch; the shard is ``shard``.
  let samples: [ReferenceNetwork.Sample]
  let shard: Range<Int>
  let shape: ReferenceShape
  let state: NetworkState
  var weights: Buffer<Float> { state.parameters }
  let packedWeights: Buffer<Float>
  let workspace: Workspace
  private let source: TrainingSource
  private let batch: BatchPosition

  /// Draws weights and samples from the seed, γ of both signs included.
  init(_ test: NetworkCase, seed: UInt64, reusingMemory: Bool = true) throws {
    var generator = SeededGenerator(seed: seed)
    let network = try Self.network(test, reusingMemory: reusingMemory)
    var parameters: [String: [Float]] = [:]
    let initial = Dictionary(uniqueKeysWithValues: network.tensors.map { ($0.name, $0.initial) })
    for tensor in network.storedTensors {
      parameters[tensor.name] = Self.elements(tensor, initial[tensor.name], &generator)
    }
    let count = test.first + test.count
    let inputs = generator.floats(count * network.input.count)
    let labels = (0..<count).map { _ in Int32.random(in: 0..<Int32(test.outputs), using: &generator) }
    let targets = generator.floats(count * test.outputs)
    self.init(
      test, network, parameters: parameters, inputs: inputs, labels: labels, targets: targets, seed: seed)
  }

  /// The network with these parameters, by name in file order, and classes; running statistics are what they start from.
  init(_ test: NetworkCase, parameters: [String: [Float]], inputs: [Float], labels: [Int32]) throws {
    self.init(
      test, try Self.network(test), parameters: parameters, inputs: inputs, labels: labels,
      targets: [Float](repeating: 0, count: labels.count * test.outputs), seed: 1)
  }

  private static func network(_ test: NetworkCase, reusingMemory: Bool = true) throws -> Network {
    try Network(
      .layers(test.layers), loss: test.loss, input: FeatureShape(test.shape), outputs: test.outputs,
      microbatch: test.microbatch, reusingMemory: reusingMemory)
  }

  private init(
    _ test: NetworkCase, _ network: Network, parameters: [String: [Float]], inputs: [Float], labels: [Int32],
    targets: [Float], seed: UInt64
  ) {
    self.network = network
    shape = ReferenceShape(height: test.shape.height, width: test.shape.width, channels: test.shape.channels)
    shard = test.first..<test.first + test.count
    state = NetworkState(for: network)
    network.initialize(state, seed: seed)
    for tensor in network.storedTensors {
      if let elements = parameters[tensor.name] { tensor.setFileElements(elements, in: state.vector(of: tensor)) }
    }
    packedWeights = Buffer(count: network.packedCount)
    packedWeights.view.fill(with: .nan)
    for index in 0..<network.packingCount(transposing: true) {
      network.pack(index, weights: state.parameters.view, into: packedWeights.view)
    }

    let (count, width) = (shape.count, test.outputs)
    samples = (0..<shard.upperBound).map { index in
      ReferenceNetwork.Sample(
        input: inputs[index * count..<(index + 1) * count].map(Double.init), label: Int(labels[index]),
        targets: targets[index * width..<(index + 1) * width].map(Double.init))
    }
    let dataset = Dataset(
      name: "samples", shape: test.shape, samples: .floats(Buffer(inputs)),
      targets: test.loss == .meanSquaredError
        ? .values(Buffer(targets), width: width) : .classes(Buffer(labels), count: width))
    source = TrainingSource(
      order: TrainingOrder(
        count: shard.upperBound, batch: shard.upperBound, order: .sequential, lastBatch: .drop, seed: 0),
      gatherer: SampleGatherer(dataset), seed: seed)
    batch = BatchPosition(epoch: 0, step: 4, first: 0, count: shard.upperBound)
    workspace = Workspace(for: network)

    let masks = Self.masks(test.layers, samples: shard.upperBound, seed: seed, step: batch.step)
    reference = ReferenceNetwork(
      layers: test.layers, loss: test.loss, microbatch: test.microbatch,
      parameters: parameters.mapValues { $0.map(Double.init) },
      dropout: { layer, sample, element, _ in Double(masks[layer][sample * Self.maskWidth + element]) })
  }

  /// The run of the first seed whose loss is smooth within a small step.
  init(smooth test: NetworkCase) throws {
    for seed in 1...40 as ClosedRange<UInt64> {
      let run = try NetworkRun(test, seed: seed)
      if run.referenceResult().margin > 5e-5 {
        self = run
        return
      }
    }
    throw NoSmoothSeed(test: test.name)
  }

  /// The loss and the gradient of some samples of the batch, and the sums of their microbatches' statistics, from memory
  /// that held NaN.
  func gradient(of range: Range<Int>) -> (sum: LossSum, gradient: [Float], statistics: [Float]) {
    let gradient = Buffer<Float>(count: network.parameterCount)
    let statistics = Buffer<Float>(count: network.statisticsCount)
    gradient.view.fill(with: .nan)
    statistics.view.fill(with: .nan)
    workspace.fill(with: .nan)
    let sum = network.gradient(
      of: range, in: batch, from: source, weights: weights.view, packedWeights: packedWeights.view,
      into: ShardSums(gradient: gradient.view, statistics: statistics.view), workspace: workspace)
    return (sum, gradient.array(), statistics.array())
  }

  /// The loss, the gradient without factored weights, and the factors, from memory that held NaN.
  func factoredGradient(
    of range: Range<Int>, _ plan: FactoredGradients
  ) -> (sum: LossSum, gradient: [Float], factors: Buffer<Float>) {
    let gradient = Buffer<Float>(count: plan.gradientCount)
    let factors = Buffer<Float>(count: plan.count)
    return gradient.withView { gradient in
      gradient.fill(with: .nan)
      factors.view.fill(with: .nan)
      workspace.fill(with: .nan)
      let sum = network.gradient(
        of: range, in: batch, from: source, weights: weights.view, packedWeights: packedWeights.view,
        into: ShardSums(
          gradient: gradient, factors: ShardFactors(plan, in: factors.view, samples: range)), workspace: workspace)
      return (sum, gradient.array(), factors)
    }
  }

  /// The loss and the predictions of the shard's samples, by running statistics.
  func evaluation() -> (sum: LossSum, predictions: [Int32]) {
    var sum = LossSum()
    var predictions: [Int32] = []
    for start in stride(from: 0, to: shard.upperBound, by: network.microbatch) {
      let range = start..<min(start + network.microbatch, shard.upperBound)
      let part = Buffer<Int32>(count: network.loss == .meanSquaredError ? 0 : range.count)
      workspace.fill(with: .nan)
      sum += network.evaluate(
        range, of: source.gatherer, weights: weights.view, packedWeights: packedWeights.view,
        runningStatistics: state.statistics.view, predictions: part.view,
        workspace: workspace)
      predictions += part.array()
    }
    return (sum, predictions)
  }

  /// What the reference finds for the shard.
  func referenceResult() -> ReferenceNetwork.Result {
    reference.run(Array(samples[shard]), shape: shape, first: shard.lowerBound)
  }

  /// The tensor's elements in a flat vector, in file order.
  static func fileElements(of tensor: ParameterTensor, in vector: [Float]) -> [Float] {
    Buffer(vector).withView { tensor.fileElements(of: $0) }
  }

  /// - Parameter initial: what the tensor starts from; `nil` of running statistics.
  private static func elements(
    _ tensor: StoredTensor, _ initial: InitialValue?, _ generator: inout SeededGenerator
  ) -> [Float] {
    switch initial {
    case .normal, .uniform, .dirac, .whitening:
      let fanIn = tensor.fileShape.dropFirst().reduce(1, *)
      let bound = (6 / Float(fanIn)).squareRoot()
      return generator.floats(tensor.count, in: -bound...bound)
    case .constant(1):
      return generator.floats(tensor.count, in: 0.5...1.5).map { Bool.random(using: &generator) ? $0 : -$0 }
    case nil where tensor.name.hasSuffix("running_var"):
      return generator.floats(tensor.count, in: 0.5...1.5)
    case .constant, nil:
      return generator.floats(tensor.count, in: -0.5...0.5)
    }
  }

  /// Elements of a sample that a mask covers.
  private static let maskWidth = 512

  /// The factors of every dropout, [samples, maskWidth] each, by the function that defines them.
  private static func masks(_ layers: [LayerConfiguration], samples: Int, seed: UInt64, step: Int) -> [[Float]] {
    dropoutRates(layers).enumerated().map { layer, rate in
      let mask = Buffer<Float>(count: samples * maskWidth)
      mask.view.fill(with: 1)
      Elementwise.dropout(
        Matrix(mask.view, rows: samples, columns: maskWidth), rate: Float(rate),
        generator: Philox(seed: seed, purpose: .dropout), step: step, firstSample: 0, layer: layer)
      return mask.array()
    }
  }

  private static func dropoutRates(_ layers: [LayerConfiguration]) -> [Double] {
    layers.flatMap { layer in
      (layer.layer as? DropoutLayer).map { [$0.rate] } ?? dropoutRates(layer.layer.inner)
    }
  }
}

/// Every seed puts a ReLU or a maximum so close to a tie that a small step crosses it.
struct NoSmoothSeed: Error {
  let test: String
}

import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Synchronization
import Workers

/// A network with its weights: predicts, and is measured.
///
/// ```swift
/// let model = try TrainedModel(configuration, data: data, weights: "runs/digits/weights.safetensors")
/// let probabilities = try model.probabilities(of: pixels)
/// ```
///
/// Numbers to predict from are those of the data's files: they pass through the training set's normalisation first. Where
/// samples come from a source of the program's own, they are the numbers that it writes. Any number of threads may ask at once; a prediction is computed on the thread that asks.
public final class TrainedModel: Sendable {
  /// The config, with every default filled in.
  public let configuration: RunConfiguration
  private let data: DataSplits
  private let network: Network
  private let state: NetworkState
  private let packedWeights: Buffer<Float>
  /// Memory of predictions that are not going on.
  private let workspaces = Mutex<[Workspace]>([])

  /// A model with the weights of a safetensors file: a run's own, or a PyTorch `state_dict` with the same names.
  ///
  /// - Parameter data: what the weights were trained on; the normalisation follows from it.
  /// - Throws: ``RunError`` and ``ModelError`` where config and data do not fit, ``CheckpointError`` naming the tensors
  ///   that are missing or of another shape, ``BLASError`` if the system's BLAS cannot be used.
  public convenience init(_ configuration: RunConfiguration, data: DataSplits, weights path: String) throws {
    let plan = try RunPlan(configuration, splits: data, threads: 1)
    let state = NetworkState(for: plan.network)
    try plan.network.loadWeights(SafetensorsFile(path: LoadedWeights.file(path)), into: state)
    try self.init(plan, state)
  }

  /// The model of a run: what its evaluations measure, with the running statistics that they use.
  convenience init(_ trainer: Trainer) throws {
    let state = NetworkState(for: trainer.plan.network)
    for (tensor, stored) in zip(trainer.plan.network.storedTensors, trainer.tensorsForEvaluation()) {
      tensor.setFileElements(stored.elements, in: state.vector(of: tensor))
    }
    try self.init(trainer.plan, state)
  }

  private init(_ plan: RunPlan, _ state: NetworkState) throws {
    try BLASBuild.requireUsable()
    configuration = plan.configuration
    data = plan.splits
    network = plan.network
    self.state = state
    packedWeights = Buffer(count: plan.network.packedCount)
    for layer in 0..<network.packingCount {
      network.pack(layer, weights: state.parameters.view, into: packedWeights.view)
    }
  }

  /// The shape of a sample.
  public var shape: SampleShape { data.train.shape }

  /// The name of every class, by class number; empty for regression.
  public var classNames: [String] { data.train.classNames }

  /// Numbers that the network puts out for a sample: classes, or values to predict.
  public var outputs: Int { network.outputs }

  // MARK: Predicting

  /// The probability of every class, for each of some samples: the softmax of the network's outputs.
  ///
  /// - Parameter samples: `shape.count` numbers a sample, one sample after another: images as [height, width, channels].
  /// - Returns: a row a sample, with a number in 0…1 for each class.
  /// - Throws: ``PredictionError`` if the numbers are no whole number of samples, or the model predicts no classes.
  public func probabilities(of samples: [Float]) throws(PredictionError) -> [[Float]] {
    guard predictsClasses else {
      throw PredictionError(
        description: "the model was trained with meanSquaredError: it gives values(of:), no classes")
    }
    return try values(of: samples).map(Self.softmax)
  }

  /// The most probable class of each of some samples, the first of equals.
  ///
  /// - Throws: as ``probabilities(of:)``.
  public func classes(of samples: [Float]) throws(PredictionError) -> [Int] {
    try probabilities(of: samples).map { row in
      row.indices.dropFirst().reduce(0) { best, index in row[index] > row[best] ? index : best }
    }
  }

  /// The numbers that the network puts out for each of some samples: predicted values, or logits of classes.
  ///
  /// - Parameter samples: `shape.count` numbers a sample, one sample after another: images as [height, width, channels].
  /// - Throws: ``PredictionError`` if the numbers are no whole number of samples.
  public func values(of samples: [Float]) throws(PredictionError) -> [[Float]] {
    guard samples.count.isMultiple(of: shape.count) else {
      throw PredictionError(
        description: "found \(samples.count) numbers; allowed are \(shape.count) a sample of \(shape), or a multiple")
    }
    let count = samples.count / shape.count
    let inputs = Buffer<Float>(count: samples.count)
    data.writeInputs(samples, into: inputs.view)
    let results = Buffer<Float>(count: count * outputs)
    let workspace = workspaces.withLock { $0.popLast() } ?? Workspace(for: network)
    defer { workspaces.withLock { $0.append(workspace) } }
    for first in stride(from: 0, to: count, by: network.microbatch) {
      let end = min(first + network.microbatch, count)
      network.computeOutputs(
        of: inputs.view[first * shape.count..<end * shape.count], state: state, packedWeights: packedWeights.view,
        into: results.view[first * outputs..<end * outputs], workspace: workspace)
    }
    return (0..<count).map { results.view[$0 * outputs..<($0 + 1) * outputs].array() }
  }

  private var predictsClasses: Bool { configuration.loss != .meanSquaredError && !classNames.isEmpty }

  /// exp(zᵢ) ÷ Σ exp(zⱼ), in double precision.
  private static func softmax(_ logits: [Float]) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp(Double($0 - largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  // MARK: Measuring

  /// Loss and accuracy on the test set.
  ///
  /// - Parameter threads: workers; the result does not depend on their number.
  public func evaluate(threads: Int = 1) -> Evaluation {
    let pool = WorkerPool(threads: threads)
    let evaluator = Evaluator(network, gatherer: SampleGatherer(data.test), pool: pool)
    return evaluator.evaluate(
      state, packedWeights: packedWeights.view, workspaces: (0..<threads).map { _ in Workspace(for: network) })
  }

  /// Writes the weights as a safetensors file with PyTorch's names and layouts.
  ///
  /// - Throws: ``CheckpointError`` if the file cannot be written.
  public func writeWeights(to path: String) throws {
    try SafetensorsFile.write(network.fileTensors(state), metadata: ["format": "pt"], to: path)
  }
}

import Checkpoints
import Configuration
import Coordinator
import Datasets
import Exporters
import Foundation
import Kernels
import Models
import Synchronization
import Workers

/// A network with its weights: predicts, and is measured.
///
/// ```swift
/// let model = try TrainedModel(contentsOf: "runs/digits/weights.safetensors")
/// let probabilities = try model.probabilities(of: pixels)
/// ```
///
/// Numbers to predict from are those of the data's files: they pass through the training set's normalisation first. Where
/// samples come from a source of the program's own, they are the numbers that it writes. Any number of threads may ask at once; a prediction is computed on the thread that asks.
public final class TrainedModel: Sendable {
  /// The config, with every default filled in.
  public var configuration: RunConfiguration { model.configuration }
  /// The shape of a sample.
  public let shape: SampleShape
  private let model: Model
  /// How numbers become inputs; `nil` for samples of a program's own, which are inputs already.
  private let preprocessing: Preprocessing?
  private let answers: AnswerForm
  /// What ``evaluate(threads:)`` measures on.
  private let test: (any SampleSource)?
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
    let model = try Model(
      plan.network, state, configuration: plan.configuration, preprocessing: data.preprocessing)
    self.init(model, data: data)
  }

  /// The model in a file that a run has left: `weights.safetensors`, or a checkpoint. The file says all that it takes to
  /// use it, so neither config nor data are needed.
  ///
  /// - Throws: ``CheckpointError`` where the file is damaged or does not say of what model its weights are.
  public convenience init(contentsOf path: String) throws {
    let model = try Model(file: LoadedWeights.file(path))
    guard let preprocessing = model.preprocessing else { preconditionFailure("a file's model without preprocessing") }
    self.init(model, shape: preprocessing.shape, answers: preprocessing.answers, test: nil)
  }

  /// The model of a run: what its evaluations measure, with the running statistics that they use.
  convenience init(_ trainer: Trainer) throws {
    self.init(try Model(trainer), data: trainer.plan.splits)
  }

  private convenience init(_ model: Model, data: DataSplits) {
    self.init(model, shape: data.train.shape, answers: data.answers, test: data.test)
  }

  private init(_ model: Model, shape: SampleShape, answers: AnswerForm, test: (any SampleSource)?) {
    self.model = model
    self.shape = shape
    self.answers = answers
    self.test = test
    preprocessing = model.preprocessing
  }

  /// The name of every class, by class number; empty for regression.
  public var classNames: [String] {
    if case .classes(let names) = answers { names } else { [] }
  }

  /// Numbers that the network puts out for a sample: classes, or values to predict.
  public var outputs: Int { model.network.outputs }

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
    return try networkOutputs(of: samples).map { Softmax.probabilities($0).map { Float($0) } }
  }

  /// The most probable class of each of some samples, the first of equals.
  ///
  /// - Throws: as ``probabilities(of:)``.
  public func classes(of samples: [Float]) throws(PredictionError) -> [Int] {
    try probabilities(of: samples).map { row in
      row.indices.dropFirst().reduce(0) { best, index in row[index] > row[best] ? index : best }
    }
  }

  /// What the network says of each of some samples: predicted numbers in the units of the data, or logits of classes.
  ///
  /// - Parameter samples: `shape.count` numbers a sample, one sample after another: images as [height, width, channels].
  /// - Throws: ``PredictionError`` if the numbers are no whole number of samples.
  public func values(of samples: [Float]) throws(PredictionError) -> [[Float]] {
    let rows = try networkOutputs(of: samples)
    guard case .values(let scale) = answers, !scale.isIdentity else { return rows }
    return rows.map { row in row.indices.map { Float(scale.number(row[$0], index: $0)) } }
  }

  private func networkOutputs(of samples: [Float]) throws(PredictionError) -> [[Float]] {
    guard samples.count.isMultiple(of: shape.count) else {
      throw PredictionError(
        description: "found \(samples.count) numbers; allowed are \(shape.count) a sample of \(shape), or a multiple")
    }
    let count = samples.count / shape.count
    let inputs = Buffer<Float>(count: samples.count)
    if let preprocessing {
      preprocessing.scale.write(samples.map(Double.init), into: inputs.view)
    } else {
      inputs.view.copy(from: samples)
    }
    let network = model.network
    let results = Buffer<Float>(count: count * outputs)
    let workspace = workspaces.withLock { $0.popLast() } ?? Workspace(for: network)
    defer { workspaces.withLock { $0.append(workspace) } }
    for first in stride(from: 0, to: count, by: network.microbatch) {
      let end = min(first + network.microbatch, count)
      model.computeOutputs(
        of: inputs.view[first * shape.count..<end * shape.count], into: results.view[first * outputs..<end * outputs],
        workspace: workspace)
    }
    return (0..<count).map { results.view[$0 * outputs..<($0 + 1) * outputs].array() }
  }

  private var predictsClasses: Bool { configuration.loss != .meanSquaredError && !classNames.isEmpty }

  // MARK: Measuring

  /// Loss and accuracy on the test set that the model was made with, which one from a file alone has not.
  ///
  /// - Parameter threads: workers; the result does not depend on their number.
  public func evaluate(threads: Int = 1) -> Evaluation {
    guard let test else {
      preconditionFailure("a model from a file alone has no test set; evaluate(on:threads:) measures it on one")
    }
    return evaluate(on: test, threads: threads)
  }

  /// Loss and accuracy on other samples, which are inputs of the network already, with numbers to predict as training
  /// saw them: a ``DataSplits``' own.
  ///
  /// - Parameter threads: workers; the result does not depend on their number.
  public func evaluate(on samples: any SampleSource, threads: Int = 1) -> Evaluation {
    precondition(
      samples.shape == shape && samples.outputs == outputs,
      "samples of \(samples.shape) and \(samples.outputs) outputs for a model of \(shape) and \(outputs)")
    let pool = WorkerPool(threads: threads)
    var targetScale: TargetScale?
    if case .values(let scale) = answers { targetScale = scale }
    let evaluator = Evaluator(
      model.network, gatherer: SampleGatherer(samples), targetScale: targetScale,
      views: model.configuration.evaluate.sampleViews, pool: pool)
    return evaluator.evaluate(
      model.state, packedWeights: model.packedWeights.view,
      workspaces: (0..<pool.threads).map { _ in Workspace(for: model.network) })
  }

  /// Writes the model as a safetensors file with PyTorch's names and layouts, and all that it takes to use it.
  ///
  /// - Throws: ``CheckpointError`` if the file cannot be written.
  public func writeWeights(to path: String) throws {
    try SafetensorsFile.write(
      model.network.fileTensors(model.state),
      metadata: ModelMetadata(configuration: configuration, preprocessing: preprocessing).entries, to: path)
  }

  /// Writes the model for another program, such as ONNX Runtime, PyTorch or NumPy; what stands there is replaced.
  ///
  /// ```swift
  /// try model.export(to: "digits.onnx", format: .onnx)
  /// ```
  ///
  /// What is written normalises by itself: it takes the numbers that ``probabilities(of:)`` takes, images as
  /// [channels, height, width], and agrees with it to 1e-5.
  ///
  /// - Parameter path: of the file to write; ``ExportFormat/pytorch`` writes its weights beside it, with the ending
  ///   `.safetensors`.
  /// - Returns: the files, the one to name first.
  /// - Throws: ``CheckpointError`` if a file cannot be written, ``ModelError`` naming a layer whose kind does not say how it
  ///   is written (``Layer/describe(in:at:)``), ``ExportError`` where the form has no room for the model.
  @discardableResult
  public func export(to path: String, format: ExportFormat) throws -> [String] {
    try format.exporter.write(model, to: path)
  }
}

import Checkpoints
import Configuration
import Datasets
import Gradients
import Kernels
import Models

/// A trained network with all that it takes to use it.
package final class Model: Sendable {
  /// The config that it was trained with.
  package let configuration: RunConfiguration
  /// How data become inputs, and outputs answers; `nil` where samples came from a source of a program's own.
  package let preprocessing: Preprocessing?
  package let network: Network
  package let state: NetworkState
  /// What layers made of the weights for their kernels.
  package let packedWeights: Buffer<Float>

  /// A network with its numbers, which nobody changes any more.
  package init(
    _ network: Network, _ state: NetworkState, configuration: RunConfiguration, preprocessing: Preprocessing?
  ) throws {
    try BLASBuild.requireUsable()
    self.network = network
    self.state = state
    self.configuration = configuration
    self.preprocessing = preprocessing
    packedWeights = Buffer(count: network.packedCount)
    for layer in 0..<network.packingCount(transposing: false) {
      network.pack(layer, weights: state.parameters.view, into: packedWeights.view)
    }
  }

  /// The model in a file that a run has written: `weights.safetensors` or a checkpoint.
  ///
  /// - Throws: ``CheckpointError`` where the file is damaged or does not say what it holds.
  package convenience init(file path: String) throws {
    try self.init(SafetensorsFile(path: path))
  }

  /// The model in an open file.
  package convenience init(_ file: SafetensorsFile) throws {
    let metadata = try ModelMetadata(of: file)
    guard let preprocessing = metadata.preprocessing else {
      throw CheckpointError(
        path: file.path,
        found:
          "no isotherm.preprocessing in its metadata: the model was trained on samples of a program's own, or by an "
          + "older version",
        allowed: "a model that was trained on data of a config",
        remedy: "name the config as well: CONFIG --weights FILE")
    }
    var configuration = metadata.configuration
    let isClassification = if case .classes = preprocessing.answers { true } else { false }
    configuration.loss = configuration.loss.resolved(isClassification: isClassification)
    let network = try Network(
      configuration.model, loss: configuration.loss, input: FeatureShape(preprocessing.shape),
      outputs: preprocessing.answers.outputs, microbatch: configuration.batch.microbatch ?? 32,
      convolution: configuration.convolution, zeros: configuration.zeros, arithmetic: configuration.arithmetic,
      background: preprocessing.scale.background,
      transposes: false)
    let state = NetworkState(for: network)
    try network.load(file, into: state)
    try self.init(network, state, configuration: configuration, preprocessing: preprocessing)
  }

  /// The model of a run: what its evaluations measure, with the running statistics that they use.
  package convenience init(_ trainer: Trainer) throws {
    let plan = trainer.plan
    let state = NetworkState(for: plan.network)
    for (tensor, stored) in zip(plan.network.storedTensors, trainer.tensorsForEvaluation()) {
      tensor.setFileElements(stored.elements, in: state.vector(of: tensor))
    }
    try self.init(
      plan.network, state, configuration: plan.configuration, preprocessing: plan.splits.preprocessing)
  }

  /// Whether outputs are logits of classes, rather than numbers.
  package var predictsClasses: Bool {
    guard case .classes? = preprocessing?.answers else { return false }
    return network.loss != .meanSquaredError
  }

  /// The outputs of up to n samples that are already normalised, averaged over the views that the config's evaluations take.
  ///
  /// - Parameters:
  ///   - inputs: [samples, …input].
  ///   - outputs: receives [samples, outputs].
  package func computeOutputs(of inputs: Floats, into outputs: Floats, workspace: Workspace) {
    network.computeOutputs(
      of: inputs, views: configuration.evaluate.sampleViews, state: state, packedWeights: packedWeights.view,
      into: outputs, workspace: workspace)
  }

  /// What the network computes, in functions that other programs know.
  ///
  /// - Throws: ``ModelError`` naming a layer whose kind does not say how it is written for other programs.
  package func graph() throws(ModelError) -> NetworkGraph {
    let isImage = preprocessing?.shape.isImage ?? (network.input.pixels > 1)
    return try configuration.model.graph(
      input: isImage ? .image(network.input) : .vector(network.input.count), outputs: network.outputs)
  }
}

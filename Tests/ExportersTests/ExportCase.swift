import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import TestSupport
import Testing

/// A model whose exported forms are held against its own predictions, with numbers that show every mistake: weights,
/// scales and running statistics are all random, and no two alike.
struct ExportCase: Sendable, CustomTestStringConvertible {
  /// Also what its files are called.
  let name: String
  var model: ModelConfiguration
  var shape: SampleShape
  var answers = AnswerForm.classes(names: ["a", "b", "c"])
  var loss = LossConfiguration.crossEntropy(labelSmoothing: 0)
  var samples = 5
  /// Range of the scales γ of normalisations: small ones keep the outputs of a hundred residual blocks in bounds.
  var gamma: ClosedRange<Float> = 0.6...1.4
  /// How the file's numbers become inputs; `nil` for a random scale.
  var scale: InputScale?
  /// Whether inputs are what the network takes, and the model does not know where they come from.
  var isOfProgram = false
  /// Numbers of the file; `nil` for random ones.
  var numbers: [Double]?

  var testDescription: String { name }

  init(_ name: String, _ model: ModelConfiguration, _ shape: SampleShape) {
    self.name = name
    self.model = model
    self.shape = shape
  }

  /// The case with changes.
  func with(_ change: (inout ExportCase) -> Void) -> ExportCase {
    var copy = self
    change(&copy)
    return copy
  }

  /// Numbers as a file has them, in the order of the file: images as [samples, channels, height, width].
  func fileNumbers() -> [Double] {
    if let numbers { return numbers }
    var generator = SeededGenerator(seed: 5)
    return shape.isImage
      ? (0..<samples * shape.count).map { _ in Double(Int.random(in: 0...255, using: &generator)) }
      : (0..<samples * shape.count).map { _ in Double(Float.random(in: -3...3, using: &generator)) }
  }

  private func preprocessing() -> Preprocessing {
    var generator = SeededGenerator(seed: 6)
    let channels = shape.channels
    var scale =
      shape.isImage
      ? InputScale(
        scale: generator.floats(channels, in: 0.012...0.02), shift: generator.floats(channels, in: -2.4...(-1.2)))
      : InputScale(scale: generator.floats(channels, in: 0.5...1.5), shift: generator.floats(channels, in: -0.3...0.3))
    if isOfProgram { scale = .identity(channels: channels) }
    return Preprocessing(
      shape: shape, input: .numbers(NumberForm(isChannelsFirst: true)), scale: self.scale ?? scale, answers: answers)
  }

  /// The model as it leaves, and the one that predicts, which differ where a program's own samples say nothing of
  /// themselves.
  func models() throws -> (exported: Model, predicting: Model) {
    var configuration = RunConfiguration(name: name, data: DataConfiguration(source: .digits), model: model)
    configuration.loss = loss
    // Not a divisor of the samples.
    let network = try Network(
      model, loss: loss, input: FeatureShape(height: shape.height, width: shape.width, channels: shape.channels),
      outputs: answers.outputs, microbatch: 2)
    let state = NetworkState(for: network)
    randomize(network, state)
    let predicting = try Model(network, state, configuration: configuration, preprocessing: preprocessing())
    try spread(predicting)
    let model = try Model(network, state, configuration: configuration, preprocessing: preprocessing())
    guard isOfProgram else { return (model, model) }
    return (try Model(network, state, configuration: configuration, preprocessing: nil), model)
  }

  /// Weights as training begins with them; biases, scales and running statistics at random.
  private func randomize(_ network: Network, _ state: NetworkState) {
    network.initialize(state, seed: 11)
    var generator = SeededGenerator(seed: 12)
    let constants = Set(
      network.tensors.filter { if case .constant = $0.initial { true } else { false } }.map(\.name))
    for tensor in network.storedTensors {
      let range: ClosedRange<Float>
      if tensor.name.hasSuffix(".running_var") {
        range = 0.6...1.6
      } else if tensor.name.hasSuffix(".running_mean") {
        range = -0.3...0.3
      } else if constants.contains(tensor.name) {
        range = tensor.name.hasSuffix(".weight") ? gamma : -0.2...0.2
      } else {
        continue
      }
      tensor.setFileElements(generator.floats(tensor.count, in: range), in: state.vector(of: tensor))
    }
  }

  /// Scales the last layer's weights so that outputs differ by about 1: probabilities of 0 and 1 would hide mistakes.
  private func spread(_ model: Model) throws {
    guard let last = model.network.tensors.last(where: { if case .normal = $0.initial { true } else { false } })
    else { return }
    let found: [Float] = try withTemporaryFolder { folder in try outputs(of: model, in: folder) }
    let count = Float(found.count)
    let mean = found.reduce(0, +) / count
    let squares: Float = found.reduce(0) { sum, output in sum + (output - mean) * (output - mean) }
    let factor = 1 / max((squares / count).squareRoot(), 1e-6)
    last.stored.setFileElements(
      model.state.fileElements(of: last.stored).map { $0 * factor }, in: model.state.vector(of: last.stored))
  }

  /// The network's outputs, as predict computes them of the file.
  func outputs(of model: Model, in folder: URL) throws -> [Float] {
    let path = folder.appendingPathComponent(name + ".input.npy").path
    try writeInput(to: path)
    var outputs: [Float] = []
    try Predictor(model, threads: 1).predict(.path(path)) { predictions in
      let failure = predictions.failures.first
      #expect(failure == nil)
      outputs += predictions.outputs
    }
    return outputs
  }

  private func writeInput(to path: String) throws {
    let sizes = shape.isImage ? [shape.channels, shape.height, shape.width] : [shape.count]
    try NPYFile.write(fileNumbers(), [samples] + sizes, to: path, isDouble: scale?.stored != nil)
  }
}

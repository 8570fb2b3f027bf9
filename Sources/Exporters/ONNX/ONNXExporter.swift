import Checkpoints
import Coordinator
import Datasets
import Foundation
import JSON
import Models
import Protobufs
import Records

/// The network as an ONNX graph: normalisation before it, softmax or the data's units behind it, class names, config and
/// preprocessing in its metadata.
///
/// Input `input`, with any number of samples (`batch`); outputs `probabilities` and `logits`, or `values`. Operators are
/// those of version 17, which ONNX Runtime knows from 1.12 on.
struct ONNXExporter: Exporter {
  var about: String { "a network for ONNX Runtime and others; normalisation and class names inside" }
  var fileExtension: String { "onnx" }

  /// The operators' version, and that of the representation that goes with it.
  private static let operators: Int64 = 17
  private static let representation: Int64 = 8

  func write(_ model: Model, to path: String) throws -> [String] {
    let description = try ModelDescription(model)
    try Self.requireRoom(model, path: path)
    var graph = ONNXGraphWriter(model)
    let input = graph.normalized("input", description)
    graph.append(description.graph.steps, to: input)
    graph.appendAnswers(description)
    try AtomicFile.write(Self.file(graph.graph(description), description).fileBytes(), to: path)
    return [path]
  }

  func usage(_ files: [String], of model: Model) -> String {
    "onnxruntime.InferenceSession(\"\(files[0])\").run(None, {\"input\": x})"
  }

  /// A message holds at most 2 GiB.
  private static func requireRoom(_ model: Model, path: String) throws(ExportError) {
    let bytes = model.network.storedTensors.reduce(0) { $0 + 4 * $1.count }
    let most = ONNXModel.mostBytes - (16 << 20)
    guard bytes > most else { return }
    throw ExportError(
      path: path,
      message: "the model has \(bytes) bytes of weights, and an ONNX file holds at most \(most); "
        + "export safetensors or pytorch")
  }

  private static func file(_ graph: ONNXGraph, _ description: ModelDescription) -> ONNXModel {
    var model = ONNXModel()
    model.irVersion = representation
    model.producerName = "Isotherm"
    model.producerVersion = IsothermVersion.current
    model.docString = explanation(description)
    model.graph = graph
    var set = ONNXOperatorSet()
    set.version = operators
    model.opsetImport = [set]
    let texts = description.metadata.merging(description.namesAsJSON) { $1 }
    model.metadataProps = texts.sorted { $0.key < $1.key }.map { key, text in
      var entry = ONNXEntry()
      entry.key = key
      entry.value = text
      return entry
    }
    return model
  }

  private static func explanation(_ description: ModelDescription) -> String {
    let outputs =
      switch description.answers {
      case .classes(nil): "probabilities and logits, [samples, \(description.outputs)]"
      case .classes: "probabilities and logits, [samples, \(description.outputs)], of the classes in the metadata"
      case .values(_, nil): "values, [samples, \(description.outputs)]"
      case .values: "values in the data's units, [samples, \(description.outputs)]"
      }
    let input = "input: \(description.inputInWords)"
    let names = description.inputNames == nil ? "" : " (the metadata's \"inputs\" names them)"
    return "\(description.name). \(input)\(names). Outputs: \(outputs)."
  }
}

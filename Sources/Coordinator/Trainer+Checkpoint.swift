import Checkpoints
import Configuration
import Kernels
import Models
import Optimizers
import Records

extension Trainer {
  /// SHA-256 over all parameters and running statistics, in name order, as little-endian float32 in file layout.
  public var weightsSHA256: String { SHA256Digest.hex(of: plan.network.fileTensors(engine.weights.view)) }

  /// Takes weights from a safetensors file: this program's, or a PyTorch `state_dict` with the same names.
  ///
  /// - Throws: `CheckpointError` naming the tensors that are missing or of another shape.
  /// - Parameter prefix: what stands before the tensors' names in the file.
  public func loadWeights(from path: String, prefix: String = "") throws {
    try plan.network.load(try SafetensorsFile(path: path), prefix: prefix, into: engine.weights.view)
  }

  /// All parameters and running statistics in the order of layers, each in file layout.
  public func tensorsInFileLayout() -> [(name: String, elements: [Float])] {
    plan.network.tensors.map { ($0.name, $0.fileElements(of: engine.weights.view)) }
  }

  /// All elements of ``tensorsInFileLayout()``, one after the other.
  public var fileWeights: [Float] { tensorsInFileLayout().flatMap(\.elements) }

  /// Weights, running statistics and optimizer state, under PyTorch's names; state vectors as `momentum.NAME`.
  func checkpointTensors() -> [SafetensorsTensor] {
    plan.network.fileTensors(engine.weights.view)
      + zip(plan.update.stateNames, engine.state).flatMap { name, vector in
        plan.network.fileTensors(vector.view, prefix: name + ".", trainedOnly: true)
      }
  }
}

extension Network {
  /// The tensors of a flat vector, as files hold them.
  func fileTensors(_ vector: Floats, prefix: String = "", trainedOnly: Bool = false) -> [SafetensorsTensor] {
    tensors.filter { $0.isTrained || !trainedOnly }.map { tensor in
      SafetensorsTensor(prefix + tensor.name, shape: tensor.fileShape) { elements in
        tensor.copyFileElements(of: vector, to: elements)
      }
    }
  }

  /// Fills a flat vector from a file; tensors that the network does not know are left aside.
  func load(
    _ file: SafetensorsFile, prefix: String = "", trainedOnly: Bool = false, into vector: Floats
  ) throws(CheckpointError) {
    var problems: [String] = []
    for tensor in tensors where tensor.isTrained || !trainedOnly {
      let name = prefix + tensor.name
      guard let entry = file.entry(name) else {
        problems.append("\(name) is missing")
        continue
      }
      if entry.shape != tensor.fileShape {
        problems.append("\(name) has shape \(entry.shape), the model's is \(tensor.fileShape)")
        continue
      }
      tensor.setFileElements(try file.floats(name), in: vector)
    }
    guard problems.isEmpty else {
      let shown = problems.prefix(5).joined(separator: "; ")
      throw CheckpointError(
        path: file.path, found: shown + (problems.count > 5 ? "; and \(problems.count - 5) more" : ""),
        remedy: "give weights of this very model, or change the model in the config")
    }
  }
}

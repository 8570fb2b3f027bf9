import Checkpoints
import Coordinator
import Datasets
import Foundation

/// A Python file with the network as a PyTorch module, which normalises, loads its weights and predicts; the weights lie
/// beside it as a safetensors file.
struct PyTorchExporter: Exporter {
  var about: String { "a Python file with the module, which normalises, and its weights beside it" }
  var fileExtension: String { "py" }

  func write(_ model: Model, to path: String) throws -> [String] {
    let files = files(for: path)
    let names = files.map { URL(fileURLWithPath: $0).lastPathComponent }
    let stem = names[0].hasSuffix(".py") ? String(names[0].dropLast(3)) : names[0]
    guard !PythonText.knownModules.contains(stem) else {
      throw ExportError(
        path: path,
        message: "a file of this name hides the module \(stem) from itself and from PyTorch; choose another name")
    }
    // First the text, which not every model has; the file that needs the other comes last.
    let text = try PyTorchProgram(ModelDescription(model), file: names[0]).text(weights: names[1])
    _ = try SafetensorsExporter().write(model, to: files[1])
    try AtomicFile.write(text, to: path)
    return files
  }

  func files(for path: String) -> [String] {
    let stem = path.hasSuffix(".py") ? String(path.dropLast(3)) : path
    return [path, stem + ".safetensors"]
  }

  func usage(_ files: [String], of model: Model) -> String {
    let isOfTable = if case .table? = model.preprocessing?.input { true } else { false }
    return "python \(PythonText.shellWord(files[0])) \(isOfTable ? "table.csv" : "input.npy")"
  }

  func fileName(_ name: String) -> String { Self.shortened(PythonText.moduleName(name)) }
}

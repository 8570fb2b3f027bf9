import Coordinator

/// A form in which a model can leave: one file a form, and a case of ``ExportFormat``.
package protocol Exporter: Sendable {
  /// One line for help.
  var about: String { get }
  /// What file names of this form end with, without the dot.
  var fileExtension: String { get }

  /// Writes the model to one or several files, each of which is there when it is whole; what stood there is replaced.
  ///
  /// - Parameter path: of the file to name first; others lie beside it.
  /// - Returns: the files, the one to name first.
  /// - Throws: `CheckpointError` where a file cannot be written, `ModelError` naming a layer that the form has no words
  ///   for, ``ExportError`` where it has no room for the model.
  func write(_ model: Model, to path: String) throws -> [String]

  /// The files that ``write(_:to:)`` writes.
  func files(for path: String) -> [String]
  /// How what was written is used: a command or a line of a program.
  func usage(_ files: [String], of model: Model) -> String
  /// A run's name as a name of a file, without its ending.
  func fileName(_ name: String) -> String
}

extension Exporter {
  package func files(for path: String) -> [String] { [path] }

  package func fileName(_ name: String) -> String {
    let name = name.replacing("/", with: "-")
    return Self.shortened(name.isEmpty || name.hasPrefix(".") ? "model" + name : name)
  }

  /// A part of a name that leaves room for an ending in the 255 bytes that a file system allows.
  static func shortened(_ name: String) -> String {
    var short = ""
    for character in name where short.utf8.count + character.utf8.count <= 200 { short.append(character) }
    return short
  }
}

/// The forms in which a model can leave Isotherm.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// The model's own file: weights with PyTorch's names and layouts, and all that Isotherm takes to use it.
  case safetensors
  /// Arrays for NumPy.
  case npz
  /// A network for ONNX Runtime and others, normalisation and class names inside.
  case onnx
  /// A Python file with the module, and its weights beside it.
  case pytorch

  /// Who writes it.
  package var exporter: any Exporter {
    switch self {
    case .safetensors: SafetensorsExporter()
    case .npz: NPZExporter()
    case .onnx: ONNXExporter()
    case .pytorch: PyTorchExporter()
    }
  }
}

/// Why a model cannot be written in some form.
public struct ExportError: Error, Equatable, CustomStringConvertible {
  /// The file that was to be written.
  public let path: String
  /// What was found, what is allowed, what to do.
  public let message: String

  package init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  public var description: String { "\(path): \(message)" }
}

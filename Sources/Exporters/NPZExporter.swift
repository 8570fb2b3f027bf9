import Checkpoints
import Coordinator
import Datasets
import Foundation
import JSON
import Kernels
import Models

/// Arrays for NumPy: every tensor under its name, and config, preprocessing and names of classes as JSON texts.
///
/// Entries are stored as they are, so that whoever maps the file finds the numbers. The archive is made in memory, which
/// holds the weights three times for a moment.
struct NPZExporter: Exporter {
  var about: String { "arrays for numpy.load, with PyTorch's names and layouts" }
  var fileExtension: String { "npz" }

  func write(_ model: Model, to path: String) throws -> [String] {
    var entries: [(name: String, bytes: [UInt8])] = []
    for tensor in model.network.storedTensors {
      let elements = Buffer(model.state.fileElements(of: tensor))
      entries.append(
        (tensor.name + ".npy", NPYArray.header("<f4", shape: tensor.fileShape) + elements.view.byteArray()))
    }
    for (key, text) in texts(model).sorted(by: { $0.key < $1.key }) {
      entries.append((key + ".npy", NPYArray.text(text)))
    }
    try AtomicFile.write(ZipWriter.archive(entries, for: path), to: path)
    return [path]
  }

  func usage(_ files: [String], of model: Model) -> String {
    "numpy.load(\"\(files[0])\")[\"NAME\"] is an array of the state_dict"
  }

  private func texts(_ model: Model) -> [String: String] {
    var texts = model.metadata.entries
    texts["format"] = nil
    switch model.preprocessing?.answers {
    case .classes(let names)?: texts["classes"] = JSONText.line(names)
    case .values(let scale)?: texts["values"] = JSONText.line(scale.names)
    case nil: break
    }
    return texts
  }
}

/// Arrays as NumPy stores them (NEP 1, version 1.0).
package enum NPYArray {
  /// What stands before the elements: their type and the shape, padded to a multiple of 64 bytes.
  package static func header(_ type: String, shape: [Int]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let prefix = 10
    while (prefix + text.utf8.count + 1) % 64 != 0 { text += " " }
    text += "\n"
    let length = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }

  /// An array without dimensions that holds a text: four bytes a character.
  static func text(_ text: String) -> [UInt8] {
    let scalars = text.unicodeScalars
    // NumPy has no text of no characters.
    var bytes = header("<U\(max(1, scalars.count))", shape: [])
    for scalar in scalars { bytes += (0..<4).map { UInt8(truncatingIfNeeded: scalar.value >> (8 * $0)) } }
    return scalars.isEmpty ? bytes + [0, 0, 0, 0] : bytes
  }
}

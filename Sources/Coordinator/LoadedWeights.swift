import Checkpoints
import Foundation
import Models
import Records

/// What was taken from a file of weights.
package struct LoadedWeights: Sendable {
  /// The file that was read.
  package let path: String
  /// What stands before the tensors' names in it; see `WeightNames`.
  package let prefix: String
  /// Names of the model's tensors that were taken, in the order of layers.
  package let taken: [String]
  /// Names of those that were left as they were, each with the reason.
  package let left: [(name: String, reason: String)]
  /// How many of those taken are in double precision there, and were rounded.
  package let rounded: Int

  /// What a user should know of it.
  package var notes: [String] {
    var notes: [String] = []
    if !prefix.isEmpty { notes.append("\(path): '\(prefix)' is taken off the names of its tensors") }
    if rounded > 0 {
      notes.append("\(path): \(rounded) tensors in double precision (F64) are rounded to single precision")
    }
    if !left.isEmpty {
      let shown = left.prefix(5).map { "\($0.name) (\($0.reason))" }.joined(separator: ", ")
      notes.append(
        "\(path): \(taken.count) of \(taken.count + left.count) tensors taken; left at their initial values: \(shown)"
          + (left.count > 5 ? " and \(left.count - 5) more" : ""))
    }
    return notes
  }

  /// The file of weights that a path means: itself, or `weights.safetensors` in a run directory.
  package static func file(_ path: String) throws(CheckpointError) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return path }
    let file = (path.hasSuffix("/") ? String(path.dropLast()) : path) + "/" + RunRecord.FileName.weights
    guard FileManager.default.fileExists(atPath: file) else {
      throw CheckpointError(
        path: path, found: "a folder without \(RunRecord.FileName.weights)",
        allowed: "a safetensors file, or the directory of a run that has ended",
        remedy: "Name one of the files in its \(RunRecord.FileName.checkpoints), if there are any")
    }
    return file
  }
}

extension Network {
  /// Takes weights and running statistics from a file: this program's, or a PyTorch `state_dict` with the same names.
  ///
  /// Tensors that the network does not know are left aside, whatever their type: `num_batches_tracked`, for one.
  ///
  /// - Parameters:
  ///   - isPartial: takes the tensors whose names and shapes match, and leaves the others as they are.
  ///   - remedy: what to do where tensors are missing or of another shape.
  /// - Throws: `CheckpointError` naming the tensors that are missing or of another shape, or where none matches.
  @discardableResult
  package func loadWeights(
    _ file: SafetensorsFile, into state: NetworkState, isPartial: Bool = false, remedy: String = Network.sameModel
  ) throws(CheckpointError) -> LoadedWeights {
    let match = try WeightMatch(file, storedTensors, isPartial: isPartial, remedy: remedy)
    for (tensor, entry) in match.matching {
      tensor.setFileElements(try file.floats(entry.name), in: state.vector(of: tensor))
    }
    return LoadedWeights(
      path: file.path, prefix: match.prefix, taken: match.matching.map(\.tensor.name), left: match.left,
      rounded: match.matching.count { $0.entry.type == .float64 })
  }

  /// What to do about weights of another model.
  package static var sameModel: String { "Give weights of this very model, or change the model in the config" }
}

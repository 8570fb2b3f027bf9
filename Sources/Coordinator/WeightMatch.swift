import Checkpoints
import Models

/// Which tensors of a file a network takes.
struct WeightMatch {
  /// What stands before the names in the file.
  let prefix: String
  /// The network's tensors that the file has in their shapes.
  let matching: [(tensor: StoredTensor, entry: SafetensorsEntry)]
  /// The others, each with what is the matter.
  let left: [(name: String, reason: String)]

  /// Compares the names and shapes of a file with those of a network.
  ///
  /// - Throws: `CheckpointError` naming up to five tensors that do not match, where all must; or if none does.
  init(
    _ file: SafetensorsFile, _ tensors: [StoredTensor], isPartial: Bool, remedy: String
  ) throws(CheckpointError) {
    let prefix = try WeightNames(of: tensors.map(\.name), in: file).prefix
    var matching: [(tensor: StoredTensor, entry: SafetensorsEntry)] = []
    var left: [(name: String, reason: String)] = []
    for tensor in tensors {
      if let entry = file.entry(prefix + tensor.name) {
        if entry.shape == tensor.fileShape {
          matching.append((tensor, entry))
        } else {
          left.append((tensor.name, "has shape \(entry.shape), the model's is \(tensor.fileShape)"))
        }
      } else {
        left.append((tensor.name, Self.missing))
      }
    }
    (self.prefix, self.matching, self.left) = (prefix, matching, left)
    guard !matching.isEmpty else { throw Self.nothingMatches(file, left) }
    guard isPartial || left.isEmpty else {
      throw Self.mismatch(file, left.map { "\(prefix)\($0.name) \($0.reason)" }, remedy)
    }
  }

  /// Up to five problems, and how many more there are.
  static func mismatch(_ file: SafetensorsFile, _ problems: [String], _ remedy: String) -> CheckpointError {
    let shown = problems.prefix(5).joined(separator: "; ")
    return CheckpointError(
      path: file.path, found: shown + (problems.count > 5 ? "; and \(problems.count - 5) more" : ""), remedy: remedy)
  }

  private static let missing = "is missing"

  private static func nothingMatches(
    _ file: SafetensorsFile, _ left: [(name: String, reason: String)]
  ) -> CheckpointError {
    guard left.allSatisfy({ $0.reason == missing }) else {
      return mismatch(file, left.map { "\($0.name) \($0.reason)" }, Network.sameModel)
    }
    func few(_ names: [String]) -> String {
      names.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
        + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
    return CheckpointError(
      path: file.path,
      found: file.entries.isEmpty
        ? "has no tensors" : "has none of the model's tensors: it has \(few(file.entries.map(\.name)))",
      allowed: "the model's are \(few(left.map(\.name)))", remedy: Network.sameModel)
  }
}

extension RunPlan {
  /// Refuses a file of weights that the run could not begin with, before anything is written.
  package func requireWeights(from path: String, isPartial: Bool) throws(CheckpointError) {
    let file = try SafetensorsFile(path: LoadedWeights.file(path))
    _ = try WeightMatch(file, network.storedTensors, isPartial: isPartial, remedy: Network.initialRemedy)
  }
}

extension Network {
  /// What to do about weights of another model, where a run is to begin with them.
  static var initialRemedy: String {
    sameModel + "; --init-partial takes the tensors that fit, and leaves the others at their initial values"
  }
}

import Checkpoints

/// How a file of weights calls the tensors of a network: as the network does, or with one prefix before all names.
///
/// Wrappers put a prefix there: `module.` (`DataParallel`), `_orig_mod.` (`torch.compile`), `model.`, `net.`, or several. The
/// rule: names as they are come first; else any one prefix, ending in a dot, under which the file has all tensors.
struct WeightNames {
  /// Prefixes that wrappers of PyTorch and its companions put before names; combinations too.
  private static let wrappers = ["module", "_orig_mod", "model", "net", "network", "backbone", "encoder"]

  /// What stands before the names in the file.
  let prefix: String

  /// Finds the prefix under which a file has the tensors of those names, or most of them.
  ///
  /// - Throws: `CheckpointError` if it has all of them under several prefixes, of which none is a wrapper's alone.
  init(of names: [String], in file: SafetensorsFile) throws(CheckpointError) {
    let wanted = Set(names)
    var counts: [String: Int] = [:]
    for entry in file.entries {
      var start = entry.name.startIndex
      while true {
        if wanted.contains(String(entry.name[start...])) { counts[String(entry.name[..<start]), default: 0] += 1 }
        guard let dot = entry.name[start...].firstIndex(of: ".") else { break }
        start = entry.name.index(after: dot)
      }
    }
    guard counts["", default: 0] < wanted.count else {
      prefix = ""
      return
    }
    let whole = counts.filter { $0.value == wanted.count }.keys.sorted()
    let known = whole.filter(Self.isWrapper)
    if whole.count > 1 && known.count != 1 {
      throw CheckpointError(
        path: file.path,
        found:
          "has all of the model's tensors several times, under \(whole.map { "'\($0)'" }.joined(separator: " and "))",
        allowed: "one prefix before all names", remedy: "Save those that are meant without the others")
    }
    // The names as they are, the most tensors, the shortest: so that equal files give equal answers.
    prefix =
      known.first ?? whole.first
      ?? counts.max { a, b in
        (a.value, b.key.utf8.count, b.key) < (b.value, a.key.utf8.count, a.key)
      }?.key ?? ""
  }

  private static func isWrapper(_ prefix: String) -> Bool {
    prefix.dropLast().split(separator: ".").allSatisfy { wrappers.contains(String($0)) }
  }
}

import Keys

/// Patterns that choose tensors of a network by name: `layer1.*`, `conv1.weight`, `*`.
///
/// In a pattern `*` stands for any characters, dots too, and `?` for one. A pattern that begins with `!` takes out again what
/// it matches; of all patterns that match a name, the last one counts: `["*", "!fc.*"]` is all but `fc`.
struct TensorPatterns: Sendable, Equatable {
  let patterns: [String]

  static var format: Format<[String]> { .list(of: .string("a pattern of tensor names"), "patterns", count: 1...1000) }

  /// Whether a tensor is chosen.
  func contains(_ name: String) -> Bool {
    patterns.last { Self.matches(Self.glob($0), name) }.map { !$0.hasPrefix("!") } ?? false
  }

  /// What is wrong with the patterns for a network of those tensors: the number of a pattern, and a sentence.
  func mistake(for names: [String]) -> (index: Int, message: String)? {
    for (index, pattern) in patterns.enumerated() {
      if index == 0, pattern.hasPrefix("!") {
        return (
          index, "found \"\(pattern)\", an exception from nothing; put the patterns that choose tensors before it"
        )
      }
      let glob = Self.glob(pattern)
      guard !names.contains(where: { Self.matches(glob, $0) }) else { continue }
      let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
      let nearest = NearestName.among(Self.candidates(names), to: String(glob)).map { "nearest: \"\($0)\"; " } ?? ""
      return (index, "found \"\(pattern)\", which matches no tensor of the model; \(nearest)they are \(shown)")
    }
    return nil
  }

  private static func glob(_ pattern: String) -> Substring {
    pattern.hasPrefix("!") ? pattern.dropFirst() : pattern[...]
  }

  /// Every name, and for every part before a dot all names behind it.
  private static func candidates(_ names: [String]) -> [String] {
    var result: [String] = []
    for name in names {
      var parts = name.split(separator: ".").dropLast()
      while !parts.isEmpty {
        let group = parts.joined(separator: ".") + ".*"
        if !result.contains(group) { result.append(group) }
        parts.removeLast()
      }
    }
    return result + names
  }

  /// Whether the whole of `name` fits: on a mismatch the last star takes one character more.
  private static func matches(_ pattern: Substring, _ name: String) -> Bool {
    let (pattern, name) = (Array(pattern.utf8), Array(name.utf8))
    let (star, any) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
    var (here, there) = (0, 0)
    var resume: (here: Int, there: Int)?
    while there < name.count {
      if here < pattern.count, pattern[here] == star {
        resume = (here, there)
        here += 1
      } else if here < pattern.count, pattern[here] == any || pattern[here] == name[there] {
        here += 1
        there += 1
      } else if let last = resume {
        (here, there) = (last.here + 1, last.there + 1)
        resume = (last.here, last.there + 1)
      } else {
        return false
      }
    }
    return pattern[here...].allSatisfy { $0 == star }
  }
}

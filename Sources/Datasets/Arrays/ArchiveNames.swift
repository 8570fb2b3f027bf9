/// Finds the arrays of a data set among the names in an archive.
///
/// A name is its words: `x_train`, `xTrain`, `train-images` and `X_train` have two each. One word says which split (train
/// or training; val, valid, validation or dev; test), another what it holds (x, inputs, images, data or features; y,
/// labels, targets or classes, in the singular too). An archive of one split needs the second alone, and may have
/// `arr_0` and `arr_1`, as `numpy.savez(file, x, y)` calls them.
struct ArchiveNames {
  enum Split: String, CaseIterable {
    case training, validation, test

    fileprivate var words: Set<String> {
      switch self {
      case .training: ["train", "training", "tr"]
      case .validation: ["val", "valid", "validation", "dev"]
      case .test: ["test", "testing", "te"]
      }
    }
  }

  enum Part {
    case inputs, labels

    fileprivate var words: Set<String> {
      switch self {
      case .inputs:
        [
          "x", "xs", "input", "inputs", "image", "images", "img", "imgs", "data", "feature", "features", "sample",
          "samples",
        ]
      case .labels: ["y", "ys", "label", "labels", "target", "targets", "class", "classes", "t"]
      }
    }
  }

  /// The names, as the archive has them.
  let names: [String]

  /// The array of a split: `split` nil in an archive of one split. All names that fit, the better first.
  func find(_ part: Part, of split: Split?) -> [String] {
    let found = names.filter { Self.fits($0, part, split) }
    guard found.isEmpty else { return found }
    guard split == nil || names.allSatisfy({ Self.split(of: $0) == nil }), Set(names) == ["arr_0", "arr_1"] else {
      return []
    }
    return [part == .inputs ? "arr_0" : "arr_1"]
  }

  /// Whether some name says that it is of a split.
  func has(_ split: Split) -> Bool { names.contains { Self.split(of: $0) == split } }

  /// The split that a name says it is of.
  static func split(of name: String) -> Split? {
    let words = words(of: name)
    return Split.allCases.first { split in words.contains(where: split.words.contains) }
  }

  private static func fits(_ name: String, _ part: Part, _ split: Split?) -> Bool {
    let words = words(of: name)
    let rest = words.filter { word in !Split.allCases.contains { $0.words.contains(word) } }
    guard rest.count == 1, part.words.contains(rest[0]) else { return false }
    return split.map { Self.split(of: name) == $0 } ?? true
  }

  /// The words of a name, in small letters; `xtrain` and `trainx` are two words too.
  private static func words(of name: String) -> [String] {
    var words: [String] = []
    var word = ""
    var wasSmall = false
    for character in name {
      let isBreak = !(character.isLetter || character.isNumber)
      if isBreak || character.isUppercase && wasSmall {
        if !word.isEmpty { words.append(word) }
        word = ""
      }
      if !isBreak { word += character.lowercased() }
      wasSmall = character.isLowercase || character.isNumber
    }
    if !word.isEmpty { words.append(word) }
    return words.flatMap(parts)
  }

  private static func parts(_ word: String) -> [String] {
    let splits = Split.allCases.flatMap(\.words)
    let parts = Part.inputs.words.union(Part.labels.words)
    guard !splits.contains(word), !parts.contains(word) else { return [word] }
    for split in splits.sorted() where word.count > split.count {
      if word.hasPrefix(split), parts.contains(String(word.dropFirst(split.count))) {
        return [split, String(word.dropFirst(split.count))]
      }
      if word.hasSuffix(split), parts.contains(String(word.dropLast(split.count))) {
        return [split, String(word.dropLast(split.count))]
      }
    }
    return [word]
  }
}

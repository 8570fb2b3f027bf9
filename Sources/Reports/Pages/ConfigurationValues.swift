import Foundation

/// The keys of a resolved config with their values as text, as `batch.size` and `256`.
struct ConfigurationValues: Equatable {
  /// Texts by path; lists of plain values are one value.
  let values: [String: String]

  /// Reads a `config.json`; `nil` if it is no JSON object.
  init?(_ text: String) {
    guard let tree = try? JSONDecoder().decode(Tree.self, from: Data(text.utf8)), case .object = tree else {
      return nil
    }
    var found: [String: String] = [:]
    tree.collect(at: "", into: &found)
    values = found
  }

  /// The value of a key as a number.
  func number(_ path: String) -> Double? { values[path].flatMap(Double.init) }

  /// Paths in which the configs differ, in the order of the alphabet; a config that is missing differs in none.
  static func differences(_ all: [ConfigurationValues?]) -> [String] {
    let known = all.compactMap(\.self)
    let paths = Set(known.flatMap(\.values.keys))
    return paths.filter { path in Set(known.map { $0.values[path] }).count > 1 }.sorted()
  }

  /// A JSON value whose leaves are texts.
  private indirect enum Tree: Decodable {
    case object([String: Tree])
    case list([Tree])
    case leaf(String)

    init(from decoder: any Decoder) throws {
      if let object = try? [String: Tree](from: decoder) {
        self = .object(object)
      } else if let list = try? [Tree](from: decoder) {
        self = .list(list)
      } else {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
          self = .leaf("none")
        } else if let flag = try? value.decode(Bool.self) {
          self = .leaf(flag ? "true" : "false")
        } else if let whole = try? value.decode(Int.self) {
          self = .leaf(String(whole))
        } else if let whole = try? value.decode(UInt64.self) {
          self = .leaf(String(whole))
        } else if let number = try? value.decode(Double.self) {
          self = .leaf(String(number))
        } else {
          self = .leaf(try value.decode(String.self))
        }
      }
    }

    func collect(at path: String, into found: inout [String: String]) {
      func below(_ key: String) -> String { path.isEmpty ? key : path + "." + key }
      switch self {
      case .leaf(let text): found[path] = text
      case .object(let members):
        for (key, member) in members { member.collect(at: below(key), into: &found) }
      case .list(let items):
        let leaves = items.compactMap { item in if case .leaf(let text) = item { text } else { nil } }
        if leaves.count == items.count {
          found[path] = leaves.joined(separator: ", ")
        } else {
          for (index, item) in items.enumerated() { item.collect(at: below(String(index)), into: &found) }
        }
      }
    }
  }
}

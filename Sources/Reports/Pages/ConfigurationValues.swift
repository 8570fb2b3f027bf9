import Foundation
import JSON

/// The keys of a resolved config with their values as text, as `batch.size` and `256`.
struct ConfigurationValues: Equatable {
  /// Texts by path; lists of plain values are one value.
  let values: [String: String]

  /// Reads a `config.json`; `nil` if it is no JSON object.
  init?(_ text: String) {
    guard let tree = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)), case .object = tree else {
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
}

extension JSONValue {
  /// The value as text; `nil` for a list or an object.
  fileprivate var leaf: String? {
    switch self {
    case .null: "none"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let whole): String(whole)
    case .number(let number): String(number)
    case .string(let text): text
    case .array, .object: nil
    }
  }

  fileprivate func collect(at path: String, into found: inout [String: String]) {
    func below(_ key: String) -> String { path.isEmpty ? key : path + "." + key }
    switch self {
    case .object(let members):
      for (key, member) in members { member.collect(at: below(key), into: &found) }
    case .array(let items):
      let leaves = items.compactMap(\.leaf)
      if leaves.count == items.count {
        found[path] = leaves.joined(separator: ", ")
      } else {
        for (index, item) in items.enumerated() { item.collect(at: below(String(index)), into: &found) }
      }
    default: found[path] = leaf
    }
  }
}

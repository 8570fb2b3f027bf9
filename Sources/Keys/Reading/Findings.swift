import JSON

/// The mistakes found so far in one config, and who is to blame for each.
package final class Findings {
  private let file: String
  /// What each override made or replaced, in the order of the command line.
  private let overrides: [(path: String, override: Override)]
  package private(set) var issues: [ConfigurationError.Issue]
  /// A text with more mistakes is no config, and a longer list helps nobody.
  package var isFull: Bool { issues.count >= 100 }
  /// Every key path of the contract, found only when a key is unknown.
  package private(set) lazy var contractPaths: [String] = keyPaths()

  private let keyPaths: () -> [String]
  private let synonyms: [String: String]

  /// Findings of a config whose key paths, elements of lists left out, are `keyPaths`.
  ///
  /// - Parameter synonyms: what other programs' names of keys and values are here, by ``NearestName/plain(_:)``.
  package init(
    file: String, overrides: [(path: String, override: Override)], issues: [ConfigurationError.Issue],
    synonyms: [String: String] = [:], keyPaths: @escaping () -> [String]
  ) {
    self.synonyms = synonyms
    self.keyPaths = keyPaths
    self.file = file
    self.overrides = overrides
    self.issues = issues
  }

  package func report(_ path: String, _ message: String) {
    if isFull { return }
    let origin = overrider(of: path).map { overrides[$0].override.origin } ?? file
    issues.append(.init(origin: origin, path: path, message: message))
  }

  /// Whether a mistake was found in `path` or below it.
  package func isFaulty(_ path: String) -> Bool {
    issues.contains { $0.path == path || $0.path.hasPrefix(path + ".") }
  }

  /// The number of the last override that made or replaced `path`, if one did.
  package func overrider(of path: String) -> Int? {
    overrides.lastIndex { $0.path == path || path.hasPrefix($0.path + ".") }
  }

  /// What another program's name is here: `mse` is `meanSquaredError`.
  package func synonym(of name: String) -> String? { synonyms[NearestName.plain(name)] }

  /// What an unknown key of some section probably stands for: one of the keys `here`, another program's name of a key,
  /// or a key of another section.
  package func suggestion(for key: String, here: [String]) -> String? {
    NearestName.suggestion(for: key, here: here, paths: contractPaths, synonym: synonym(of: key))
  }

  /// The text that the user wrote for exactly this path in an override.
  package func bareText(of path: String) -> String? {
    overrides.last { $0.override.path.joined(separator: ".") == path }?.override.bareText
  }
}

/// A place in the config that is being read.
package struct Place {
  package let path: String
  package let findings: Findings

  package init(path: String, findings: Findings) {
    self.path = path
    self.findings = findings
  }

  package func appending(_ key: String) -> Place {
    Place(path: path.isEmpty ? key : "\(path).\(key)", findings: findings)
  }

  package func report(_ message: String) {
    findings.report(path, message)
  }

  /// Reports a value of a wrong type or out of range.
  package func refuse(_ value: JSONValue, allowed: String) {
    report("found \(value.found); allowed: \(allowed)\(Self.hint(value, allowed: allowed))")
  }

  /// What the writer may have meant.
  private static func hint(_ value: JSONValue, allowed: String) -> String {
    switch value {
    case .null: return "; or leave the key out"
    case .string(let text) where allowed.contains("number") || allowed.contains("integer") || allowed.contains("true"):
      switch try? JSONValue(parsing: text.lowercased()) {
      case .integer, .number, .bool: return "; without the quotes: \(text.lowercased())"
      default: return ""
      }
    default: return ""
    }
  }
}

extension JSONValue {
  /// The value and its type, as messages show it.
  package var found: String {
    switch self {
    case .null: "null"
    case .bool: "the boolean \(line)"
    case .integer: line
    case .number: "the number \(line)"
    case .string: "the string \(shortened)"
    case .array: "the list \(shortened)"
    case .object: "the object \(shortened)"
    }
  }

  private var shortened: String {
    let text = line
    return text.count > 60 ? "\(text.prefix(57))…" : text
  }
}

import Keys

/// The keys of a config as text: one for a terminal, all of them for a page.
package enum KeyText {
  private static let all: [KeyDescription] =
    RunConfiguration.format(defaultName: "").members?.section().descriptions() ?? []

  /// What there is to say of a key and of those right below it, in lines.
  ///
  /// - Parameter path: such as `batch.shards`; elements of lists may be left out or be numbers.
  /// - Throws: ``ConfigurationError`` that names the nearest key where there is none.
  package static func lines(for path: String) throws(ConfigurationError) -> [String] {
    let wanted = plain(path)
    let found = all.filter { plain($0.path) == wanted }
    guard !found.isEmpty else {
      let among = NearestName.among(all.map { plain($0.path) }, to: wanted)
      let nearest = path.contains(".") ? among : RunConfiguration.suggestion(for: path) ?? among
      throw ConfigurationError(
        origin: "isotherm schema", path: path,
        "there is no such key; \(nearest.map { "nearest: \($0)" } ?? "see isotherm schema")")
    }
    var lines: [String] = []
    for key in found {
      if !lines.isEmpty { lines.append("") }
      lines.append(key.path + (key.condition.map { " (with \($0))" } ?? ""))
      lines.append("  \(key.about)")
      lines.append("  allowed: \(key.allowed)")
      if key.isRequired { lines.append("  needed: it has no default") }
      if let fallback = key.fallback { lines.append("  default: \(fallback.line)") }
    }
    let below = all.filter { isRightBelow($0.path, wanted) }
    if !below.isEmpty { lines += ["", "Keys below:"] }
    for key in below {
      let name = plain(key.path).split(separator: ".").last.map(String.init) ?? key.path
      lines.append("  \(name)\(key.condition.map { " (\($0))" } ?? ""): \(firstSentence(key.about))")
    }
    return lines
  }

  /// The path without the brackets and numbers of lists.
  private static func plain(_ path: String) -> String {
    path.split(separator: ".").map { $0.hasSuffix("[]") ? $0.dropLast(2) : $0 }.filter { Int($0) == nil }
      .joined(separator: ".")
  }

  private static func isRightBelow(_ path: String, _ parent: String) -> Bool {
    let path = plain(path)
    return path.hasPrefix(parent + ".") && !path.dropFirst(parent.count + 1).contains(".")
  }

  private static func firstSentence(_ text: String) -> String {
    guard let end = text.firstRange(of: ". ") else { return text }
    return String(text[..<end.lowerBound]) + "."
  }

  // MARK: A page

  /// All keys as a page of Markdown.
  package static func page() -> String {
    var text = """
      # The keys of a config

      Made by `isotherm schema --markdown` of the declarations that the program reads configs with; `isotherm schema KEY` says
      the same of one key, and `isotherm schema` is the JSON Schema for an editor. A config is JSON, in which comments and
      trailing commas are allowed. `data` and `model` are needed, everything else has a default.

      Where an object has one key that matters most, a string or a number may be there in its place: `"model": "mlp"` is
      `"model": {"preset": "mlp"}`.

      """
    let roots = all.filter { !$0.path.contains(".") }
    for root in roots where root.hasMembers {
      text += "\n## \(root.path)\n\n\(escaped(root.about))\n"
      text += table(all.filter { $0.path.hasPrefix(root.path + ".") || $0.path.hasPrefix(root.path + "[].") })
    }
    text += "\n## Other keys\n" + table(roots.filter { !$0.hasMembers })
    return text
  }

  private static func table(_ keys: [KeyDescription]) -> String {
    var text = "\n| key | allowed | default | |\n|---|---|---|---|\n"
    for key in keys {
      let condition = key.condition.map { "With \(escaped($0)). " } ?? ""
      let fallback = key.isRequired ? "needed" : key.fallback.map { "`\($0.line)`" } ?? ""
      text += "| `\(key.path)` | \(escaped(key.allowed)) | \(fallback) | \(condition)\(escaped(key.about)) |\n"
    }
    return text
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing("*", with: "\\*")
      .split(separator: "\n").joined(separator: " ")
  }
}

import JSON

/// One `--set key.path=value`: a value that takes the place of the config's.
///
/// The value is JSON, or the bare text where it is not. `null` removes the key, so that its default holds. Elements of
/// a list are counted from 0 (`model.hidden.0=64`); the number after the last adds one. Missing objects are made. Of
/// two overrides of one key the later wins. An override of a key that decides which others belong
/// (`optimizer.method=adam`, or `steps=100` where the file has `epochs`) drops those of the file that no longer do.
public struct Override: Sendable, Equatable {
  /// `key.path=value` as the user wrote it.
  public let text: String
  package let path: [String]
  package let value: JSONValue

  /// The value as the user wrote it, for keys that want a string: `name=2026` needs no quotes.
  package let bareText: String

  /// As messages name it.
  package var origin: String { "--set \(text)" }

  /// Reads `key.path=value`.
  public init(_ text: String) throws(ConfigurationError) {
    self.text = text
    guard let equals = text.firstIndex(of: "=") else {
      throw ConfigurationError(origin: "--set \(text)", "no = found; write key.path=value, such as batch.size=512")
    }
    path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !path.contains("") else {
      throw ConfigurationError(origin: "--set \(text)", "a key is empty; write key.path=value, such as batch.size=512")
    }
    guard path.count <= JSONSource.maximumDepth else {
      throw ConfigurationError(origin: "--set \(text.prefix(60))…", "more than \(JSONSource.maximumDepth) keys deep")
    }
    bareText = String(text[text.index(after: equals)...])
    do throws(JSONSyntaxError) {
      value = try JSONValue(parsing: bareText)
    } catch {
      guard !error.repeatsKey else { throw ConfigurationError(origin: "--set \(text)", "\(error)") }
      value = .string(bareText)
    }
  }

  /// Puts the value into `root`.
  ///
  /// - Parameter shortKey: the key that a string or a number at a path stands for, in place of an object.
  /// - Returns: The path of what the override made or replaced, from which on it answers for every mistake.
  package func apply(
    to root: inout JSONValue, shortKey: ([String]) -> String? = { _ in nil }
  ) throws(ConfigurationError) -> String {
    var made = path.count
    try put(into: &root, depth: 0, made: &made, shortKey)
    return path[..<made].joined(separator: ".")
  }

  private func put(
    into node: inout JSONValue, depth: Int, made: inout Int, _ shortKey: ([String]) -> String?
  ) throws(ConfigurationError) {
    guard depth < path.count else {
      node = value
      return
    }
    let key = path[depth]
    switch node {
    case .string, .integer, .number:
      if let short = shortKey(Array(path[..<depth])) { node = .object([short: node]) }
    default: break
    }
    switch node {
    case .object(var object):
      var child = object[key] ?? missing(at: depth, made: &made)
      try put(into: &child, depth: depth + 1, made: &made, shortKey)
      object[key] = child
      node = .object(object)
    case .array(var elements):
      guard let index = Int(key), index >= 0, index <= elements.count else {
        throw refuse(depth, "found a list of \(elements.count); allowed after it: a number from 0 to \(elements.count)")
      }
      if index == elements.count { elements.append(missing(at: depth, made: &made)) }
      try put(into: &elements[index], depth: depth + 1, made: &made, shortKey)
      node = .array(elements)
    default:
      throw refuse(depth, "found \(node.found), which has no key \"\(key)\"")
    }
  }

  /// What stands at `path[depth]` before the rest of the path is put into it.
  private func missing(at depth: Int, made: inout Int) -> JSONValue {
    made = min(made, depth + 1)
    guard depth + 1 < path.count else { return .null }
    return Int(path[depth + 1]) == nil ? .object([:]) : .array([])
  }

  private func refuse(_ depth: Int, _ message: String) -> ConfigurationError {
    ConfigurationError(origin: origin, path: path[..<depth].joined(separator: "."), message)
  }
}

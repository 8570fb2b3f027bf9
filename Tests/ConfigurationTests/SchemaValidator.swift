import Keys
import Configuration

/// The part of JSON Schema (draft 2020-12) that the config's schema uses, written from the specification.
final class SchemaValidator {
  private let root: [String: JSONValue]
  private(set) var unknownKeywords: Set<String> = []

  init(root: JSONValue) {
    guard case .object(let object) = root else { preconditionFailure("a schema is an object") }
    self.root = object
  }

  func accepts(_ value: JSONValue) -> Bool { evaluate(value, .object(root)) != nil }
  func accepts(_ value: JSONValue, _ schema: JSONValue) -> Bool { evaluate(value, schema) != nil }

  /// The properties of `value` that the schema has looked at, or `nil` if it refuses the value.
  private func evaluate(_ value: JSONValue, _ schema: JSONValue) -> Set<String>? {
    if case .bool(let accepts) = schema { return accepts ? [] : nil }
    guard case .object(let schema) = schema else { preconditionFailure("a schema is an object") }
    var seen: Set<String> = []
    for key in schema.keys where key != "unevaluatedProperties" {
      guard let part = schema[key], let more = evaluate(value, keyword: key, part, of: schema) else { return nil }
      seen.formUnion(more)
    }
    if schema["unevaluatedProperties"] == false, case .object(let object) = value {
      guard Set(object.keys).isSubset(of: seen) else { return nil }
    }
    return seen
  }

  private func evaluate(_ value: JSONValue, keyword: String, _ part: JSONValue, of schema: [String: JSONValue]) -> Set<
    String
  >? {
    func passes(_ condition: Bool) -> Set<String>? { condition ? [] : nil }
    func compare(_ holds: (Double, Double) -> Bool) -> Set<String>? {
      guard let number = value.double, let bound = part.double else { return [] }
      return passes(holds(number, bound))
    }
    switch keyword {
    case "$schema", "$defs", "title", "description", "default", "then", "enumDescriptions": return []
    case "$ref":
      guard case .string(let name) = part, name.hasPrefix("#/$defs/"), case .object(let definitions) = root["$defs"],
        let target = definitions[String(name.dropFirst(8))]
      else { preconditionFailure("\(part) leads nowhere") }
      return evaluate(value, target)
    case "type": return passes(isOf(type: part, value))
    case "const": return passes(value == part)
    case "enum": return passes(list(part).contains(value))
    case "minimum": return compare(>=)
    case "maximum": return compare(<=)
    case "exclusiveMinimum": return compare(>)
    case "exclusiveMaximum": return compare(<)
    case "minLength":
      if case .string(let string) = value { return passes(string.unicodeScalars.count >= part.wholeNumber ?? 0) }
    case "minItems": if case .array(let elements) = value { return passes(elements.count >= part.wholeNumber ?? 0) }
    case "maxItems": if case .array(let elements) = value { return passes(elements.count <= part.wholeNumber ?? 0) }
    case "items": if case .array(let elements) = value { return passes(elements.allSatisfy { accepts($0, part) }) }
    case "required":
      guard case .object(let object) = value else { return [] }
      return passes(list(part).allSatisfy { if case .string(let key) = $0 { object[key] != nil } else { false } })
    case "properties":
      guard case .object(let object) = value, case .object(let properties) = part else { return [] }
      let seen = object.keys.filter { properties[$0] != nil }
      return seen.allSatisfy { accepts(object[$0]!, properties[$0]!) } ? Set(seen) : nil
    case "additionalProperties":
      guard case .object(let object) = value else { return [] }
      var known: [String: JSONValue] = [:]
      if case .object(let properties)? = schema["properties"] { known = properties }
      let others = object.keys.filter { known[$0] == nil }
      return others.allSatisfy { accepts(object[$0]!, part) } ? Set(others) : nil
    case "uniqueItems":
      if case .array(let elements) = value {
        return passes(part == false || Set(elements.map(\.line)).count == elements.count)
      }
    case "allOf":
      let results = list(part).map { evaluate(value, $0) }
      return results.contains { $0 == nil } ? nil : results.reduce(into: []) { $0.formUnion($1!) }
    case "anyOf":
      let results = list(part).compactMap { evaluate(value, $0) }
      return results.isEmpty ? nil : results.reduce(into: []) { $0.formUnion($1) }
    case "not": return passes(!accepts(value, part))
    case "if":
      guard let seen = evaluate(value, part) else { return [] }
      return evaluate(value, schema["then"] ?? true).map { seen.union($0) }
    default: unknownKeywords.insert(keyword)
    }
    return []
  }

  private func list(_ value: JSONValue) -> [JSONValue] { if case .array(let elements) = value { elements } else { [] } }

  private func isOf(type: JSONValue, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case (.array(let types), _): types.contains { isOf(type: $0, value) }
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("number", .integer),
      ("number", .number), ("integer", .integer):
      true
    case ("integer", .number(let number)): number == number.rounded()
    default: false
    }
  }

  static func path(_ prefix: String, _ key: String) -> String { prefix.isEmpty ? key : "\(prefix).\(key)" }

  /// Calls `body` with the path and the schema of every property, elements of lists left out.
  func forEachProperty(_ body: (String, [String: JSONValue]) -> Void) {
    var entered: Set<String> = []
    func walk(_ schema: JSONValue?, _ prefix: String) {
      guard case .object(let schema) = schema else { return }
      if case .string(let name) = schema["$ref"], case .object(let definitions) = root["$defs"] {
        if entered.insert(name).inserted { walk(definitions[String(name.dropFirst(8))], prefix) }
      }
      if case .object(let properties) = schema["properties"] {
        for key in properties.keys {
          guard case .object(let property) = properties[key] else { continue }
          body(Self.path(prefix, key), property)
          walk(.object(property), Self.path(prefix, key))
        }
      }
      for part in list(schema["allOf"] ?? []) { walk(part, prefix) }
      walk(schema["then"], prefix)
      walk(schema["items"], prefix)
    }
    walk(.object(root), "")
  }

  /// The paths of all properties.
  var keyPaths: Set<String> {
    var paths: Set<String> = []
    forEachProperty { path, _ in paths.insert(path) }
    return paths
  }
}

import Foundation
import Configuration
import JSON

/// Every key of the config that takes a number, found in the schema, each with the least config that may have it.
struct NumericKeys {
  /// One key.
  struct Key {
    /// From the root; the elements of a list are 0: `model.layers.0.units`.
    let path: [String]
    /// As a config's messages write it.
    var name: String { path.joined(separator: ".") }
    /// A config to which only the key is to be added.
    let config: JSONValue

    /// What some keys want beside them before a run can be planned, which no schema says.
    private static let companions: [(owner: [String], path: [String], value: JSONValue)] = [
      (["temperature", "batches"], ["temperature", "hold"], true),
      (["optimizer", "groups", "0"], ["optimizer", "groups", "0", "tensors"], ["*"]),
      (
        ["evaluate", "batchNormSamples"], ["model"],
        [
          "layers": [
            ["type": "flatten"], ["type": "dense", "units": 4], ["type": "batchNorm"], ["type": "dense", "units": 10],
          ]
        ]
      ),
    ]

    /// The keys of a whitening convolution, which is small enough for patches of one channel.
    private static let whitening: [(key: String, value: JSONValue)] = [
      ("type", "conv2d"), ("channels", 2), ("kernel", 2),
    ]

    /// The config with a value in the key's place; layers that are written out get an output layer for the digits.
    func config(with value: JSONValue) -> JSONValue {
      var config = NumericKeys.putting(value, at: path[...], of: config)
      for (owner, companion, companionValue) in Self.companions where path.starts(with: owner) {
        config = NumericKeys.putting(companionValue, at: companion[...], of: config)
      }
      if path.last?.hasPrefix("whitening") == true {
        for (key, value) in Self.whitening {
          config = NumericKeys.putting(value, at: (path.dropLast() + [key])[...], of: config)
        }
      }
      let layers = ["model", "layers"][...]
      guard path.starts(with: layers), case .array(let list) = NumericKeys.value(at: layers, of: config) else {
        return config
      }
      return NumericKeys.putting(
        .array(list + [["type": "flatten"], ["type": "dense", "units": 10]]), at: layers, of: config)
    }
  }

  private(set) var keys: [Key] = []
  private let definitions: [String: JSONValue]
  private let root: JSONValue
  /// Layers within layers need no second look.
  private var open: [String] = []

  /// The keys of the schema that `isotherm schema` prints.
  init() throws {
    root = try JSONValue(parsing: RunConfiguration.schema())
    guard case .object(let object) = root, case .object(let definitions) = object["$defs"] else {
      throw CocoaError(.coderReadCorrupt)
    }
    self.definitions = definitions
    let config: JSONValue = ["data": ["dataset": "digits"], "model": ["preset": "logistic"]]
    walk(root, path: [], config: config)
  }

  // MARK: Finding

  /// Finds the keys of an object's schema, which stands at `path` of a config that may have it.
  private mutating func walk(_ schema: JSONValue, path: [String], config: JSONValue) {
    let schema = resolved(schema)
    for (name, property) in members(of: schema["properties"]) where property != .bool(true) {
      visit(property, path: path + [name], config: config)
    }
    if case .array(let parts) = schema["allOf"] {
      for part in parts {
        guard case .object(let part) = part, let condition = part["if"], let consequence = part["then"] else {
          continue
        }
        var chosen = config
        for (name, choice) in members(of: object(condition)["properties"]) {
          let value = object(choice)["const"] ?? .null
          // Another choice starts anew: keys of the present one would be unknown to it.
          if Self.value(at: (path + [name])[...], of: chosen) != value {
            let anew: [String: JSONValue] = wantsPath(consequence) ? [name: value, "path": "x"] : [name: value]
            chosen = Self.putting(.object(anew), at: path[...], of: chosen)
          }
        }
        // Of keys that exclude one another, this one alone.
        if object(condition)["properties"] == nil {
          chosen = Self.removing(rivals(of: condition, in: parts), at: path, of: chosen)
        }
        walk(consequence, path: path, config: filling(consequence, at: path, of: chosen))
      }
    }
  }

  private mutating func visit(_ property: JSONValue, path: [String], config: JSONValue) {
    if case .object(let reference) = property, case .string(let name) = reference["$ref"] {
      guard !open.contains(name) else { return }
      open.append(name)
      defer { open.removeLast() }
      return visit(.object(resolved(property)), path: path, config: config)
    }
    let schema = resolved(property)
    let options: [JSONValue] = if case .array(let options) = schema["anyOf"] { options } else { [] }
    let types = ([property] + options).compactMap(Self.type)
    if types.contains("integer") || types.contains("number") { keys.append(Key(path: path, config: config)) }
    if types.contains("object") {
      let value = Self.value(at: path[...], of: config) ?? .object([:])
      walk(
        property, path: path, config: filling(property, at: path, of: Self.putting(value, at: path[...], of: config)))
    }
    if types.contains("array"), let items = schema["items"] {
      let list = least(property)
      guard case .array(let elements) = list else { return }
      let filled = Self.putting(
        .array(elements.isEmpty ? [least(items)] : elements), at: path[...], of: config)
      visit(items, path: path + ["0"], config: filled)
    }
  }

  /// The type of a schema's value: of a section with a short form, the object, as the value alone is that of one of its keys.
  private static func type(of schema: JSONValue) -> JSONValue? {
    guard case .object(let object) = schema else { return nil }
    if case .array(let types)? = object["type"] { return types.first }
    return object["type"]
  }

  /// Whether an object has to have one of some keys, of which `path` is one.
  private func wantsPath(_ schema: JSONValue) -> Bool {
    guard case .array(let parts) = resolved(schema)["allOf"] else { return false }
    return parts.contains { part in
      guard case .array(let options) = object(part)["anyOf"] else { return false }
      return options.contains { object($0)["required"] == ["path"] }
    }
  }

  /// The names of the other keys of which only one may be there.
  private func rivals(of condition: JSONValue, in parts: [JSONValue]) -> [String] {
    func names(_ part: JSONValue) -> [String] {
      guard case .array(let names) = object(part)["required"] else { return [] }
      return names.compactMap { if case .string(let name) = $0 { name } else { nil } }
    }
    let own = names(condition)
    return parts.flatMap { part in
      guard let other = object(part)["if"], object(other)["properties"] == nil else { return [String]() }
      return names(other).filter { !own.contains($0) }
    }
  }

  // MARK: Least values

  /// The config with what a schema requires at a path and is not there.
  private func filling(_ schema: JSONValue, at path: [String], of config: JSONValue) -> JSONValue {
    var config = config
    let schema = resolved(schema)
    guard case .array(let names) = schema["required"] else { return config }
    for case .string(let name) in names where Self.value(at: (path + [name])[...], of: config) == nil {
      let property = object(.object(schema))["properties"].map { object($0)[name] ?? .null } ?? .null
      config = Self.putting(least(property), at: (path + [name])[...], of: config)
    }
    return config
  }

  /// A small value that a schema accepts.
  private func least(_ schema: JSONValue) -> JSONValue {
    let schema = resolved(schema)
    if let constant = schema["const"] { return constant }
    if case .array(let values) = schema["enum"] { return values[0] }
    if case .array(let options) = schema["anyOf"], schema["type"] == nil { return least(options[0]) }
    switch Self.type(of: .object(schema)) {
    case "integer": return schema["minimum"] ?? 1
    case "number": return .number(schema["maximum"]?.double ?? schema["exclusiveMaximum"]?.double.map { $0 / 2 } ?? 0.5)
    case "string": return "x"
    case "boolean": return false
    case "array":
      let count = schema["minItems"]?.wholeNumber ?? 0
      return .array((0..<count).map { _ in schema["items"].map(least) ?? .null })
    default:
      // A choice by value without a default takes its first option.
      var value: JSONValue = filling(.object(schema), at: [], of: .object([:]))
      if case .array(let parts) = schema["allOf"] {
        for part in parts {
          guard case .object(let part) = part, let condition = part["if"], let consequence = part["then"] else {
            continue
          }
          let chosen = members(of: object(condition)["properties"])
          guard let (name, choice) = chosen.first, object(value)[name] == object(choice)["const"] else { continue }
          value = filling(consequence, at: [], of: value)
        }
      }
      return value
    }
  }

  // MARK: Trees

  private func object(_ value: JSONValue) -> [String: JSONValue] {
    if case .object(let object) = value { object } else { [:] }
  }

  private func members(of value: JSONValue?) -> [(String, JSONValue)] {
    object(value ?? .null).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func resolved(_ schema: JSONValue) -> [String: JSONValue] {
    let own = object(schema)
    guard case .string(let reference) = own["$ref"] else { return own }
    return object(definitions[String(reference.dropFirst("#/$defs/".count))] ?? .null)
  }

  private static func value(at path: ArraySlice<String>, of node: JSONValue) -> JSONValue? {
    guard let key = path.first else { return node }
    switch node {
    case .object(let object): return object[key].flatMap { value(at: path.dropFirst(), of: $0) }
    case .array(let elements): return Int(key).flatMap { value(at: path.dropFirst(), of: elements[$0]) }
    default: return nil
    }
  }

  private static func putting(_ value: JSONValue, at path: ArraySlice<String>, of node: JSONValue) -> JSONValue {
    guard let key = path.first else { return value }
    if case .array(var elements) = node, let index = Int(key), index < elements.count {
      elements[index] = putting(value, at: path.dropFirst(), of: elements[index])
      return .array(elements)
    }
    var object: [String: JSONValue] = if case .object(let object) = node { object } else { [:] }
    object[key] = putting(value, at: path.dropFirst(), of: object[key] ?? .object([:]))
    return .object(object)
  }

  private static func removing(_ names: [String], at path: [String], of node: JSONValue) -> JSONValue {
    guard case .object(var object) = value(at: path[...], of: node) else { return node }
    for name in names { object[name] = nil }
    return putting(.object(object), at: path[...], of: node)
  }
}

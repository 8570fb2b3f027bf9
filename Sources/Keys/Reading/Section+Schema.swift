import JSON

/// The forms that the schema defines once, by name, because they contain themselves.
package final class SchemaDefinitions {
  package private(set) var definitions: [String: JSONValue] = [:]

  package init() {}

  /// A reference to the form `name`, which is defined on its first use.
  package func reference(to name: String, _ schema: (SchemaDefinitions) -> [String: JSONValue]) -> [String: JSONValue] {
    if definitions[name] == nil {
      // Known before it is complete, since it refers to itself.
      definitions[name] = .null
      definitions[name] = .object(schema(self))
    }
    return ["$ref": .string("#/$defs/\(name)")]
  }
}

extension Section {
  /// The JSON Schema (draft 2020-12) of this section, for describing only.
  ///
  /// - Parameter short: the key that a string or a number in place of the object stands for.
  package func schema(_ definitions: SchemaDefinitions, short: String? = nil) -> [String: JSONValue] {
    var schema: [String: JSONValue] = ["type": "object"]
    addMembers(to: &schema, definitions)
    if let short, let value = shortSchema(short, definitions) {
      // What a schema says of keys it says of objects alone.
      schema["type"] = ["object", "string", "number"]
      schema["if"] = ["not": ["type": "object"]]
      schema["then"] = value
    }
    // Unlike additionalProperties, it also sees the keys that `allOf` brings in.
    schema["unevaluatedProperties"] = false
    return schema
  }

  private func addMembers(to schema: inout [String: JSONValue], _ definitions: SchemaDefinitions) {
    if !properties.isEmpty {
      var members: [String: JSONValue] = [:]
      for property in properties {
        members[property.name] = .object(property.schema(definitions, about: property.about))
      }
      schema["properties"] = .object(members)
    }
    let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { schema["required"] = .array(required) }
    if !choices.isEmpty { schema["allOf"] = .array(choices.flatMap { $0.schemas(definitions) }) }
  }

  /// What may be there in place of the object: the values of a key of this section, or of one of its alternatives, that
  /// need no other key beside them.
  private func shortSchema(_ key: String, _ definitions: SchemaDefinitions) -> JSONValue? {
    for section in [self] + choices.flatMap({ $0.options.map(\.section) }) {
      if let choice = section.choices.first(where: { $0.rule.key == key }) {
        let names = choice.options.filter { !$0.section.needsKeys(besides: key) }.map { JSONValue.string($0.name) }
        return ["enum": .array(names)]
      }
      if let property = section.properties.first(where: { $0.name == key }) {
        return .object(property.schema(definitions))
      }
    }
    return nil
  }

  /// Whether an object with one key alone lacks others.
  private func needsKeys(besides key: String) -> Bool {
    properties.contains { $0.isRequired && $0.name != key }
      || choices.contains { if case .presence(isRequired: true) = $0.rule { true } else { false } }
  }

  fileprivate static func members(
    of option: Choice.Option, _ definitions: SchemaDefinitions, into schema: inout [String: JSONValue]
  ) {
    schema["description"] = .string(option.about)
    option.section.addMembers(to: &schema, definitions)
  }
}

extension Section.Property {
  fileprivate func schema(_ definitions: SchemaDefinitions, about: String) -> [String: JSONValue] {
    var schema = self.schema(definitions)
    schema["description"] = .string(about)
    schema["default"] = fallback
    return schema
  }
}

extension Choice {
  /// What a section's `allOf` says of the choice.
  ///
  /// Which keys belong to an option is said apart from what they may hold. A schema that refuses a value does not count
  /// the keys that it has seen, so that one wrong value would make all keys beside it unknown ones; and of several forms
  /// of which one has to hold an editor shows the faults of all. So each option is a condition with two consequences: the
  /// names of its keys, which refuse nothing, and their forms.
  fileprivate func schemas(_ definitions: SchemaDefinitions) -> [JSONValue] {
    var schemas = marks
    for option in options {
      var consequence: [String: JSONValue] = [:]
      Section.members(of: option, definitions, into: &consequence)
      schemas.append(["if": condition(for: option), "then": .object(consequence)])
    }
    guard case .presence(let isRequired) = rule else { return schemas }
    let names = options.map { JSONValue.string($0.name) }
    for (index, name) in names.enumerated() {
      // A short form is no object, and fulfils what is required of one.
      for other in names[(index + 1)...] {
        schemas.append(["not": ["type": "object", "required": [name, other]]])
      }
    }
    if isRequired { schemas.append(["anyOf": .array(names.map { ["required": [$0]] })]) }
    return schemas
  }

  /// When an option is the one that a config has chosen.
  private func condition(for option: Option) -> JSONValue {
    guard case .value(let key, let fallback) = rule else { return ["required": [.string(option.name)]] }
    var condition: [String: JSONValue] = ["properties": [key: ["const": .string(option.name)]]]
    // Without `required`, a section that leaves the key out fulfils the condition too.
    if option.name != fallback { condition["required"] = [.string(key)] }
    return .object(condition)
  }

  /// The names of each option's keys, where it is the chosen one.
  private var marks: [JSONValue] {
    options.compactMap { option in
      let section = option.section
      var names: [String: JSONValue] = [:]
      for property in section.properties { names[property.name] = true }
      var consequence: [String: JSONValue] = [:]
      if !names.isEmpty { consequence["properties"] = .object(names) }
      let marks = section.choices.flatMap(\.marks)
      if !marks.isEmpty { consequence["allOf"] = .array(marks) }
      return consequence.isEmpty ? nil : ["if": condition(for: option), "then": .object(consequence)]
    }
  }
}

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
  package func schema(_ definitions: SchemaDefinitions) -> [String: JSONValue] {
    var schema: [String: JSONValue] = ["type": "object"]
    addMembers(to: &schema, definitions)
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
  fileprivate func schemas(_ definitions: SchemaDefinitions) -> [JSONValue] {
    switch rule {
    case .value(let key, let fallback):
      return options.map { option in
        var condition: [String: JSONValue] = ["properties": [key: ["const": .string(option.name)]]]
        // Without `required`, a section that leaves the key out fulfils the condition too.
        if option.name != fallback { condition["required"] = [.string(key)] }
        var consequence: [String: JSONValue] = [:]
        Section.members(of: option, definitions, into: &consequence)
        return ["if": .object(condition), "then": .object(consequence)]
      }
    case .presence(let isRequired):
      let presences: [JSONValue] = options.map { ["required": [.string($0.name)]] }
      var branches: [JSONValue] = options.map { option in
        var branch: [String: JSONValue] = [:]
        Section.members(of: option, definitions, into: &branch)
        return .object(branch)
      }
      if !isRequired { branches.append(["not": ["anyOf": .array(presences)]]) }
      return [["oneOf": .array(branches)]]
    }
  }
}

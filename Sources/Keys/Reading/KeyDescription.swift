import JSON

/// What a reader wants to know of one key of a config.
package struct KeyDescription: Sendable, Equatable {
  /// With the keys that it is below, elements of lists as `[]`: `model.layers[].type`.
  package var path: String
  package var about: String
  /// "an integer from 1 to 128".
  package var allowed: String
  /// `nil` where there is none, or where a rule that ``about`` tells decides.
  package var fallback: JSONValue?
  package var isRequired: Bool
  /// What has to be chosen for the key to belong: `method "lars"`.
  package var condition: String?
  /// Whether it is an object, or a list of objects, with keys of its own.
  package var hasMembers: Bool
}

extension Section {
  /// The keys of this section, which describes, and of all that are below it, in the order of their declaration.
  package func descriptions(below prefix: String = "", condition: String? = nil) -> [KeyDescription] {
    var found = properties.flatMap { $0.descriptions(below: prefix, condition: condition) }
    for choice in choices {
      for option in choice.options {
        // That epochs may be there in place of steps is no condition of either.
        let label = choice.rule.key == nil ? condition : option.label
        found += option.section.descriptions(below: prefix, condition: label)
      }
    }
    return found.reduce(into: []) { result, key in
      // A key of several options that is the same in all is told once, with all of them.
      guard let place = result.firstIndex(where: { $0.isSame(as: key) }) else { return result.append(key) }
      let conditions = [result[place].condition, key.condition].compactMap(\.self)
      result[place].condition = conditions.count < 2 ? nil : conditions.joined(separator: ", ")
    }
  }
}

extension Section.Property {
  fileprivate func descriptions(below prefix: String, condition: String?) -> [KeyDescription] {
    let own = prefix + name
    let key = KeyDescription(
      path: own, about: about, allowed: allowed, fallback: fallback, isRequired: isRequired, condition: condition,
      hasMembers: members != nil)
    // Layers within layers have the keys that layers have.
    guard let members, !(members.isList && prefix.contains("\(name)[].")) else { return [key] }
    return [key] + members.section().descriptions(below: own + (members.isList ? "[]." : "."), condition: nil)
  }
}

extension KeyDescription {
  fileprivate func isSame(as other: KeyDescription) -> Bool {
    var other = other
    other.condition = condition
    return other == self
  }
}

/// One of several groups of keys, of which a section has just one: a case of an enumeration with a payload.
package struct Case<Value> {
  package let name: String
  package let about: String
  /// Whether a value is of this case.
  package let holds: (Value) -> Bool
  /// Declares the case's own keys.
  package let body: (Section, Value?) -> Value

  /// A case with keys of its own; `payload` takes them out of a value of this case.
  package init<Payload>(
    _ name: String, _ about: String, _ payload: @escaping (Value) -> Payload?,
    _ body: @escaping (Section, Payload?) -> Value
  ) {
    self.name = name
    self.about = about
    holds = { payload($0) != nil }
    self.body = { section, value in body(section, value.flatMap(payload)) }
  }

  /// A case without keys of its own.
  package init(_ name: String, _ about: String, _ value: Value) where Value: Equatable {
    self.name = name
    self.about = about
    holds = { $0 == value }
    body = { _, _ in value }
  }
}

/// A choice between groups of keys, as the JSON Schema describes it.
package struct Choice {
  package enum Rule {
    /// The value of a key names the case.
    case value(of: String, default: String?)
    /// The case is the one whose first key is there.
    case presence(isRequired: Bool)
  }

  package struct Option {
    package let name: String
    package let about: String
    /// As messages name it: `method "lars"`.
    package let label: String
    /// Declares the case's keys on a section.
    package let declare: (Section) -> Void

    /// A section with the case's keys alone.
    package var section: Section {
      let section = Section.describing()
      declare(section)
      return section
    }
  }

  package let rule: Rule
  package let options: [Option]
}

extension Choice.Rule {
  /// The key whose value decides, if one does.
  package var key: String? { if case .value(let key, _) = self { key } else { nil } }
}

/// A case that was not chosen, so that its keys do not belong here.
package struct UnchosenCase {
  package let option: Choice.Option
  /// The case that was chosen instead, and the key that decided; `nil` if none could be.
  package let chosen: (label: String, key: String)?
  /// Whether the name of the case is a key that may stand in place of the chosen one.
  package let isAlternative: Bool
}

extension Choice.Option {
  /// The keys of the case, each with the innermost named case that it belongs to: `hidden` with `preset "mlp"`.
  package var labels: [(key: String, label: String)] { labels(label) }

  private func labels(_ label: String) -> [(key: String, label: String)] {
    let section = section
    var labels = section.properties.map { (key: $0.name, label: label) }
    for choice in section.choices {
      // That epochs stand beside steps says nothing about where both belong.
      for option in choice.options { labels += option.labels(choice.rule.key == nil ? label : option.label) }
    }
    return labels
  }
}

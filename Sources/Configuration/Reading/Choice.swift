/// One of several groups of keys, of which a section has just one: a case of an enumeration with a payload.
struct Case<Value> {
  let name: String
  let about: String
  /// Whether a value is of this case.
  let holds: (Value) -> Bool
  /// Declares the case's own keys.
  let body: (Section, Value?) -> Value

  /// A case with keys of its own; `payload` takes them out of a value of this case.
  init<Payload>(
    _ name: String, _ about: String, _ payload: @escaping (Value) -> Payload?,
    _ body: @escaping (Section, Payload?) -> Value
  ) {
    self.name = name
    self.about = about
    holds = { payload($0) != nil }
    self.body = { section, value in body(section, value.flatMap(payload)) }
  }

  /// A case without keys of its own.
  init(_ name: String, _ about: String, _ value: Value) where Value: Equatable {
    self.name = name
    self.about = about
    holds = { $0 == value }
    body = { _, _ in value }
  }
}

/// A choice between groups of keys, as the JSON Schema describes it.
struct Choice {
  enum Rule {
    /// The value of a key names the case.
    case value(of: String, default: String?)
    /// The case is the one whose first key is there.
    case presence(isRequired: Bool)
  }

  struct Option {
    let name: String
    let about: String
    /// As messages name it: `method "lars"`.
    let label: String
    /// Declares the case's keys on a section.
    let declare: (Section) -> Void

    /// A section with the case's keys alone.
    var section: Section {
      let section = Section.describing()
      declare(section)
      return section
    }
  }

  let rule: Rule
  let options: [Option]
}

extension Choice.Rule {
  /// The key whose value decides, if one does.
  var key: String? { if case .value(let key, _) = self { key } else { nil } }
}

/// A case that was not chosen, so that its keys do not belong here.
struct Stranger {
  let option: Choice.Option
  /// The case that was chosen instead, and the key that decided; `nil` if none could be.
  let chosen: (label: String, key: String)?
  /// Whether the name of the case is a key that may stand in place of the chosen one.
  let isAlternative: Bool
}

extension Choice.Option {
  /// The keys of the case, each with the innermost named case that it belongs to: `hidden` with `preset "mlp"`.
  var labels: [(key: String, label: String)] { labels(label) }

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

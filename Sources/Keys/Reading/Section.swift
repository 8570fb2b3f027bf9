import JSON

/// One object of the config, whose keys are declared one after another, each with form, default and description.
///
/// A type of the config has one function that declares its keys on a section and makes a value of them. It is run for
/// three ends: to *read* a JSON object, to *write* a value as JSON, and to *describe* the keys for messages and
/// for the JSON Schema. So there is no second list of keys, defaults or ranges that could differ. The function gets the
/// value that is being written, or `nil`, and hands each key its part; every declaration returns the key's value, and
/// where there is none (describing) or it was refused (reading), a default or placeholder.
public final class Section {
  private enum Task {
    case reading([String: JSONValue], Place)
    case writing
    case describing
  }

  /// A declared key.
  package struct Property {
    package let name: String
    package let about: String
    package let isRequired: Bool
    package let fallback: JSONValue?
    package let allowed: String
    package let schema: (SchemaDefinitions) -> [String: JSONValue]
    package let members: Members?
  }

  private let task: Task
  package private(set) var properties: [Property] = []
  /// The choices between groups of keys, filled only in describing.
  package private(set) var choices: [Choice] = []
  /// Groups of keys that were not chosen, filled only in reading.
  private var unchosen: [UnchosenCase] = []
  /// What has been written.
  private var written: [String: JSONValue] = [:]

  private init(_ task: Task) {
    self.task = task
  }

  package static func describing() -> Section { Section(.describing) }

  /// Reads `object` and reports every mistake in it.
  package static func read<Value>(_ object: [String: JSONValue], at place: Place, _ body: (Section, Value?) -> Value)
    -> Value
  {
    let section = Section(.reading(object, place))
    let value = body(section, nil)
    section.reportUnknownKeys(in: object, at: place)
    return value
  }

  package static func write<Value>(_ value: Value, _ body: (Section, Value?) -> Value) -> [String: JSONValue] {
    let section = Section(.writing)
    _ = body(section, value)
    return section.written
  }

  // MARK: Keys

  /// A key with a default. Where the default depends on other keys, `defaultRule` says how.
  public func key<Value>(
    _ name: String, _ value: Value?, _ format: Format<Value>, default fallback: Value, _ about: String,
    defaultRule: String? = nil
  ) -> Value {
    let about = defaultRule.map { "\(about) Default: \($0)." } ?? about
    return declare(name, value, format, about, fallback: defaultRule == nil ? format.write(fallback) : nil) ?? fallback
  }

  /// A key that must be there.
  public func required<Value>(_ name: String, _ value: Value?, _ format: Format<Value>, _ about: String) -> Value {
    declare(name, value, format, about, isRequired: true) ?? format.placeholder()
  }

  /// A key that may be left out.
  public func optional<Value>(_ name: String, _ value: Value?, _ format: Format<Value>, _ about: String) -> Value? {
    declare(name, value, format, about)
  }

  /// An object that may be left out, as all its keys may.
  ///
  /// - Parameter short: the key that a string or a number in its place stands for.
  package func section<Value>(
    _ name: String, _ value: Value?, short: String? = nil, _ about: String,
    _ body: @escaping (Section, Value?) -> Value
  ) -> Value {
    let isLeftOut = if case .reading(_, let place) = task { found(name, at: place) == nil } else { false }
    let value = declare(name, value, .object(short: short, body), about)
    if case .reading(_, let place) = task, isLeftOut { return Section.read([:], at: place.appending(name), body) }
    return value ?? body(.describing(), nil)
  }

  private func declare<Value>(
    _ name: String, _ value: Value?, _ format: Format<Value>, _ about: String, isRequired: Bool = false,
    fallback: JSONValue? = nil
  ) -> Value? {
    properties.append(
      Property(
        name: name, about: about, isRequired: isRequired, fallback: fallback, allowed: format.allowed,
        schema: format.schema, members: format.members))
    switch task {
    case .describing: return nil
    case .writing:
      written[name] = value.map(format.write)
      return value
    case .reading(_, let place):
      if let json = found(name, at: place) { return format.read(json, place.appending(name)) }
      if isRequired { place.appending(name).report("missing; needed: \(format.allowed): \(about)") }
      return nil
    }
  }

  /// The value of a key that is being read; an override of `null` has removed it.
  private func found(_ name: String, at place: Place) -> JSONValue? {
    guard case .reading(let object, _) = task, let json = object[name] else { return nil }
    return json == .null && place.findings.overrider(of: place.appending(name).path) != nil ? nil : json
  }

  /// The key that a string or a number at `path` stands for, where an object may be there as well. Of a section that
  /// describes.
  package func shortKey(at path: some Collection<String>) -> String? {
    guard let name = path.first, let members = property(name)?.members else { return nil }
    return path.count == 1 ? members.shortKey : members.section().shortKey(at: path.dropFirst())
  }

  private func property(_ name: String) -> Property? {
    if let own = properties.first(where: { $0.name == name }) { return own }
    for choice in choices {
      for option in choice.options {
        if let found = option.section.property(name) { return found }
      }
    }
    return nil
  }

  // MARK: Choices

  /// A key whose value decides which other keys belong to this section.
  package func choice<Value>(
    _ key: String, _ value: Value?, default fallback: String? = nil, _ about: String, defaultRule: String? = nil,
    _ cases: [Case<Value>]
  ) -> Value {
    let names = Format.word(cases.map(\.name), about: cases.map(\.about))
    let writing: Case<Value>? = value.map { value in Self.first(cases, of: value) }
    let name: String? =
      if let fallback {
        self.key(key, writing?.name, names, default: fallback, about, defaultRule: defaultRule)
      } else {
        declare(key, writing?.name, names, about, isRequired: true)
      }
    let isFaulty =
      if case .reading(_, let place) = task { place.findings.isFaulty(place.appending(key).path) } else { false }
    let chosen = isFaulty ? nil : cases.first { $0.name == name }
    return choose(chosen, value, from: cases, .value(of: key, default: fallback)) { "\(key) \"\($0)\"" }
  }

  /// Keys that exclude one another; the one that is there is the name of the case that holds.
  package func alternatives<Value>(_ value: Value?, default fallback: Value? = nil, _ cases: [Case<Value>]) -> Value {
    var chosen = value.map { Self.first(cases, of: $0) }
    if case .reading(_, let place) = task {
      let present = cases.filter { found($0.name, at: place) != nil }
      // The command line wins over the file, and its later overrides over its earlier ones.
      let ranks = present.map { rank(of: $0.name, at: place) }
      let winners = zip(present, ranks).filter { $0.1 == ranks.max() }.map(\.0)
      if winners.count > 1 {
        place.appending(winners[1].name).report(
          "\(winners[0].name) is there too; allowed: only one of \(cases.map(\.name).joined(separator: " and "))")
      }
      if present.isEmpty, fallback == nil {
        place.report("missing; needed: \(cases.map(\.name).joined(separator: " or "))")
      }
      chosen = winners.count == 1 ? winners[0] : nil
    }
    let result = choose(chosen, value, from: cases, .presence(isRequired: fallback == nil)) { $0 }
    return chosen == nil ? fallback ?? result : result
  }

  private static func first<Value>(_ cases: [Case<Value>], of value: Value) -> Case<Value> {
    guard let found = cases.first(where: { $0.holds(value) }) else {
      preconditionFailure("\(value) is none of \(cases.map(\.name)) and cannot be written")
    }
    return found
  }

  /// Declares the keys of the chosen case here, and remembers those of the others for messages.
  private func choose<Value>(
    _ chosen: Case<Value>?, _ value: Value?, from cases: [Case<Value>], _ rule: Choice.Rule,
    label: (String) -> String
  ) -> Value {
    switch task {
    case .describing:
      choices.append(
        Choice(
          rule: rule,
          options: cases.map { option in
            Choice.Option(name: option.name, about: option.about, label: label(option.name)) {
              _ = option.body($0, nil)
            }
          }))
    case .reading:
      // With none chosen, the keys of every case are left in peace.
      for other in cases where other.name != chosen?.name {
        unchosen.append(
          UnchosenCase(
            option: Choice.Option(name: other.name, about: other.about, label: label(other.name)) {
              _ = other.body($0, nil)
            },
            chosen: chosen.map { (label: label($0.name), key: rule.key ?? $0.name) }, isAlternative: rule.key == nil))
      }
    case .writing: break
    }
    if let chosen, !isDescribing { return chosen.body(self, value) }
    return cases[0].body(.describing(), nil)
  }

  private var isDescribing: Bool { if case .describing = task { true } else { false } }

  // MARK: Checks

  /// A rule over several keys. It is left out where one of them is at fault by itself.
  public func check(
    _ key: String, with others: [String] = [], _ holds: @autoclosure () -> Bool, _ message: @autoclosure () -> String
  ) {
    guard case .reading(_, let place) = task else { return }
    guard ([key] + others).allSatisfy({ !place.findings.isFaulty(place.appending($0).path) }) else { return }
    if !holds() { place.appending(key).report(message()) }
  }

  private func reportUnknownKeys(in object: [String: JSONValue], at place: Place) {
    let known = Set(properties.map(\.name))
    let unknown = object.keys.filter { !known.contains($0) }.sorted()
    if unknown.isEmpty { return }
    let unchosen = unchosen.map { (labels: $0.option.labels, chosen: $0.chosen) }
    // Of keys that exclude one another, the absent ones are allowed too, in place of the one that is there.
    let others = self.unchosen.filter { $0.isAlternative }.map(\.option.name)
    let allowed =
      (properties.map(\.name) + others + unchosen.filter { $0.chosen == nil }.flatMap { $0.labels.map(\.key) })
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let candidates = allowed + unchosen.flatMap { $0.labels.map(\.key) }
    for key in unknown where !place.findings.isFull {
      let here = place.appending(key)
      let owners = unchosen.filter { owner in owner.labels.contains { $0.key == key } }
      // The innermost choice: preset "mlp", not that there is a preset.
      if let chosen = owners.last?.chosen {
        // An override that chose another case than the file makes the file's keys of the old case void.
        if rank(of: chosen.key, at: place) > rank(of: key, at: place) { continue }
        let labels = owners.flatMap(\.labels).filter { $0.key == key }.map(\.label)
        here.report(
          "belongs to \(labels.joined(separator: " or ")), not to \(chosen.label); "
            + "allowed here: \(allowed.joined(separator: ", "))")
      } else if owners.isEmpty {
        let nearest = place.findings.suggestion(for: key, here: candidates)
        here.report(
          "unknown key; \(nearest.map { "nearest: \($0); " } ?? "")allowed here: \(allowed.joined(separator: ", "))")
      }
    }
  }

  /// Which override has set a key: the later, the higher, and -1 for the file.
  private func rank(of key: String, at place: Place) -> Int {
    place.findings.overrider(of: place.appending(key).path) ?? -1
  }
}

import JSON

/// The form of one JSON value: how it is read, written, described in a message and in the JSON Schema.
public struct Format<Value> {
  /// As messages say it: "an integer from 1 to 128".
  package let allowed: String
  /// Stands in for a value that could not be read, so that reading goes on and finds the other mistakes.
  package let placeholder: () -> Value
  /// The JSON Schema of the value.
  package let schema: (SchemaDefinitions) -> [String: JSONValue]
  /// `nil` after the mistake has been reported.
  package let read: (JSONValue, Place) -> Value?
  package let write: (Value) -> JSONValue
  /// The keys of an object; `nil` for all other forms.
  package let members: Members?

  package init(
    allowed: String, placeholder: @escaping () -> Value,
    schema: @escaping (SchemaDefinitions) -> [String: JSONValue],
    read: @escaping (JSONValue, Place) -> Value?, write: @escaping (Value) -> JSONValue, members: Members? = nil
  ) {
    self.members = members
    self.allowed = allowed
    self.placeholder = placeholder
    self.schema = schema
    self.read = read
    self.write = write
  }
}

extension Format {
  /// A value without parts: `parse` gives `nil` for any other type and for what is out of range.
  package init(
    allowed: String, placeholder: Value, schema: [String: JSONValue], write: @escaping (Value) -> JSONValue,
    parse: @escaping (JSONValue) -> Value?
  ) {
    self.init(
      allowed: allowed, placeholder: { placeholder }, schema: { _ in schema },
      read: { json, place in
        if let value = parse(json) { return value }
        place.refuse(json, allowed: allowed)
        return nil
      },
      write: write)
  }
}

extension Format<Int> {
  public static func integer(_ range: ClosedRange<Int>) -> Format {
    Format(
      allowed: "an integer \(range.phrase)", placeholder: range.lowerBound,
      schema: [
        "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
      ],
      write: { .integer($0) },
      parse: { json in json.wholeNumber.flatMap { range.contains($0) ? $0 : nil } })
  }
}

extension Format<Double> {
  public static func number(_ range: NumberRange) -> Format {
    Format(
      allowed: "a number \(range.phrase)", placeholder: 0.5, schema: range.schema, write: { .number($0) },
      parse: { json in json.double.flatMap { range.contains($0) ? $0 : nil } })
  }
}

extension Format<Bool> {
  public static var flag: Format {
    Format(
      allowed: "true or false", placeholder: false, schema: ["type": "boolean"], write: { .bool($0) },
      parse: { json in if case .bool(let flag) = json { flag } else { nil } })
  }
}

extension Format<String> {
  /// A string of at least one character. In an override, any bare text is one.
  public static func string(
    _ allowed: String = "a string", where isAllowed: @escaping (String) -> Bool = { _ in true }
  )
    -> Format
  {
    Format(
      allowed: allowed, placeholder: { "" }, schema: { _ in ["type": "string", "minLength": 1] },
      read: { json, place in
        let string: String? =
          if case .string(let string) = json { string } else { place.findings.bareText(of: place.path) }
        if let string, !string.isEmpty, isAllowed(string) { return string }
        place.refuse(json, allowed: allowed)
        return nil
      },
      write: { .string($0) })
  }

  /// A path of a file or folder.
  package static var path: Format { string("a path") { !$0.utf8.contains(0) } }

  /// One of `names`, each with a description, which editors show beside it (`enumDescriptions`, a keyword of theirs).
  static func word(_ names: [String], about: [String]) -> Format {
    let plain = word(names)
    return Format(
      allowed: plain.allowed, placeholder: plain.placeholder,
      schema: { definitions in
        plain.schema(definitions).merging(["enumDescriptions": .array(about.map { .string($0) })]) { $1 }
      }, read: plain.read, write: plain.write)
  }

  /// One of `names`.
  public static func word(_ names: [String]) -> Format {
    let allowed = names.map { "\"\($0)\"" }.joined(separator: ", ")
    return Format(
      allowed: allowed, placeholder: { names[0] }, schema: { _ in ["enum": .array(names.map { .string($0) })] },
      read: { json, place in
        guard case .string(let string) = json else {
          place.refuse(json, allowed: allowed)
          return nil
        }
        if names.contains(string) { return string }
        let synonym = place.findings.synonym(of: string).flatMap { names.contains($0) ? $0 : nil }
        let nearest = (synonym ?? NearestName.among(names, to: string)).map { "nearest: \"\($0)\"; " } ?? ""
        place.report("found \(json.found); \(nearest)allowed: \(allowed)")
        return nil
      },
      write: { .string($0) })
  }
}

extension Format where Value: RawRepresentable<String> & CaseIterable {
  /// One of the cases of an enumeration, by name.
  public static var word: Format {
    let names = Format<String>.word(Value.allCases.map(\.rawValue))
    return Format(
      allowed: names.allowed, placeholder: { Value.allCases.first! }, schema: names.schema,
      read: { json, place in names.read(json, place).flatMap(Value.init) },
      write: { .string($0.rawValue) })
  }
}

extension Format {
  /// A list with `count` elements.
  public static func list<Element>(of element: Format<Element>, _ elements: String, count: ClosedRange<Int>) -> Format
  where Value == [Element] {
    let allowed = "a list of \(count.phrase(of: elements))"
    return Format(
      allowed: allowed, placeholder: { [] },
      schema: { definitions in
        var schema: [String: JSONValue] = ["type": "array", "items": .object(element.schema(definitions))]
        if count.lowerBound > 0 { schema["minItems"] = .integer(count.lowerBound) }
        schema["maxItems"] = .integer(count.upperBound)
        return schema
      },
      read: { json, place in
        guard case .array(let elements) = json, count.contains(elements.count) else {
          place.refuse(json, allowed: allowed)
          return nil
        }
        let values = elements.enumerated().map { element.read($1, place.appending(String($0))) }
        return values.contains { $0 == nil } ? nil : values.compactMap(\.self)
      },
      write: { .array($0.map(element.write)) },
      members: element.members.map { Members(shortKey: nil, isList: true, section: $0.section) })
  }

  /// An object whose keys `body` declares.
  ///
  /// - Parameter short: the key that a string or a number in place of the object stands for: `"model": "mlp"` is
  ///   `"model": {"preset": "mlp"}`. Left out, only an object is allowed.
  package static func object(short: String? = nil, _ body: @escaping (Section, Value?) -> Value) -> Format {
    let members = Members(shortKey: short, isList: false) {
      let section = Section.describing()
      _ = body(section, nil)
      return section
    }
    return Format(
      allowed: short.map { "an object, or the value of its key \($0) alone" } ?? "an object",
      placeholder: { body(.describing(), nil) },
      schema: { definitions in
        let section = members.section()
        return section.schema(definitions, short: short)
      },
      read: { json, place in
        switch json {
        case .object(let object): return Section.read(object, at: place, body)
        case .string, .integer, .number:
          if let short { return Section.read([short: json], at: place, body) }
        default: break
        }
        place.refuse(json, allowed: "an object")
        return nil
      },
      write: { .object(Section.write($0, body)) }, members: members)
  }

  /// A form that may contain itself: the schema defines it once under `name` and refers to it from everywhere.
  package static func recursive(_ name: String, _ format: Format) -> Format {
    Format(
      allowed: format.allowed, placeholder: format.placeholder,
      schema: { $0.reference(to: name, format.schema) }, read: format.read, write: format.write,
      members: format.members)
  }
}

/// The keys of an object, which a path leads on to.
package struct Members {
  /// The key that a string or a number in place of the object stands for.
  package let shortKey: String?
  /// Whether they are those of each element of a list.
  package let isList: Bool
  /// Declares them.
  package let section: () -> Section
}

extension ClosedRange<Int> {
  /// "from 1 to 2^31".
  package var phrase: String {
    func text(_ bound: Int) -> String {
      bound >= 1 << 20 && bound.nonzeroBitCount == 1 ? "2^\(bound.trailingZeroBitCount)" : String(bound)
    }
    return "from \(text(lowerBound)) to \(text(upperBound))"
  }

  /// "1 to 3 sizes", "2 sizes".
  package func phrase(of things: String) -> String {
    lowerBound == upperBound ? "\(lowerBound) \(things)" : "\(lowerBound) to \(upperBound) \(things)"
  }
}

extension JSONValue: Decodable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let string = try? container.decode(String.self) {
      self = .string(string)
    } else if let integer = try? container.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let bool = try? container.decode(Bool.self) {
      self = .bool(bool)
    } else if (try? decoder.unkeyedContainer()) != nil {
      // An error inside the list must come out, so the list is not decoded by `try?`.
      self = .array(try container.decode([JSONValue].self))
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}

extension JSONValue: Encodable {
  /// JSON has no infinity and no NaN: they become `null`.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let bool): try container.encode(bool)
    case .integer(let integer): try container.encode(integer)
    case .number(let number) where number.isFinite: try container.encode(number)
    case .number: try container.encodeNil()
    case .string(let string): try container.encode(string)
    case .array(let elements): try container.encode(elements)
    case .object(let object): try container.encode(object)
    }
  }

  /// The value as JSON on one line, with sorted keys.
  package var line: String { JSONText.line(self) }

  /// The value as JSON over several lines, with sorted keys.
  package var text: String { String(JSONText.pretty(self).dropLast()) }
}

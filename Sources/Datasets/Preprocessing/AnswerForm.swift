/// What a network's outputs say.
public enum AnswerForm: Sendable, Equatable {
  /// Logits of the named classes.
  case classes(names: [String])
  /// Numbers, which training sees standardised.
  case values(TargetScale)

  /// The number of outputs.
  public var outputs: Int {
    switch self {
    case .classes(let names): names.count
    case .values(let scale): scale.width
    }
  }
}

// MARK: As JSON: `{"classes": […]}` or `{"values": {…}}`

extension AnswerForm: Codable {
  private enum Keys: String, CodingKey { case classes, values }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    if let names = try values.decodeIfPresent([String].self, forKey: .classes) {
      self = .classes(names: names)
    } else {
      self = .values(try values.decode(TargetScale.self, forKey: .values))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    switch self {
    case .classes(let names): try values.encode(names, forKey: .classes)
    case .values(let scale): try values.encode(scale, forKey: .values)
    }
  }
}

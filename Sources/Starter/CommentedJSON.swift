import JSON

/// A JSON object with comments, in the order in which its members were added.
struct CommentedJSON {
  /// A key with what stands above it and behind it.
  private struct Member {
    var comments: [String]
    var key: String
    var value: Value
  }

  /// What stands behind a key.
  enum Value {
    /// A value on one line; members keep their order.
    case line(InlineJSON)
    /// An object of several lines.
    case object(CommentedJSON)
  }

  private var members: [Member] = []

  /// Columns of a line with a comment.
  private static let columns = 100

  /// Adds a member; each comment is a paragraph above it.
  mutating func add(_ key: String, _ value: InlineJSON, _ comments: String...) {
    members.append(Member(comments: comments, key: key, value: .line(value)))
  }

  /// Adds an object of several lines.
  mutating func add(_ key: String, _ object: CommentedJSON, _ comments: String...) {
    members.append(Member(comments: comments, key: key, value: .object(object)))
  }

  /// The text, behind a heading of comments.
  func text(heading: [String]) -> String {
    (heading.flatMap { Self.comment($0, indent: "") } + lines(indent: "")).joined(separator: "\n") + "\n"
  }

  private func lines(indent: String) -> [String] {
    let inner = indent + "  "
    var lines = ["{"]
    for (index, member) in members.enumerated() {
      lines += member.comments.flatMap { Self.comment($0, indent: inner) }
      let key = "\(inner)\(InlineJSON.string(member.key).text): "
      let comma = index + 1 < members.count ? "," : ""
      switch member.value {
      case .line(let value): lines.append(key + value.text + comma)
      case .object(let object):
        let block = object.lines(indent: inner)
        lines += [key + block[0]] + block.dropFirst().dropLast() + [inner + "}" + comma]
      }
    }
    return lines + [indent + "}"]
  }

  /// A paragraph, broken between words.
  static func comment(_ text: String, indent: String) -> [String] {
    var lines: [String] = []
    var line = indent + "//"
    // A file's name may hold a line break, which would end the comment.
    for word in text.split(whereSeparator: \.isWhitespace) {
      if line.count + word.count >= columns, line.count > indent.count + 2 {
        lines.append(line)
        line = indent + "//"
      }
      line += " " + word
    }
    return lines + [line]
  }
}

/// JSON on one line, whose objects keep the order of their members.
indirect enum InlineJSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case bool(Bool)
  case string(String)
  case integer(Int)
  case number(Double)
  case list([InlineJSON])
  case object([(key: String, value: InlineJSON)])

  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: InlineJSON...) { self = .list(elements) }
  init(dictionaryLiteral members: (String, InlineJSON)...) {
    self = .object(members.map { (key: $0.0, value: $0.1) })
  }

  var text: String {
    switch self {
    case .bool(let bool): "\(bool)"
    case .string(let string): JSONText.line(string)
    case .integer(let integer): "\(integer)"
    case .number(let number): JSONText.line(number)
    case .list(let elements) where elements.isEmpty: "[]"
    case .list(let elements):
      elements.contains { if case .object = $0 { true } else { false } }
        ? "[ \(elements.map(\.text).joined(separator: ", ")) ]"
        : "[\(elements.map(\.text).joined(separator: ", "))]"
    case .object(let members):
      members.isEmpty
        ? "{}"
        : "{ \(members.map { "\(InlineJSON.string($0.key).text): \($0.value.text)" }.joined(separator: ", ")) }"
    }
  }
}

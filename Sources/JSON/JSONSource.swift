import Foundation

/// A JSON text in the form that Foundation reads, with places in the text as it was written.
package struct JSONSource {
  /// Objects and arrays within one another; a deeper text is refused before anything recurses into it.
  package static let maximumDepth = 100

  private let original: [UInt8]
  /// The same bytes, but comments are spaces, so that a place in one is the same place in the other.
  private var plain: [UInt8]
  /// Where the innermost object or array begins that has no end.
  private var unclosed: Int?
  /// The first key that an object has for the second time.
  private var repeatedKey: JSONKeys.Repeated?

  /// Takes out `//` and `/* */` comments and counts brackets; all else is for Foundation to check.
  package init(_ text: String) throws(JSONSyntaxError) {
    original = Array(text.utf8.starts(with: [0xEF, 0xBB, 0xBF]) ? text.utf8.dropFirst(3) : text.utf8[...])
    plain = original
    var open: [Int] = []
    var keys = JSONKeys()
    var position = 0
    while position < original.count {
      var end = position + 1
      switch original[position] {
      case UInt8(ascii: "\""):
        end = endOfString(from: position)
        keys.string(original[position..<end])
      case UInt8(ascii: "/"):
        end = try endOfComment(from: position)
        for index in position..<end where !isLineEnd(plain[index]) { plain[index] = UInt8(ascii: " ") }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard open.count < Self.maximumDepth else {
          throw error(at: position, "more than \(Self.maximumDepth) objects and arrays within one another")
        }
        open.append(position)
        keys.open(isObject: original[position] == UInt8(ascii: "{"))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = open.popLast()
        keys.close()
      case UInt8(ascii: ","): keys.comma()
      default: break
      }
      position = max(end, position + 1)
    }
    unclosed = open.last
    repeatedKey = keys.repeated
  }

  /// A string ends with its line at the latest; Foundation refuses it then.
  private func endOfString(from start: Int) -> Int {
    var position = start + 1
    while position < original.count, !isLineEnd(original[position]) {
      if original[position] == UInt8(ascii: "\"") { return position + 1 }
      position += original[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position, original.count)
  }

  /// `start` itself, if it is no comment that begins there.
  private func endOfComment(from start: Int) throws(JSONSyntaxError) -> Int {
    let rest = original[start...]
    if rest.starts(with: "//".utf8) { return rest.firstIndex(where: isLineEnd) ?? rest.endIndex }
    guard rest.starts(with: "/*".utf8) else { return start }
    var position = start + 2
    while position + 1 < original.count {
      if original[position] == UInt8(ascii: "*"), original[position + 1] == UInt8(ascii: "/") { return position + 2 }
      position += 1
    }
    throw error(at: start, "the comment that begins here has no end */")
  }

  /// The value of the text.
  package func value() throws(JSONSyntaxError) -> JSONValue {
    var parser = JSONParser(plain)
    guard let value = parser.value() else { throw syntaxError }
    // Found while brackets were counted, but a text that is no JSON has other mistakes first.
    if let repeatedKey {
      throw error(
        at: repeatedKey.second,
        "the key \(repeatedKey.path) is there twice, first in line \(line(at: repeatedKey.first)); keep one of them",
        repeatsKey: true)
    }
    return value
  }

  /// Why and where the text is not JSON.
  ///
  /// `JSONSerialization` says both: the place is at the end of its message.
  private var syntaxError: JSONSyntaxError {
    let reason: String
    do {
      _ = try JSONSerialization.jsonObject(with: Data(plain), options: .fragmentsAllowed)
      reason = "the text is not JSON"
    } catch {
      reason = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? error.localizedDescription
    }
    if let (words, place) = Self.place(in: reason) { return error(at: place, message(words, at: place)) }
    if reason.hasPrefix("Number ") {
      let number = reason.dropFirst("Number ".count).prefix { $0 != " " }
      if let place = plain.firstRange(of: number.utf8) {
        let shown = number.count > 40 ? "\(number.prefix(40))…" : String(number)
        return error(at: place.lowerBound, "the number \(shown) does not fit 64 bits")
      }
    }
    if plain.allSatisfy({ $0 == 32 || (9...13).contains($0) }), let hint = JSONHint(plain, at: 0).text {
      return error(at: 0, hint)
    }
    if let unclosed {
      return error(at: plain.count, "the text ends, but the bracket of line \(line(at: unclosed)) is not closed")
    }
    return error(at: plain.count, reason)
  }

  /// The words and the place of a reason such as "Invalid value around character 12."
  ///
  /// The reason may repeat a value of the text, of any length, so it is looked at from its end.
  private static func place(in reason: String) -> (words: String, place: Int)? {
    guard reason.hasSuffix(".") else { return nil }
    let parts = reason.dropLast().split(separator: " ", omittingEmptySubsequences: false)
    guard let last = parts.last, last.allSatisfy(\.isNumber), let place = Int(last) else { return nil }
    let count = parts.dropLast().last == "at" ? 2 : parts.suffix(3).dropLast() == ["around", "character"] ? 3 : 0
    return count > 0 ? (parts.dropLast(count).joined(separator: " "), place) : nil
  }

  /// The decoder's words for what stands at a place, and what the writer may have meant.
  private func message(_ reason: String, at place: Int) -> String {
    if reason == "Unescaped control character" {
      return isLineEnd(original[min(place, original.count - 1)])
        ? "the line ends inside a string, which has no closing quote"
        : "a tab or another control character inside a string; a tab is written \\t"
    }
    let words = reason == "Invalid value" ? "unexpected \(found(at: place))" : reason
    guard reason == "Invalid value", let hint = JSONHint(plain, at: place).text else { return words }
    return "\(words); \(hint)"
  }

  private func found(at place: Int) -> String {
    guard place < original.count else { return "end of the text" }
    // A character has few bytes, but combining marks may go on for ever.
    let character = String(decoding: original[place...].prefix(16), as: UTF8.self).first ?? " "
    return "`\(character)`"
  }

  /// Lines end with LF, CR LF or CR.
  private func line(at place: Int) -> Int {
    let before = original.prefix(place)
    return 1
      + before.indices.count {
        before[$0] == newline || before[$0] == carriageReturn && (original[safe: $0 + 1] ?? 0) != newline
      }
  }

  private func error(at place: Int, _ message: String, repeatsKey: Bool = false) -> JSONSyntaxError {
    let before = original.prefix(place)
    let start = before.lastIndex(where: isLineEnd).map { $0 + 1 } ?? 0
    return JSONSyntaxError(
      line: line(at: place), column: 1 + String(decoding: before[min(start, before.endIndex)...], as: UTF8.self).count,
      message: message, repeatsKey: repeatsKey)
  }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

private func isLineEnd(_ byte: UInt8) -> Bool { byte == newline || byte == carriageReturn }

extension [UInt8] {
  fileprivate subscript(safe index: Int) -> UInt8? { indices.contains(index) ? self[index] : nil }
}

extension JSONValue {
  /// Reads JSON (RFC 8259) that may also have `//` and `/* */` comments and trailing commas.
  ///
  /// Numbers beyond 64 bits, more than 100 levels and a key that an object has twice are errors too.
  package init(parsing text: String) throws(JSONSyntaxError) {
    self = try JSONSource(text).value()
  }
}

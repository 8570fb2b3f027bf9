import Foundation

/// JSON text of a value, with sorted keys, so that the same value always gives the same bytes.
///
/// NaN and infinite numbers become `null` wherever they stand: JSON has no other word for them.
package enum JSONText {
  /// The value on one line, without a line break at its end: an entry of `metrics.jsonl`.
  package static func line(_ value: some Encodable) -> String {
    text(of: value, [])
  }

  /// The value over several lines, with a line break at its end.
  package static func pretty(_ value: some Encodable) -> String {
    text(of: value, .prettyPrinted) + "\n"
  }

  /// What `JSONEncoder` writes for a number that is not finite, since `null` is not in its choice: a string that no
  /// record has, as U+FFFF is no character.
  private static let notFinite = "\u{FFFF}"

  /// The value on one line as text that gives it back exactly, infinite numbers and NaN included: for a state to go on
  /// from, which nobody else reads. ``state(_:from:)`` reads it.
  package static func state(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoded(value, encoder)
  }

  /// Reads what ``state(_:)`` wrote.
  package static func state<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(text.utf8))
  }

  private static func text(of value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: notFinite, negativeInfinity: notFinite, nan: notFinite)
    return encoded(value, encoder).replacingOccurrences(of: "\"\(notFinite)\"", with: "null")
  }

  private static func encoded(_ value: some Encodable, _ encoder: JSONEncoder) -> String {
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      preconditionFailure("\(type(of: value)) cannot be written as JSON: \(error)")
    }
  }
}

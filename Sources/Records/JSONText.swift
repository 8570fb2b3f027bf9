import Foundation

/// JSON text of a record, with sorted keys, so that the same record always gives the same bytes.
///
/// NaN and infinite numbers become `null` wherever they stand: JSON has no other word for them.
public enum JSONText {
  /// The value on one line, without a line break at its end: an entry of `metrics.jsonl`.
  public static func line(_ value: some Encodable) -> String {
    text(of: value, [])
  }

  /// The value over several lines, with a line break at its end.
  public static func pretty(_ value: some Encodable) -> String {
    text(of: value, .prettyPrinted) + "\n"
  }

  /// What `JSONEncoder` writes for a number that is not finite, since `null` is not in its choice: a string that no
  /// record has, as U+FFFF is no character.
  private static let notFinite = "\u{FFFF}"

  private static func text(of value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: notFinite, negativeInfinity: notFinite, nan: notFinite)
    do {
      let text = String(decoding: try encoder.encode(value), as: UTF8.self)
      return text.replacingOccurrences(of: "\"\(notFinite)\"", with: "null")
    } catch {
      preconditionFailure("\(type(of: value)) cannot be written as JSON: \(error)")
    }
  }
}

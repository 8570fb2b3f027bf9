import Foundation
import JSON
import TestSupport
import Testing

@Suite("JSON read")
struct JSONParsingTests {
  private static let atoms = [
    "1", "-1", "0", "-0", "-0.0", "01", "1.5", "1e5", "1E+5", "1e400", "5e-324", "3.0", "100e-2", "0.1e1", "1e18",
    "1e19",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "9007199254740993.0", "123456789012345678.0", "4611686018427387904.0", "12345678901234567890123", "true", "false",
    "null", "tru", "nan", "+1", ".5", "1.", "1e", "0x1", "\"a\"", "\"b\\n\\\"\\/\"", "\"\\u0041\"",
    "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\x\"", "\"é\"", "\"\u{1}\"", "\"", "[", "}", ",", "\u{A0}1",
  ]

  /// A text that is mostly JSON, with keys that occur once.
  private func text(_ generator: inout SeededGenerator, depth: Int = 0) -> String {
    let count = Int.random(in: 0...3, using: &generator)
    let comma = Int.random(in: 0..<8, using: &generator) == 0 ? "," : ""
    switch depth > 3 ? 9 : Int.random(in: 0..<8, using: &generator) {
    case 0, 1:
      return "[" + (0..<count).map { _ in text(&generator, depth: depth + 1) }.joined(separator: " ,\n") + comma + "]"
    case 2, 3:
      let members = (0..<count).map { "\"k\($0)\"\t: " + text(&generator, depth: depth + 1) }
      return "{" + members.joined(separator: ",") + comma + "}"
    default: return Self.atoms.randomElement(using: &generator)!
    }
  }

  @Test("a text is the value that Foundation's decoder makes of it, and what that refuses is refused")
  func agreesWithFoundation() {
    var generator = SeededGenerator(seed: 11)
    var accepted = 0
    for _ in 0..<20_000 {
      let text = text(&generator)
      let expected = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
      let found = try? JSONValue(parsing: text)
      #expect(found == expected, "\(text)")
      if found != nil { accepted += 1 }
    }
    #expect((4000..<16_000).contains(accepted), "\(accepted)")
  }

  @Test(
    "a number is whole if its digits say so, however they are written; others are the nearest double",
    arguments: [
      ("1e-400", JSONValue.number(0)), ("1e-9223372036854775808", .number(0)), ("0e9223372036854775808", .number(0)),
      ("0e99", .integer(0)), ("9007199254740993.01", .number(9_007_199_254_740_994)), ("1200e-2", .integer(12)),
      ("0.00012e5", .integer(12)), ("-922337203685477580.8e1", .integer(.min)), ("5e-1", .number(0.5)),
    ])
  func numbers(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test("a megabyte is read whatever is in it, at any depth, in less than a minute of a processor")
  func longTexts() throws {
    #expect(try ProcessorTime.seconds(of: readLongTexts) < 60)
  }

  private func readLongTexts() throws {
    let many = 1 << 18
    let open = String(repeating: "{\"a\":", count: 99)
    let close = String(repeating: "}", count: 99)
    let deep = try JSONValue(parsing: open + "[" + String(repeating: "1,", count: many) + "]" + close)
    #expect(deep != .null)
    for element in ["[]", "{}", "true", "1.5", "\"\\u0041\""] {
      let list = try JSONValue(parsing: "[" + String(repeating: element + ",", count: many / 4) + "]")
      guard case .array(let elements) = list else { throw CocoaError(.coderInvalidValue) }
      #expect(elements.count == many / 4)
    }
    for number in [String(repeating: "9", count: many), "1e" + String(repeating: "9", count: many)] {
      let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: "{\"a\": \(number)}") }
      #expect(error?.message.contains("does not fit 64 bits") == true)
    }
  }
}

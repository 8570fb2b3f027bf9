import Models
import Configuration
import Keys
import Foundation
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("a syntax error names line and column")
  func syntaxErrors() {
    let table: [(text: String, message: String)] = [
      ("", "line 1, column 1: the text is empty; a config is JSON: { \"key\": value, … }"),
      (" \n // nothing\n", "line 1, column 1: the text is empty; a config is JSON: { \"key\": value, … }"),
      ("{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 3: unexpected `\"`; a comma or a colon is missing before it"),
      ("{ \"a\" 1 }", "line 1, column 7: unexpected `1`; a comma or a colon is missing before it"),
      ("{ a: 1 }", "line 1, column 3: unexpected `a`; keys are written in double quotes"),
      ("{ 'a': 1 }", "line 1, column 3: unexpected `'`; strings and keys are written in double quotes \"…\""),
      ("{ \"ä\": NaN }", "line 1, column 8: unexpected `N`; JSON has no number NaN"),
      ("{ \"a\": Infinity }", "line 1, column 8: unexpected `I`; JSON has no number Infinity"),
      ("{ \"a\": True }", "line 1, column 8: unexpected `T`; write true"),
      ("{ \"a\": +1 }", "line 1, column 8: unexpected `+`; a number has no + before it"),
      ("{ \"a\": .5 }", "line 1, column 8: unexpected `.`; a number has digits before and after its point"),
      ("{ \"a\": 05 }", "line 1, column 9: Number with leading zero"),
      ("{ \"a\": 0x1F }", "line 1, column 9: unexpected `x`; numbers are decimal"),
      ("{ \"a\": 1e400 }", "line 1, column 8: the number 1e400 does not fit 64 bits"),
      (
        "{ \"a\": \(String(repeating: "9", count: 8000)) }",
        "line 1, column 8: the number \(String(repeating: "9", count: 40))… does not fit 64 bits"
      ),
      ("{ \"a\": }", "line 1, column 8: unexpected `}`"),
      ("{ \"a\": 1,, }", "line 1, column 10: unexpected `,`; a key in double quotes is expected"),
      ("[1 2]", "line 1, column 4: unexpected `2`; a comma or a colon is missing before it"),
      ("[,]", "line 1, column 2: unexpected `,`"),
      ("{} {}", "line 1, column 4: unexpected `{`; the text continues after the end of the config"),
      ("{\n \"a\": [1,\n", "line 3, column 1: the text ends, but the bracket of line 2 is not closed"),
      ("{\n \"a\": [1]\n", "line 3, column 1: the text ends, but the bracket of line 1 is not closed"),
      ("{ \"a\nb\": 1 }", "line 1, column 5: the line ends inside a string, which has no closing quote"),
      ("{ \"a\\x\": 1 }", "line 1, column 5: Invalid escape sequence"),
      ("{ /* open", "line 1, column 3: the comment that begins here has no end */"),
      (
        "{ \"a\": \"x,\n  \"b\": \"/*\" }",
        "line 1, column 11: the line ends inside a string, which has no closing quote"
      ),
      ("{ / }", "line 1, column 3: unexpected `/`; a key in double quotes is expected"),
      ("{ /* é */ 1 }", "line 1, column 11: unexpected `1`; a key in double quotes is expected"),
      (
        "{ \"//\": \"/*\", \"\\\"/*\": 1 // ]\n 1 }",
        "line 2, column 2: unexpected `1`; a comma or a colon is missing before it"
      ),
    ]
    for (text, message) in table { #expect(mistakes(text: text) == ["config.json: \(message)"]) }
  }

  @Test("a text of another format is told by its beginning, and common slips by what stands there")
  func hints() {
    let table: [(text: String, words: String)] = [
      ("data:\n  dataset: digits\n", "looks like YAML"), ("---\nepochs: 3\n", "looks like YAML"),
      ("- a\n- b\n", "looks like YAML"), ("epochs = 3\n", "looks like TOML"),
      ("[data]\ndataset = \"digits\"\n", "looks like TOML"), ("<!DOCTYPE html>\n", "web page"),
      ("a,b,c\n1,2,3\n", "table (CSV)"), ("a;b\n1;2\n", "table (CSV)"), ("hello", "is not JSON"),
      ("# config\n{}", "comments begin with //"), ("{ # c\n}", "comments begin with //"),
      ("{“a”: 1}", "straight quotes"), ("{\"a\" = 1}", "a colon stands between"),
      ("{\"a\": 1; \"b\": 2}", "commas between"), ("{\"a\": None}", "write null"), ("{\"a\": yes}", "write true"),
      ("{\"a\": off}", "write false"), ("{\"a\": -inf}", "no number -inf"), ("{\"a\": 1_000}", "no _"),
      ("{\"a\": 5.}", "before and after its point"), ("{\"a\": digits}", "strings are written in double quotes"),
      ("{\"a\": (1, 2)}", "square brackets"), ("{\"a\": [1}", "a list [ … ] is open"),
      ("{\"a\": 1]", "an object { … } is open"), ("{\"a\": 1} x", "after the end"),
      ("{\"a\": \"x\ty\"}", "written \\t"),
      ("{\"a\": 1,\u{A0}\"b\": 2}", "invisible"),
    ]
    for (text, words) in table {
      let messages = mistakes(text: text)
      #expect(messages.count == 1 && messages[0].contains(words), "\(text): \(messages)")
    }
  }

  @Test("lines and columns are the same with LF, CR LF and CR, in comments too")
  func lineEnds() {
    let text = "{\n  // a comment\n  \"epochs\": 3,, /* over\n two */ }"
    let expected = mistakes(text: text)
    #expect(expected.first?.contains("line 3, column 15") == true, "\(expected)")
    for end in ["\r\n", "\r"] { #expect(mistakes(text: text.replacing("\n", with: end)) == expected) }
  }

  @Test("a number or truth value in quotes is refused with the advice to leave them out")
  func quoted() {
    #expect(mistakes("\"epochs\": \"3\"").first?.hasSuffix("without the quotes: 3") == true)
    #expect(mistakes("\"epochs\": \"many\"").first?.contains("quotes") == false)
  }

  @Test("a key that an object has twice is named with its path and both lines, however it is written")
  func repeatedKeys() {
    let table: [(text: String, message: String)] = [
      (
        "{\n \"epochs\": 2,\n \"epochs\": 20\n}",
        "line 3, column 2: the key epochs is there twice, first in line 2; keep one of them"
      ),
      (
        "{ \"model\": { \"layers\": [ {}, { \"a\": [], \"b\": {\"a\": 1},\n  \"a\": 2 } ] } }",
        "line 2, column 3: the key model.layers.1.a is there twice, first in line 1; keep one of them"
      ),
      (
        "{ \"a\": 1, // \"a\"\n  \"\\u0061\": 1 }",
        "line 2, column 3: the key a is there twice, first in line 1; keep one of them"
      ),
      ("{ \"a\": 1, \"a\": 2 ", "line 1, column 18: the text ends, but the bracket of line 1 is not closed"),
    ]
    for (text, message) in table { #expect(mistakes(text: text) == ["config.json: \(message)"]) }
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: #"[{"a": {"b": 1, "b": 1}}]"#) }
    let error = #expect(throws: ConfigurationError.self) { try Override(#"batch={"size": 1, "size": 2}"#) }
    #expect(error?.description.contains("--set batch=") == true && error?.description.contains("there twice") == true)
  }

  @Test("the same key in different objects, as a value and in a comment is no repetition")
  func keysThatRecur() throws {
    let text =
      #"{"a": "a", "b": {"a": ["a", "a", {"a": 1}, {"a": 2}]}, /* "a": 1 */ "c": {"a": {}, "b": "}{", "": ","}}"#
    #expect(try JSONValue(parsing: text).line.count > 20)
  }

  @Test("too deep a nesting is refused, however deep", arguments: [101, 100_000, 5_000_000])
  func depth(levels: Int) {
    for bracket in ["[", "{\"a\":"] {
      let messages = mistakes(text: String(repeating: bracket, count: levels))
      #expect(messages.count == 1)
      #expect(messages.first?.contains("more than 100 objects and arrays within one another") == true)
    }
  }

  @Test("a hundred levels are read")
  func allowedDepth() throws {
    let text = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    #expect(try JSONValue(parsing: text).line == text)
  }

  @Test("integers stay integers, and every number keeps its value")
  func numbers() throws {
    let text = "[1, -2, 0, 3.0, 3e0, 3.25, 1e-4, 0.1, 5e-324, 1e300, 9007199254740992, 9007199254740993, 1E+2]"
    let value = try JSONValue(parsing: text)
    #expect(
      value == [
        1, -2, 0, 3, 3, 3.25, 1e-4, 0.1, .number(.leastNonzeroMagnitude), .number(1e300), 9_007_199_254_740_992,
        9_007_199_254_740_993, 100,
      ])
    #expect(
      value.line == "[1,-2,0,3,3,3.25,0.0001,0.1,5e-324,1e+300,9007199254740992,9007199254740993,100]")
    #expect(try JSONValue(parsing: value.text) == value)
    #expect(try JSONValue(parsing: "[9223372036854775808]") == [.number(0x1p63)])
    #expect(
      JSONValue.array([.number(.nan), .number(.infinity), .number(10), .number(0x1p53)]).line
        == "[null,null,10,9007199254740992]")
  }

  @Test("strings, constants and objects are read, and written with sorted keys")
  func values() throws {
    let text =
      #"{"b": {"c": true, "d": false, "e": null}, "a": "é\u00e9 \ud83d\ude00 \" \\ \/ // \b\f\n\r\t", "": [[], {}]}"#
    let value = try JSONValue(parsing: text)
    #expect(
      value == [
        "": [[], [:]], "a": "éé 😀 \" \\ / // \u{8}\u{C}\n\r\t", "b": ["c": true, "d": false, "e": .null],
      ])
    #expect(value.line == #"{"":[[],{}],"a":"éé 😀 \" \\ / // \b\f\n\r\t","b":{"c":true,"d":false,"e":null}}"#)
    #expect(try JSONValue(parsing: value.text) == value)
  }

  @Test("a byte order mark is skipped, and bytes that are no UTF-8 are refused")
  func encodings() throws {
    let text = #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp" } }"#
    #expect(
      try RunConfiguration.decode(Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8), file: "x").model
        == .mlp(hidden: [128, 128]))
    // Some editors and shells save UTF-16, with and without a mark.
    let units = Array(text.utf16)
    let little = Data(units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    let big = Data(units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    for data in [little, big, Data([0xFF, 0xFE]) + little, Data([0xFE, 0xFF]) + big] {
      #expect(try RunConfiguration.decode(data, file: "x").model == .mlp(hidden: [128, 128]))
    }
    func message(_ data: Data) -> String? {
      #expect(throws: ConfigurationError.self) { try RunConfiguration.decode(data, file: "x.json") }?.description
    }
    #expect(
      message(Data("{\n\"ä\"".utf8) + [0xC3]) == "x.json: line 2: the byte 0xC3 is not UTF-8; save the config as UTF-8")
    #expect(
      message(Data("{ \"caf".utf8) + [0xE9, 0x22])
        == "x.json: line 1: the byte 0xE9 is not UTF-8; save the config as UTF-8")
    #expect(message(Data([0x7F, 0x45, 0, 0xFF, 0])) == "x.json: no text, but a binary file; a config is JSON in UTF-8")
    #expect(message(Data([0xFF, 0xFE, 0x7B])) != nil)
    #expect(message(Data())?.contains("the text is empty") == true)
  }

  @Test("a file that cannot be read, or is too long, is refused with its path")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func message(_ path: String) -> String? {
      #expect(throws: ConfigurationError.self) { try RunConfiguration.decode(contentsOf: path) }?.description
    }
    let missing = folder.appendingPathComponent("missing.json").path
    #expect(message(missing)?.hasPrefix("\(missing): cannot be read: ") == true)
    #expect(message(folder.path)?.hasPrefix("\(folder.path): cannot be read: ") == true)
    let long = folder.appendingPathComponent("long.json")
    try Data(count: (1 << 20) + 1).write(to: long)
    #expect(message(long.path) == "\(long.path): longer than 1 MiB, which no config is")
    let error = #expect(throws: ConfigurationError.self) {
      try RunConfiguration.decode(Data(count: (1 << 20) + 1), file: "x.json")
    }
    #expect(error?.description == "x.json: longer than 1 MiB, which no config is")
  }

  @Test("no damaged config stops the program")
  func damage() throws {
    var generator = SplitMix(state: 11)
    let pieces = [
      "{", "}", "[", "]", "\"", ",", ":", "-", "1e999", "null", "\\", "//", "/*", "\u{0}", "9", ".", "\"steps\": 1,",
    ]
    var accepted = 0
    for round in 0..<6000 {
      var bytes = Array(fullConfigs[round % fullConfigs.count].utf8)
      for _ in 0...Int.random(in: 0..<3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 9))
        default: bytes.insert(contentsOf: Array(pieces.randomElement(using: &generator)!.utf8), at: place)
        }
      }
      do {
        let run = try RunConfiguration.decode(Data(bytes), file: "damaged.json")
        #expect(try RunConfiguration.decode(run.json(), file: "") == run)
        accepted += 1
      } catch {
        #expect(!error.issues.isEmpty)
      }
    }
    #expect(accepted > 100)
  }
}

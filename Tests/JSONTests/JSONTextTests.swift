import Foundation
import JSON
import Testing

@Suite("JSON text")
struct JSONTextTests {
  private struct Sample: Encodable {
    var b = "a/b \"é\"\n"
    var a: [Double] = [1e-4, 0.1, 10, 0x1p53, 1e300]
    var float: Float = 0.1
    var seed: UInt64 = 9_007_199_254_740_993
    var missing: Int?
  }

  @Test("keys are sorted, integers stay integers and doubles are the shortest that read back")
  func line() {
    #expect(
      JSONText.line(Sample())
        == #"{"a":[0.0001,0.1,10,9007199254740992,1e+300],"b":"a/b \"é\"\n","float":0.1,"seed":9007199254740993}"#)
    #expect(JSONText.line(["b": 1, "a": 2]) == #"{"a":2,"b":1}"#)
  }

  @Test("pretty text says the same over several lines and ends with a line break")
  func pretty() throws {
    let text = JSONText.pretty(Sample())
    #expect(text.hasPrefix("{\n  \"a\"") && text.hasSuffix("\n}\n"))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
    #expect(object == (try JSONSerialization.jsonObject(with: Data(JSONText.line(Sample()).utf8)) as? NSDictionary))
  }

  @Test("numbers that are not finite become null wherever they stand")
  func notFinite() {
    #expect(JSONText.line([1, .nan, .infinity, -.infinity] as [Double]) == "[1,null,null,null]")
    #expect(JSONText.line(["x": Float.nan]) == #"{"x":null}"#)
    #expect(JSONText.line(Double.nan) == "null")
    #expect(JSONText.pretty([[Double.nan]]) == "[\n  [\n    null\n  ]\n]\n")
    let tree: JSONValue = ["x": [.number(.nan), 1, 1.5, true, "a"], "y": [:]]
    #expect(tree.line == #"{"x":[null,1,1.5,true,"a"],"y":{}}"#)
    #expect(tree.text == String(JSONText.pretty(tree).dropLast()))
  }

  private struct State: Codable, Equatable {
    var numbers: [Double]
    var optional: Double?
  }

  @Test("a state reads back exactly, infinite numbers included")
  func state() throws {
    let state = State(numbers: [.infinity, -.infinity, 0.1, -0.0, .leastNonzeroMagnitude], optional: .infinity)
    #expect(try JSONText.state(State.self, from: JSONText.state(state)) == state)
    let text = JSONText.state(State(numbers: [.nan], optional: nil))
    #expect(try JSONText.state(State.self, from: text).numbers[0].isNaN)
    // States of before had finite numbers alone.
    #expect(try JSONText.state(State.self, from: #"{"numbers":[1,2.5]}"#) == State(numbers: [1, 2.5], optional: nil))
  }
}

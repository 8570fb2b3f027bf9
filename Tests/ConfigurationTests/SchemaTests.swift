import Keys
import Configuration
import Foundation
import Testing

@Suite("schema")
struct SchemaTests {
  let validator: SchemaValidator

  init() throws {
    validator = SchemaValidator(root: try JSONValue(parsing: RunConfiguration.schema()))
  }

  /// The configs of the package, by file name.
  static let configs: [String] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Configs")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { ($0 as? URL)?.path } ?? []).filter { $0.hasSuffix(".json") }.sorted()
  }()

  @Test("every config of the package is accepted by decoder and schema", arguments: configs)
  func packageConfigs(path: String) throws {
    let run = try RunConfiguration.decode(contentsOf: path)
    #expect(run.name == URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent)
    #expect(validator.accepts(try JSONValue(parsing: String(contentsOfFile: path, encoding: .utf8))))
    #expect(validator.accepts(try JSONValue(parsing: run.json())))
  }

  @Test("the package has its configs")
  func packageHasConfigs() {
    let names = Self.configs.map { URL(fileURLWithPath: $0).lastPathComponent }
    for name in ["digits.json", "digits-logistic.json", "mnist-mlp.json", "lenet-mnist.json", "resnet20-cifar10.json"] {
      #expect(names.contains(name))
    }
  }

  @Test("the full configs of these tests hold every key of the schema, and no other")
  func everyKey() throws {
    var used: Set<String> = []
    for text in fullConfigs {
      let config = try JSONValue(parsing: text)
      #expect(validator.accepts(config))
      used.formUnion(keyPaths(of: config))
      used.formUnion(keyPaths(of: try JSONValue(parsing: decode(text: text).json())))
    }
    #expect(used == validator.keyPaths)
    #expect(used.count > 70)
  }

  @Test("decoder and schema agree on every key with every kind of value, on missing and on unknown keys")
  func agreement() throws {
    let odd: [JSONValue] = [
      .null, true, -1, 0, 1, 2, 1.5, 0.5, .number(1e300), 4_294_967_296, "x", "", "sgd", [], [1], [1, 2], [0.5], ["x"],
      [:],
      ["kind": "none"], ["type": "relu"], [["type": "relu"]], ["unknown": 1],
    ]
    // What only the decoder can know: rules over several keys, and the letters of a name.
    let beyondSchema = [
      "at most the batch's size", "whole microbatches", "only images", "data.task is", "square-root rule",
      "[height, width, channels]", "each point after", "at most half of", "each after the one", "each epoch after",
      "temperature.hold true", "constant input", "ends with a batchNorm", "allowed: the least", "at least the size",
    ]
    var counts = (accepted: 0, refused: 0)
    for text in fullConfigs {
      let config = try JSONValue(parsing: text)
      for variant in variants(of: config, odd) {
        let messages = mistakes(text: variant.text)
        let isBeyond =
          !messages.isEmpty && messages.allSatisfy { message in beyondSchema.contains { message.contains($0) } }
        if isBeyond { continue }
        #expect(validator.accepts(variant) == messages.isEmpty, "\(variant.line) \(messages)")
        if messages.isEmpty { counts.accepted += 1 } else { counts.refused += 1 }
      }
    }
    #expect(counts.accepted > 300)
    #expect(counts.refused > 1000)
  }

  @Test("every key is described, and defaults lie within their own form")
  func descriptions() throws {
    validator.forEachProperty { path, schema in
      guard case .string(let about) = schema["description"], about.count > 5 else {
        Issue.record("\(path) has no description")
        return
      }
      if let fallback = schema["default"] { #expect(validator.accepts(fallback, .object(schema)), "\(path)") }
    }
    #expect(validator.unknownKeywords == [])
  }

  /// The paths of all keys, elements of lists left out.
  private func keyPaths(of value: JSONValue, _ prefix: String = "") -> Set<String> {
    switch value {
    case .object(let object):
      object.keys.reduce(into: []) { paths, key in
        // A block's layers have the keys of any layer.
        let path = SchemaValidator.path(prefix, key)
        paths.insert(path)
        // Its keys are a table's columns.
        if path == "data.columns" { return }
        paths.formUnion(keyPaths(of: object[key] ?? .null, ["body", "shortcut"].contains(key) ? prefix : path))
      }
    case .array(let elements): elements.reduce(into: []) { $0.formUnion(keyPaths(of: $1, prefix)) }
    default: []
    }
  }

  /// `value` with one part replaced, removed or added, for every part.
  private func variants(of value: JSONValue, _ odd: [JSONValue]) -> [JSONValue] {
    switch value {
    case .object(let object):
      var variants: [JSONValue] = []
      func add(_ key: String, _ value: JSONValue?) {
        var copy = object
        copy[key] = value
        variants.append(.object(copy))
      }
      add("unknown", 1)
      add("epochs", 3)
      add("steps", 3)
      add("hidden", [3])
      for key in object.keys {
        add(key, nil)
        for value in odd { add(key, value) }
        for value in self.variants(of: object[key] ?? .null, odd) { add(key, value) }
      }
      return variants
    case .array(let elements):
      return elements.indices.flatMap { index in
        (odd + self.variants(of: elements[index], odd)).map { value in
          var copy = elements
          copy[index] = value
          return .array(copy)
        }
      }
    default: return []
    }
  }
}

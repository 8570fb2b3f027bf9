import Foundation
import TestSupport
import Testing

/// What an editor does with a config that names the schema, by the rules of Python's jsonschema.
@Suite(
  "schema for editors",
  .enabled(if: Program.pythonHas("jsonschema"), "there is no Python with jsonschema, whose rules are an editor's"))
struct SchemaCommandTests {
  private struct Finding: Decodable {
    var path: String
    var message: String
  }

  private func findings(_ files: [String], in folder: URL) throws -> [String: [Finding]] {
    let schema = folder.appendingPathComponent("schema.json").path
    try #require(try Command.run("schema", "--output", schema).output == schema + "\n")
    let script = Command.packageFolder + "/Tests/CommandTests/Python/schema_check.py"
    let process = try Program.run(
      "/bin/sh", "-c", "exec \"$0\" \"$@\" " + files.map { "'\($0)'" }.joined(separator: " "), Program.python,
      script, schema)
    try #require(process.status == 0, "\(process.errors)")
    return try JSONDecoder().decode([String: [Finding]].self, from: Data(process.output.utf8))
  }

  @Test("every shipped config is accepted, and every one that init writes")
  func accepted() throws {
    try TrainedRuns.with { runs in
      try runs.write("x,y\n" + (0..<40).map { "\($0 % 7).5,\($0 % 2)\n" }.joined(), "t.csv")
      #expect(try runs.run("init", "--data", "t.csv", "--quiet").status == 0)
      #expect(try runs.run("init", "--quiet").status == 0)
      let shipped = try ["Configs", "Examples"].flatMap { folder in
        let path = Command.packageFolder + "/" + folder
        return try #require(FileManager.default.enumerator(atPath: path)).compactMap { $0 as? String }
          .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".build") }.map { path + "/" + $0 }
      }
      #expect(shipped.count >= 20)
      let found = try findings(shipped + [runs.path("t.json"), runs.path("digits.json")], in: runs.folder)
      for (file, errors) in found { #expect(errors.isEmpty, "\(file): \(errors)") }
      #expect(found.count == shipped.count + 2)
    }
  }

  @Test("a refused config's errors name the key, and no other")
  func refused() throws {
    let model = #""model": { "preset": "mlp" }"#
    let digits = #""data": { "dataset": "digits" }"#
    let table = #""dataset": "csv", "path": "t.csv""#
    // The config, the place of the one error, and a word of its message.
    let broken: [(text: String, path: String, word: String)] = [
      ("{ \(digits), \(model), \"epocs\": 3 }", "", "epocs"),
      ("{ \(digits), \"model\": { \"preset\": \"mlp\", \"hidden\": \"wide\" } }", "model.hidden", "array"),
      ("{ \"data\": { \"dataset\": \"digitz\" }, \(model) }", "data.dataset", "digitz"),
      ("{ \"data\": { \(table), \"label\": \"x\", \"testShare\": 2 }, \(model) }", "data.testShare", "maximum"),
      ("{ \"data\": { \(table) }, \(model) }", "data", "'label' is a required"),
      ("{ \"data\": { \"dataset\": \"digits\", \"path\": \"x\" }, \(model) }", "data", "'path' was unexpected"),
      ("{ \(digits), \(model), \"batch\": { \"size\": 0 } }", "batch.size", "minimum"),
      (
        "{ \(digits), \"model\": { \"layers\": [{ \"type\": \"dense\", \"units\": 3.5 }] } }", "model.layers.0.units",
        "integer"
      ),
      (
        "{ \(digits), \"model\": { \"layers\": [{ \"type\": \"relu\", \"units\": 3 }] } }", "model.layers.0",
        "'units' was unexpected"
      ),
      ("{ \(digits) }", "", "'model' is a required"),
      (
        "{ \(digits), \(model), \"optimizer\": { \"method\": \"sgd\", \"momentum\": 1.5 } }", "optimizer.momentum",
        "maximum"
      ),
      ("{ \(digits), \(model), \"epochs\": \"ten\" }", "epochs", "number"),
      ("{ \(digits), \(model), \"threads\": 0 }", "threads", "0"),
    ]
    try withTemporaryFolder { folder in
      var files: [String] = []
      for (number, config) in broken.enumerated() {
        files.append(folder.appendingPathComponent("\(number).json").path)
        try Data(config.text.utf8).write(to: URL(fileURLWithPath: files[number]))
      }
      let found = try findings(files, in: folder)
      for (file, config) in zip(files, broken) {
        let errors = try #require(found[file])
        #expect(
          errors.contains { $0.path == config.path && $0.message.contains(config.word) }, "\(config.text): \(errors)")
        #expect(errors.allSatisfy { $0.path == config.path }, "\(config.text): \(errors)")
        #expect(try Command.run("plan", file).status == 2)
      }
    }
  }

  @Test("a schema that cannot be written is an error, and nothing is left")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run("schema", "--output", "none/schema.json", in: folder)
      result.expectRefusal(1, "none/schema.json")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }
}

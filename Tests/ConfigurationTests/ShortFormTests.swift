import Configuration
import Datasets
import Foundation
import Keys
import Models
import Optimizers
import TestSupport
import Testing

@Suite("short forms, and names from elsewhere")
struct ShortFormTests {
  private let short = #"""
    { "data": "digits", "model": "logistic", "batch": 128, "optimizer": "adamw", "loss": "meanSquaredError",
      "learningRate": { "reference": 0.1, "decay": "cosine", "warmup": "none" } }
    """#

  @Test("a string or a number in place of an object is its most important key")
  func read() throws {
    let run = try decode(text: short)
    let long = try decode(
      text: #"""
        { "data": { "dataset": "digits" }, "model": { "preset": "logistic" }, "batch": { "size": 128 },
          "optimizer": { "method": "adamw" }, "loss": { "kind": "meanSquaredError" },
          "learningRate": { "reference": 0.1, "decay": { "kind": "cosine" }, "warmup": { "kind": "none" } } }
        """#)
    #expect(run == long)
    #expect(run.batch.size == 128 && run.learningRate.decay == .cosine)
    #expect(try decode(#""learningRate": 0.25"#).learningRate.reference == 0.25)
    // What is written is whole.
    #expect(run.json() == long.json() && run.json().contains(#""preset" : "logistic""#))
  }

  @Test("an override reaches below a short form, and may be one")
  func overridden() throws {
    let run = try decode(
      text: short, overrides: ["batch.shards=4", "learningRate.decay.kind=none", "optimizer.weightDecay=0.5"])
    #expect(run.batch == BatchConfiguration(size: 128, shards: 4) && run.learningRate.decay == .none)
    #expect(run.optimizer.weightDecay == 0.5)
    #expect(try decode(overrides: ["model=lenet", "batch=32"]).batch.size == 32)
    #expect(try decode(overrides: ["model=lenet"]).model == decode(overrides: ["model.preset=lenet"]).model)
    // A list, or a scalar without a short form, is still none.
    #expect(
      mistakes(text: short, overrides: ["batch.size.y=3"])
        == ["--set batch.size.y=3: batch.size: found 128, which has no key \"y\""])
  }

  @Test("a short form that is wrong is told with the key that it stands for")
  func refused() {
    #expect(
      mistakes(text: #"{ "data": "digitz", "model": "mlp" }"#).first?.hasPrefix(
        #"config.json: data.dataset: found the string "digitz"; nearest: "digits"; allowed: "#) == true)
    #expect(mistakes(#""batch": 0"#).first?.hasPrefix("config.json: batch.size: found 0; allowed: an integer") == true)
    #expect(mistakes(#""batch": [3]"#) == ["config.json: batch: found the list [3]; allowed: an object"])
    #expect(mistakes(#""log": "csv""#) == ["config.json: log: found the string \"csv\"; allowed: an object"])
    #expect(mistakes(#""optimizer": true"#) == ["config.json: optimizer: found the boolean true; allowed: an object"])
  }

  @Test("names of keys and values from elsewhere lead to those that hold here, across sections")
  func synonyms() {
    let keys = [
      ("lr", "learningRate.reference"), ("batch_size", "batch.size"), ("bs", "batch.size"),
      ("wd", "optimizer.weightDecay"),
      ("max_epochs", "epochs"), ("num_workers", "threads"), ("random_state", "seed"), ("early_stopping", "stop"),
      ("momentum", "optimizer.momentum"), ("hidden_layer_sizes", "model.hidden"),
    ]
    for (name, path) in keys {
      let text = mistakes("\"\(name)\": 3").first ?? ""
      #expect(text.hasPrefix("config.json: \(name): unknown key; nearest: \(path); "), "\(text)")
      #expect(RunConfiguration.suggestion(for: name) == path)
    }
    for name in ["learningRate", "learning_rate"] {
      let text = mistakes("\"optimizer\": { \"\(name)\": 0.1 }").first ?? ""
      #expect(text.hasPrefix("config.json: optimizer.\(name): unknown key; nearest: learningRate; "), "\(text)")
    }
    #expect(mistakes(#""loss": "mse""#).first?.contains(#"nearest: "meanSquaredError"; "#) == true)
    #expect(RunConfiguration.suggestion(for: "epochs") == "epochs")
    #expect(RunConfiguration.suggestion(for: "zzzzqqqq") == nil)
  }

  @Test("every name from elsewhere leads to a key or a value that there is")
  func everySynonym() throws {
    let page = KeyText.page()
    for name in Set(Synonyms.names.values) {
      let isThere = page.contains("`\(name)`") || page.contains("\n## \(name)\n") || page.contains("\"\(name)\"")
      #expect(isThere, "\(name)")
    }
  }

  @Test("the schema takes short forms, and refuses others")
  func schema() throws {
    let validator = SchemaValidator(root: try JSONValue(parsing: RunConfiguration.schema()))
    #expect(validator.accepts(try JSONValue(parsing: short)))
    // A table needs a label, and a decay by steps its steps.
    let wrong = [
      #""model": "lenex""#, #""data": "csv""#, #""learningRate": { "decay": "step" }"#, #""batch": 0"#,
      #""optimizer": true"#, #""log": "csv""#,
    ]
    for wrong in wrong {
      let keys = [#""data": "digits""#, #""model": "mlp""#].filter { !wrong.hasPrefix($0.prefix(7)) } + [wrong]
      let text = "{" + keys.joined(separator: ", ") + "}"
      #expect(!mistakes(text: text).isEmpty, "\(wrong)")
      #expect(!validator.accepts(try JSONValue(parsing: text)), "\(wrong)")
    }
  }
}

@Suite("keys explained")
struct KeyTextTests {
  @Test("a key is told with what it may be, its default and the keys below it")
  func lines() throws {
    let shards = try KeyText.lines(for: "batch.shards").joined(separator: "\n")
    #expect(shards.hasPrefix("batch.shards\n  ") && shards.contains("allowed: an integer from 1"))
    let batch = try KeyText.lines(for: "batch").joined(separator: "\n")
    #expect(batch.contains("Keys below:\n  size: ") && batch.contains("\n  microbatch: "))
    #expect(try KeyText.lines(for: "epochs").joined().contains("Passes over the training set"))
    #expect(try KeyText.lines(for: "model.layers.2.units").joined().contains("with type \"dense\""))
    let momentum = try KeyText.lines(for: "optimizer.momentum")
    #expect(momentum[0].contains("with method \"sgd\"") && momentum.contains("  default: 0.9"))
  }

  @Test("a key that there is not is refused with the nearest one")
  func refused() {
    for (wrong, nearest) in [("batch.shard", "batch.shards"), ("lr", "learningRate.reference")] {
      let error = #expect(throws: ConfigurationError.self) { try KeyText.lines(for: wrong) }
      #expect(error?.description.contains("nearest: \(nearest)") == true, "\(error?.description ?? "")")
    }
  }

  @Test("docs/config.md is what the declarations say")
  func page() throws {
    let file = Program.packageFolder.appendingPathComponent("docs/config.md")
    // Written by `isotherm schema --markdown --output docs/config.md`.
    #expect(try String(contentsOf: file, encoding: .utf8) == KeyText.page())
  }
}

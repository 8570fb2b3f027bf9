import Keys
import Configuration
import Datasets
import Testing

@Suite("refused configs")
struct RefusedTests {
  @Test("a value of a wrong type or out of range is refused with path, value and what is allowed")
  func ranges() {
    let table: [(String, String)] = [
      (#""batch": { "size": -3 }"#, "batch.size: found -3; allowed: an integer from 1 to 2^31"),
      (#""batch": { "size": 1.5 }"#, "batch.size: found the number 1.5; allowed: an integer from 1 to 2^31"),
      (#""batch": { "size": 1e300 }"#, "batch.size: found the number 1e+300; allowed: an integer from 1 to 2^31"),
      (
        #""batch": { "size": 9223372036854775808 }"#,
        "batch.size: found the number 9.223372036854776e+18; allowed: an integer from 1 to 2^31"
      ),
      (#""batch": { "size": "big" }"#, #"batch.size: found the string "big"; allowed: an integer from 1 to 2^31"#),
      (#""batch": { "size": true }"#, "batch.size: found the boolean true; allowed: an integer from 1 to 2^31"),
      (
        #""batch": { "size": null }"#,
        "batch.size: found null; allowed: an integer from 1 to 2^31; or leave the key out"
      ),
      (#""batch": { "size": [1] }"#, "batch.size: found the list [1]; allowed: an integer from 1 to 2^31"),
      (#""batch": [64]"#, "batch: found the list [64]; allowed: an object"),
      (#""batch": { "shards": 0 }"#, "batch.shards: found 0; allowed: an integer from 1 to 2^31"),
      (#""batch": { "microbatch": 0 }"#, "batch.microbatch: found 0; allowed: an integer from 1 to 2^31"),
      (#""seed": -1"#, "seed: found -1; allowed: an integer from 0 to 2^53"),
      (#""seed": 9007199254740993"#, "seed: found 9007199254740993; allowed: an integer from 0 to 2^53"),
      (
        #""name": "" "#,
        #"name: found the string ""; allowed: a name of at most 100 bytes without / and control characters"#
      ),
      (
        #""name": "a/b" "#,
        #"name: found the string "a/b"; allowed: a name of at most 100 bytes without / and control characters"#
      ),
      (#""name": 5"#, "name: found 5; allowed: a name of at most 100 bytes without / and control characters"),
      (#""threads": 0"#, #"threads: found 0; allowed: "auto" or an integer from 1 to 4096"#),
      (#""threads": 4097"#, #"threads: found 4097; allowed: "auto" or an integer from 1 to 4096"#),
      (#""threads": "all""#, #"threads: found the string "all"; allowed: "auto" or an integer from 1 to 4096"#),
      (#""epochs": 0"#, "epochs: found 0; allowed: a number above 0, at most 1000000000"),
      (#""epochs": 1e10"#, "epochs: found 10000000000; allowed: a number above 0, at most 1000000000"),
      (#""steps": 0"#, "steps: found 0; allowed: an integer from 1 to 2^31"),
      (#""steps": 2.5"#, "steps: found the number 2.5; allowed: an integer from 1 to 2^31"),
      (#""evaluate": { "everySteps": 0 }"#, "evaluate.everySteps: found 0; allowed: an integer from 1 to 2^31"),
      (#""checkpoint": { "keep": 0 }"#, "checkpoint.keep: found 0; allowed: an integer from 1 to 10000"),
      (#""log": { "csv": "yes" }"#, #"log.csv: found the string "yes"; allowed: true or false"#),
      (#""target": { "testAccuracy": 97 }"#, "target.testAccuracy: found 97; allowed: a number above 0, at most 1"),
      (#""target": { "testLoss": -1 }"#, "target.testLoss: found -1; allowed: a number from 0 up"),
      (#""target": {}"#, "target: missing; needed: testAccuracy or testLoss"),
      (#""loss": { "labelSmoothing": 1 }"#, "loss.labelSmoothing: found 1; allowed: a number from 0, below 1"),
      (#""optimizer": { "momentum": 1 }"#, "optimizer.momentum: found 1; allowed: a number from 0, below 1"),
      (#""optimizer": { "nesterov": 1 }"#, "optimizer.nesterov: found 1; allowed: true or false"),
      (
        #""optimizer": { "weightDecay": -1e-4 }"#,
        "optimizer.weightDecay: found the number -0.0001; allowed: a number from 0 up"
      ),
      (#""optimizer": { "clipNorm": 0 }"#, "optimizer.clipNorm: found 0; allowed: a number above 0"),
      (
        #""optimizer": { "average": { "decay": 1 } }"#,
        "optimizer.average.decay: found 1; allowed: a number from 0, below 1"
      ),
      (#""optimizer": { "method": "lars", "trust": 0 }"#, "optimizer.trust: found 0; allowed: a number above 0"),
      (
        #""optimizer": { "method": "adam", "beta1": 1 }"#, "optimizer.beta1: found 1; allowed: a number from 0, below 1"
      ),
      (
        #""optimizer": { "method": "adamw", "beta2": -0.1 }"#,
        "optimizer.beta2: found the number -0.1; allowed: a number from 0, below 1"
      ),
      (#""optimizer": { "method": "adam", "epsilon": 0 }"#, "optimizer.epsilon: found 0; allowed: a number above 0"),
      (#""learningRate": { "reference": 0 }"#, "learningRate.reference: found 0; allowed: a number above 0"),
      (
        #""learningRate": { "referenceBatch": 0 }"#,
        "learningRate.referenceBatch: found 0; allowed: an integer from 1 to 2^31"
      ),
      (
        #""learningRate": { "warmup": { "epochs": -1 } }"#,
        "learningRate.warmup.epochs: found -1; allowed: a number from 0 to 1000000000"
      ),
      (
        #""learningRate": { "decay": { "kind": "step", "epochs": [] } }"#,
        "learningRate.decay.epochs: found the list []; allowed: a list of 1 to 1000 epochs"
      ),
      (
        #""learningRate": { "decay": { "kind": "step", "epochs": 30 } }"#,
        "learningRate.decay.epochs: found 30; allowed: a list of 1 to 1000 epochs"
      ),
      (
        #""learningRate": { "decay": { "kind": "step", "epochs": [1], "factor": 10 } }"#,
        "learningRate.decay.factor: found 10; allowed: a number above 0, at most 1"
      ),
      (
        #""learningRate": { "decay": { "kind": "polynomial", "power": 0 } }"#,
        "learningRate.decay.power: found 0; allowed: a number above 0"
      ),
    ]
    for (more, message) in table {
      #expect(mistakes(more) == ["config.json: \(message)"], "\(more)")
    }
  }

  @Test("a mistake in data or model is refused with its path")
  func dataAndModel() {
    func data(_ data: String) -> [String] {
      mistakes(text: #"{ "data": \#(data), "model": { "preset": "logistic" } }"#)
    }
    func model(_ model: String) -> [String] {
      mistakes(text: #"{ "data": { "dataset": "digits" }, "model": \#(model) }"#)
    }
    #expect(
      data("{}") == [
        "config.json: data.dataset: missing; needed: "
          + SourceKinds.all.map { "\"\($0.name)\"" }.joined(separator: ", ") + ": Where the samples come from."
      ])
    #expect(
      data(#"{ "dataset": "mnsit" }"#).first?.contains(
        #"found the string "mnsit"; nearest: "mnist"; allowed: "digits", "#) == true)
    #expect(data(#"{ "dataset": "mnist", "path": 3 }"#) == ["config.json: data.path: found 3; allowed: a path"])
    #expect(
      data(#"{ "dataset": "synthetic" }"#).first?.hasPrefix(
        "config.json: data.shape: missing; needed: a list of 1 to 3 sizes") == true)
    #expect(
      data(#"{ "dataset": "synthetic", "shape": [8, 8] }"#) == [
        "config.json: data.shape: found [8, 8]; allowed: [height, width, channels] or [features], with at most 2^28 values"
      ])
    #expect(
      data(#"{ "dataset": "synthetic", "shape": [1048576, 1048576, 1048576] }"#).first?.contains("at most 2^28 values")
        == true)
    #expect(
      data(#"{ "dataset": "synthetic", "shape": [8, 0, 1] }"#) == [
        "config.json: data.shape.1: found 0; allowed: an integer from 1 to 2^20"
      ])
    #expect(
      data(#"{ "dataset": "synthetic", "shape": [8], "classes": 1 }"#) == [
        "config.json: data.classes: found 1; allowed: an integer from 2 to 2^20"
      ])
    #expect(
      data(#"{ "dataset": "digits", "augment": [{ "type": "flip" }, { "type": "padCrop", "padding": 0 }] }"#) == [
        "config.json: data.augment.1.padding: found 0; allowed: an integer from 1 to 65536"
      ])
    #expect(
      data(#"{ "dataset": "digits", "augment": ["flip"] }"#) == [
        #"config.json: data.augment.0: found the string "flip"; allowed: an object"#
      ])
    #expect(
      data(#"{ "dataset": "digits", "order": "random" }"#) == [
        #"config.json: data.order: found the string "random"; allowed: "reshuffle", "iid", "sequential""#
      ])
    #expect(
      data(#"{ "dataset": "idx", "train": "a", "test": { "inputs": "b" } }"#) == [
        "config.json: data.train: found the string \"a\"; allowed: an object",
        "config.json: data.test.labels: missing; needed: a path: File of the labels or targets.",
      ])
    #expect(
      data(#"{ "dataset": "csv", "train": "a", "test": "b", "label": [] }"#) == [
        "config.json: data.label: found the list []; allowed: a column's name, its number from 0 (-1 is the last), or a list of columns"
      ])
    #expect(data(#"{ "dataset": "csv", "train": "a", "test": "b", "label": 1.5 }"#).count == 1)

    #expect(model("{}") == ["config.json: model: missing; needed: preset or layers"])
    #expect(
      model(#"{ "preset": "lenet5" }"#) == [
        #"config.json: model.preset: found the string "lenet5"; nearest: "lenet"; allowed: "mlp", "lenet", "logistic", "#
          + #""resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "plain20", "plain32", "plain44", "plain56", "#
          + #""plain110", "resnet18", "resnet34", "resnet50", "airbench94""#
      ])
    #expect(
      model(#"{ "preset": "lenet", "layers": [] }"#) == [
        "config.json: model.layers: preset is there too; allowed: only one of preset and layers"
      ])
    #expect(
      model(#"{ "layers": [] }"#) == [
        "config.json: model.layers: found the list []; allowed: a list of 1 to 1000 layers"
      ])
    #expect(
      model(#"{ "preset": "mlp", "hidden": [64, -1] }"#) == [
        "config.json: model.hidden.1: found -1; allowed: an integer from 1 to 2^20"
      ])
    #expect(
      model(#"{ "layers": [{ "type": "dense" }] }"#) == [
        "config.json: model.layers.0.units: missing; needed: an integer from 1 to 2^20: Number of outputs."
      ])
    #expect(
      model(#"{ "layers": [{ "type": "conv2d", "channels": 3, "kernel": 0 }] }"#) == [
        "config.json: model.layers.0.kernel: found 0; allowed: an integer from 1 to 1024"
      ])
    #expect(
      model(#"{ "layers": [{ "type": "residual", "body": [{ "type": "dropout", "rate": 1 }] }] }"#) == [
        "config.json: model.layers.0.body.0.rate: found 1; allowed: a number from 0, below 1"
      ])
    #expect(
      model(#"{ "preset": "resnet20", "shortcut": "C" }"#).first?.hasPrefix(
        #"config.json: model.shortcut: found the string "C"; "#) == true)
    #expect(
      model(#"{ "preset": "resnet50", "shortcut": "B" }"#).first?.contains(
        #"belongs to preset "resnet20""#) == true)
    #expect(
      model(#"{ "layers": [{ "type": "maxPool", "size": 3, "padding": 2 }] }"#) == [
        "config.json: model.layers.0.padding: found 2; allowed: at most half of the window's size, 1"
      ])
    #expect(
      model(#"{ "layers": [{ "type": "downsample", "stride": 2 }] }"#) == [
        "config.json: model.layers.0.channels: missing; needed: an integer from 1 to 65536: Output channels, at least the input's."
      ])
    #expect(
      model(#"{ "layers": [{ "type": "residual", "body": [] }] }"#) == [
        "config.json: model.layers.0.body: found the list []; allowed: a list of 1 to 1000 layers"
      ])
  }

  @Test("data and model are needed")
  func missing() {
    let messages = mistakes(text: "{}")
    #expect(messages.count == 2)
    #expect(messages.first?.hasPrefix("config.json: data: missing; needed: an object") == true)
    #expect(messages.last?.hasPrefix("config.json: model: missing; needed: an object") == true)
    #expect(mistakes(text: "[1]") == ["config.json: found the list [1]; allowed: an object"])
  }

  @Test("keys that do not fit together are refused")
  func crossChecks() {
    let table: [(more: String, message: String)] = [
      (#""batch": { "size": 32, "shards": 33 }"#, "batch.shards: found 33; allowed: at most the batch's size, 32"),
      (
        #""batch": { "size": 32, "microbatch": 64 }"#,
        "batch.microbatch: found 64; allowed: at most the batch's size, 32"
      ),
      (
        #""batch": { "size": 100, "shards": 13, "microbatch": 9 }"#,
        """
        batch.shards: found 13, but shards are dealt whole microbatches, and 100 samples make 12 of 9; \
        allowed: at most 12, or a smaller microbatch
        """
      ),
      (
        #""learningRate": { "decay": { "kind": "step", "epochs": [30, 30, 60] } }"#,
        "learningRate.decay.epochs: found [30,30,60]; allowed: each point after the one before it"
      ),
      (
        #""learningRate": { "decay": { "kind": "step", "steps": [30, 60, 50] } }"#,
        "learningRate.decay.steps: found [30,60,50]; allowed: each point after the one before it"
      ),
      (
        #""batch": { "size": 4096 }, "optimizer": { "method": "adam", "scaleWithBatch": true }"#,
        """
        optimizer.scaleWithBatch: found true, but at batch.size 4096 the square-root rule would make a beta negative; \
        allowed: false, or a batch.size up to 2560
        """
      ),
    ]
    for (more, message) in table { #expect(mistakes(more) == ["config.json: \(message)"], "\(more)") }
    #expect(mistakes(#""batch": { "size": 100, "shards": 12, "microbatch": 9 }"#) == [])
    #expect(mistakes(#""batch": { "size": 2560 }, "optimizer": { "method": "adam", "scaleWithBatch": true }"#) == [])

    let csv = #""dataset": "csv", "train": "a", "test": "b", "label": 0"#
    #expect(
      mistakes(
        text:
          #"{ "data": { \#(csv), "task": "regression" }, "model": { "preset": "mlp" }, "loss": { "kind": "crossEntropy" } }"#
      ) == [
        #"config.json: loss.kind: found "crossEntropy", but data.task is "regression"; allowed: "meanSquaredError""#
      ])
    for data in [csv, #""dataset": "synthetic", "shape": [64]"#] {
      #expect(
        mistakes(text: #"{ "data": { \#(data), "augment": [{ "type": "flip" }] }, "model": { "preset": "mlp" } }"#) == [
          "config.json: data.augment: the data are not images, and only images can be augmented by anything but mixup; allowed: mixup, an empty list, or leave the key out"
        ])
    }
  }

  @Test("a faulty key is not reported a second time by the rules that use it")
  func noEcho() {
    #expect(mistakes(#""batch": { "size": -3, "shards": 1000, "microbatch": 2000 }"#).count == 1)
    #expect(
      mistakes(#""batch": { "size": 4096 }, "optimizer": { "method": "adam", "scaleWithBatch": true, "beta1": 2 }"#)
        .count == 1)
    #expect(
      mistakes(
        text: #"{ "data": { "dataset": "cvs", "augment": [{ "type": "flip" }] }, "model": { "preset": "mlp" } }"#
      ).count == 1)
  }

  @Test("all mistakes are reported at once, each on its line")
  func severalAtOnce() throws {
    let messages = mistakes(
      text: #"""
        { "seed": 1.5, "data": { "dataset": "mnist", "pat": "x" }, "model": { "preset": "mlp", "hidden": [0, "a"] },
          "batch": { "size": "big", "shard": 2 }, "threads": -1, "epoch": 3 }
        """#)
    #expect(
      messages.map { String($0.split(separator: ";")[0]) } == [
        "config.json: seed: found the number 1.5",
        "config.json: data.pat: unknown key",
        "config.json: model.hidden.0: found 0",
        #"config.json: model.hidden.1: found the string "a""#,
        #"config.json: batch.size: found the string "big""#,
        "config.json: batch.shard: unknown key",
        "config.json: threads: found -1",
        "config.json: epoch: unknown key",
      ])
    let error = #expect(throws: ConfigurationError.self) { try decode(#""threads": 0, "seed": -1"#) }
    #expect(error?.description.split(separator: "\n").count == 2)
  }

  @Test("a very wrong config gives a message of bounded length, soon")
  func manyMistakes() {
    let keys = (0..<20000).map { "\"key\($0)\": 1" }.joined(separator: ", ")
    #expect(mistakes(keys).count == 100)
    let list = Array(repeating: "-1", count: 1000).joined(separator: ", ")
    #expect(
      mistakes(text: #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [\#(list)] } }"#).count
        == 100)
    let long = mistakes(#""threads": "\#(String(repeating: "x", count: 100_000))""#)
    #expect(long.count == 1 && long[0].count < 200)
  }
}

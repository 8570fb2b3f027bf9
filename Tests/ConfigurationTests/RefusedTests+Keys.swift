import Configuration
import Testing

extension RefusedTests {
  @Test("an unknown key is refused with the nearest known key and the list of those allowed")
  func unknownKeys() {
    let table: [(more: String, path: String, nearest: String?)] = [
      (#""optimiser": {}"#, "optimiser", "optimizer"),
      (#""batch": { "sise": 3 }"#, "batch.sise", "size"),
      (#""batch": { "micro_batch": 3 }"#, "batch.micro_batch", "microbatch"),
      (#""optimizer": { "momemtum": 0.9 }"#, "optimizer.momemtum", "momentum"),
      (#""optimizer": { "weight_decay": 0.9 }"#, "optimizer.weight_decay", "weightDecay"),
      (#""learningRate": { "refrence": 0.9 }"#, "learningRate.refrence", "reference"),
      (#""learningRate": { "warmup": { "epoch": 5 } }"#, "learningRate.warmup.epoch", "epochs"),
      (#""learningRate": { "warmup": { "stpes": 5 } }"#, "learningRate.warmup.stpes", "steps"),
      (#""learningRate": { "decay": { "knid": "none" } }"#, "learningRate.decay.knid", "kind"),
      (#""loss": { "label_smoothing": 0.1 }"#, "loss.label_smoothing", "labelSmoothing"),
      (#""evaluate": { "everyEpoch": 1 }"#, "evaluate.everyEpoch", "everyEpochs"),
      (#""checkpoint": { "kepe": 1 }"#, "checkpoint.kepe", "keep"),
      (#""momentum": 0.9"#, "momentum", "optimizer.momentum"),
      (#""batch_size": 9"#, "batch_size", "batch.size"),
      (#""xyzzy": 9"#, "xyzzy", nil),
      (#""": 9"#, "", nil),
    ]
    for (more, path, nearest) in table {
      let messages = mistakes(more)
      #expect(messages.count == 1, "\(more) \(messages)")
      let start = "config.json: \(path.isEmpty ? "" : "\(path): ")unknown key; "
      let rest = nearest.map { "nearest: \($0); allowed here: " } ?? "allowed here: "
      #expect(messages.first?.hasPrefix(start + rest) == true, "\(more) \(messages)")
    }
    #expect(
      mistakes(#""batch": { "sise": 3 }"#) == [
        "config.json: batch.sise: unknown key; nearest: size; allowed here: size, shards, microbatch"
      ])
    #expect(
      mistakes(
        text:
          #"{ "data": { "dataset": "digits", "shuffle": 1 }, "model": { "layers": [{ "type": "relu", "x": 1 }], "hiden": 1 } }"#
      )
        == [
          "config.json: data.shuffle: unknown key; nearest: data.order; allowed here: dataset, order, normalize, augment, lastBatch, targets, validationShare, splitSeed",
          "config.json: model.layers.0.x: unknown key; allowed here: type",
          "config.json: model.hiden: unknown key; nearest: hidden; allowed here: layers, zeroInitResidual, convolution, zeros, preset",
        ])
  }

  @Test("a key of another variant is refused, and the message says which variant it belongs to")
  func otherVariants() {
    let table: [(more: String, message: String)] = [
      (#""optimizer": { "trust": 1 }"#, #"optimizer.trust: belongs to method "lars", not to method "sgd"; "#),
      (
        #""optimizer": { "method": "lars", "nesterov": true }"#,
        #"optimizer.nesterov: belongs to method "sgd", not to method "lars"; "#
      ),
      (
        #""optimizer": { "beta1": 0.9 }"#,
        #"optimizer.beta1: belongs to method "adam" or method "adamw" or method "lamb", not to method "sgd"; "#
      ),
      (
        #""optimizer": { "method": "adam", "momentum": 0.9 }"#,
        #"optimizer.momentum: belongs to method "sgd" or method "lars", not to method "adam"; "#
      ),
      (
        #""loss": { "kind": "meanSquaredError", "labelSmoothing": 0.1 }"#,
        #"loss.labelSmoothing: belongs to kind "crossEntropy" or kind "auto", not to kind "meanSquaredError"; "#
      ),
      (
        #""learningRate": { "decay": { "kind": "cosine", "factor": 0.1 } }"#,
        #"learningRate.decay.factor: belongs to kind "step" or kind "batch", not to kind "cosine"; "#
      ),
      (
        #""learningRate": { "decay": { "epochs": [3] } }"#,
        #"learningRate.decay.epochs: belongs to kind "step" or kind "batch", not to kind "none"; "#
      ),
      (
        #""learningRate": { "warmup": { "kind": "none", "steps": 3 } }"#,
        #"learningRate.warmup.steps: belongs to kind "gradual" or kind "constant", not to kind "none"; "#
      ),
      (
        #""target": { "testAccuracy": 0.9, "testLoss": 1 }"#,
        "target.testLoss: testAccuracy is there too; allowed: only one of testAccuracy and testLoss"
      ),
      (#""epochs": 3, "steps": 5"#, "steps: epochs is there too; allowed: only one of epochs and steps"),
      (#""evaluate": { "everyEpochs": 1, "everySteps": 1 }"#, "evaluate.everySteps: everyEpochs is there too; "),
    ]
    for (more, message) in table {
      let messages = mistakes(more)
      #expect(messages.count == 1, "\(more) \(messages)")
      #expect(messages.first?.hasPrefix("config.json: \(message)") == true, "\(more) \(messages)")
    }
    let both = mistakes(
      text: #"{ "data": { "dataset": "digits", "path": "x" }, "model": { "preset": "lenet", "hidden": [3] } }"#)
    #expect(both.count == 2)
    // Each further kind of data with a path adds its name to the first one.
    #expect(both[0].hasPrefix(#"config.json: data.path: belongs to dataset "mnist" or dataset "fashion-mnist" or "#))
    #expect(
      both[0].hasSuffix(
        #", not to dataset "digits"; allowed here: "#
          + "dataset, order, normalize, augment, lastBatch, targets, validationShare, splitSeed"))
    #expect(
      both[1]
        == #"config.json: model.hidden: belongs to preset "mlp", not to preset "lenet"; allowed here: preset, convolution, zeros, layers"#
    )
    #expect(
      mistakes(
        text:
          #"{ "data": { "dataset": "digits" }, "model": { "layers": [{ "type": "relu", "rate": 0.1 }], "hidden": [3] } }"#
      ) == [
        #"config.json: model.layers.0.rate: belongs to type "dropout", not to type "relu"; allowed here: type"#,
        #"config.json: model.hidden: belongs to preset "mlp", not to layers; allowed here: layers, zeroInitResidual, convolution, zeros, preset"#,
      ])
  }

  @Test("zeroInitResidual is refused where no residual block ends with batch norm")
  func zeroInitResidual() {
    func found(_ model: String) -> [String] {
      mistakes(text: #"{ "data": { "dataset": "digits" }, "model": { \#(model) } }"#)
    }
    for preset in ["mlp", "lenet", "logistic", "plain20", "plain110"] {
      let messages = found(#""preset": "\#(preset)", "zeroInitResidual": false"#)
      #expect(messages.count == 1)
      #expect(messages.first?.hasPrefix("config.json: model.zeroInitResidual: belongs to layers or ") == true)
      #expect(messages.first?.contains(#"not to preset "\#(preset)""#) == true, "\(messages)")
    }
    let without = """
      config.json: model.zeroInitResidual: found true, but no residual block's body ends with a batchNorm, groupNorm or layerNorm layer; \
      allowed: false, or leave the key out
      """
    let norm = #"{ "type": "batchNorm" }"#
    for layers in [norm, #"{ "type": "residual", "body": [\#(norm), { "type": "relu" }], "shortcut": [\#(norm)] }"#] {
      #expect(found(#""layers": [\#(layers)], "zeroInitResidual": true"#) == [without])
      #expect(found(#""layers": [\#(layers)], "zeroInitResidual": false"#) == [])
    }
    #expect(
      found(#""preset": "resnet20", "zeroInitResidual": "yes""#) == [
        #"config.json: model.zeroInitResidual: found the string "yes"; allowed: true or false"#
      ])
  }

  @Test("an unknown variant leaves the keys of all variants in peace")
  func unknownVariant() {
    #expect(
      mistakes(#""optimizer": { "method": "agam", "beta1": 0.9, "trust": 1 }"#) == [
        #"config.json: optimizer.method: found the string "agam"; nearest: "adam"; allowed: "sgd", "lars", "adam", "adamw", "lamb""#
      ])
    #expect(
      mistakes(#""optimizer": { "method": "agam", "btea1": 0.9 }"#).last?.hasPrefix(
        "config.json: optimizer.btea1: unknown key; nearest: beta1; ") == true)
  }
}

import Keys
import Configuration

/// Decodes a config that has the two required keys and `more`.
func decode(_ more: String = "", overrides: [String] = []) throws -> RunConfiguration {
  try decode(
    text: #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp" }, \#(more) }"#, overrides: overrides)
}

func decode(text: String, overrides: [String] = []) throws -> RunConfiguration {
  try RunConfiguration.decode(text, file: "config.json", overrides: overrides.map { try Override($0) })
}

/// The messages for a config that has the two required keys and `more`; empty if it is accepted.
func mistakes(_ more: String, overrides: [String] = []) -> [String] {
  messages { try decode(more, overrides: overrides) }
}

func mistakes(text: String, overrides: [String] = []) -> [String] {
  messages { try decode(text: text, overrides: overrides) }
}

private func messages(_ body: () throws -> RunConfiguration) -> [String] {
  do {
    _ = try body()
    return []
  } catch let error as ConfigurationError {
    return error.issues.map(\.description)
  } catch {
    return ["\(error)"]
  }
}

/// Configs that use every key of the contract at least once, and each variant.
let fullConfigs = [
  #"""
  {
    "$schema": "./isotherm.schema.json", "name": "first", "seed": 7,
    "data": { "dataset": "digits", "order": "iid", "normalize": "unit", "lastBatch": "keep",
              "targets": "none", "validationShare": 0.25, "splitSeed": 3,
              "augment": [{ "type": "padCrop", "padding": 2 }, { "type": "flip" }] },
    "model": { "preset": "mlp", "hidden": [64, 32] },
    "loss": { "kind": "crossEntropy", "labelSmoothing": 0.1 },
    "batch": { "size": 100, "shards": 7, "microbatch": 9 },
    "optimizer": { "method": "sgd", "momentum": 0.5, "nesterov": true, "weightDecay": 0.01, "clipNorm": 2,
                   "freeze": ["0.*", "!0.bias"], "groups": [{ "tensors": ["1.*"], "rate": 2, "weightDecay": 0.1 }],
                   "average": { "decay": 0.99, "warmup": false } },
    "learningRate": { "reference": 0.2, "referenceBatch": 50, "scaling": "sqrt",
                      "warmup": { "kind": "constant", "steps": 10 },
                      "decay": { "kind": "step", "epochs": [1, 2.5], "factor": 0.5 } },
    "epochs": 3.5,
    "evaluate": { "everySteps": 5 },
    "checkpoint": { "everySteps": 6, "keep": 2, "pace": true },
    "target": { "testAccuracy": 0.9 }, "stop": { "patience": 5 },
    "log": { "tensorboard": true, "csv": true, "histograms": false },
    "receipt": { "everySteps": 50 }, "guard": { "share": 0.25 },
    "threads": 3, "pin": false, "ranks": { "overlap": false, "wire": "bf16" }, "arithmetic": "portable"
  }
  """#,
  #"""
  {
    "data": { "dataset": "fashion-mnist", "path": "here", "order": "sequential", "normalize": "none" },
    "model": { "preset": "lenet" },
    "optimizer": { "method": "lars", "momentum": 0.8, "trust": 0.02 },
    "learningRate": { "warmup": { "kind": "none" }, "decay": { "kind": "step", "steps": [3, 9] } },
    "steps": 12,
    "evaluate": { "everyEpochs": 0.5 },
    "checkpoint": { "everyEpochs": 2 },
    "target": { "testLoss": 0.5 },
    "threads": "auto"
  }
  """#,
  #"""
  {
    "data": { "dataset": "synthetic", "shape": [9, 7, 3], "classes": 5, "samples": 60, "testSamples": 11 },
    "model": { "layers": [
      { "type": "conv2d", "channels": 4, "kernel": 3, "stride": 2, "padding": 1, "bias": false },
      { "type": "batchNorm" }, { "type": "relu" },
      { "type": "residual", "body": [{ "type": "conv2d", "channels": 4, "kernel": 1 }], "shortcut": [{ "type": "relu" }] },
      { "type": "maxPool", "size": 3, "stride": 1, "padding": 1 }, { "type": "averagePool" },
      { "type": "downsample", "channels": 6, "stride": 2 }, { "type": "globalAveragePool" },
      { "type": "flatten" }, { "type": "dropout", "rate": 0.25 }, { "type": "dense", "units": 5, "bias": true }
    ], "zeroInitResidual": false },
    "optimizer": { "method": "adam", "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6, "scaleWithBatch": true },
    "learningRate": { "warmup": { "kind": "gradual", "epochs": 2 }, "decay": { "kind": "polynomial", "power": 2 } }
  }
  """#,
  #"""
  {
    "data": { "dataset": "csv", "train": "a.csv", "validation": "v.csv", "test": "b.csv", "header": true,
              "label": ["x", -1], "task": "regression", "separator": ";", "decimal": ",", "encoding": "windows-1252",
              "columns": { "a": "number", "b": { "ordinal": ["low", "high"] }, "c": { "date": "d/m/yyyy" } },
              "missing": "drop", "missingWords": ["leer"], "oneHotLimit": 50 },
    "model": { "preset": "logistic" },
    "loss": { "kind": "meanSquaredError" },
    "optimizer": { "method": "adamw" },
    "learningRate": { "decay": { "kind": "cosine" } }
  }
  """#,
  #"""
  {
    "data": { "dataset": "idx", "train": { "inputs": "a", "labels": "b" }, "test": { "inputs": "c", "labels": "d" } },
    "model": { "preset": "logistic" }, "learningRate": { "decay": { "kind": "none" } },
    "temperature": { "hold": true, "batches": [{ "epoch": 3, "size": 64 }, { "epoch": 5, "size": 512 }] }
  }
  """#,
  #"""
  {
    "data": { "dataset": "npy", "train": { "inputs": "a", "labels": "b" }, "test": { "inputs": "c", "labels": "d" } },
    "model": { "preset": "logistic" }
  }
  """#,
  #"""
  { "data": { "dataset": "emnist", "split": "letters" }, "model": { "preset": "lenet" } }
  """#,
  #"""
  {
    "data": { "dataset": "imageFolder", "path": "photos", "testShare": 0.2, "size": [32, 48], "resize": [36, 54],
              "color": "grey", "onBadSample": "skip", "cache": "packed",
              "augment": [{ "type": "randomResizedCrop", "scale": [0.5, 1], "ratio": [0.75, 1.5] },
                          { "type": "colorJitter", "brightness": 0.1, "contrast": 0.2, "saturation": 0.3, "hue": 0.1 },
                          { "type": "cutout", "size": 5 }] },
    "model": { "preset": "lenet" }
  }
  """#,
  #"""
  {
    "data": { "dataset": "npz", "path": "all.npz", "train": { "path": "a.npz", "inputs": "x", "labels": "y" },
              "validation": { "path": "b.npz", "inputs": "x", "labels": "y" },
              "test": { "path": "c.npz", "inputs": "x", "labels": "y" } },
    "model": { "preset": "logistic" }
  }
  """#,
  #"""
  {
    "data": { "dataset": "csv", "path": "all.csv", "testShare": 0.25, "label": "y", "columns": { "y2": "ignore" } },
    "model": { "preset": "logistic" }, "loss": { "kind": "auto", "labelSmoothing": 0.1 }
  }
  """#,
  #"""
  {
    "data": { "dataset": "cifar10",
              "augment": [{ "type": "flip", "alternate": true }, { "type": "padCrop", "padding": 2, "mode": "reflect" },
                          { "type": "mixup", "alpha": 0.5 }] },
    "model": { "preset": "airbench94", "widths": [8, 16, 24] },
    "optimizer": { "groups": [{ "tensors": ["*.norm*.bias"], "rate": 64, "weightDecay": 1e-5, "decayBiases": true },
                              { "tensors": ["0.bias"], "decayBiases": true, "trainEpochs": 3 }],
                   "lookahead": { "every": 7, "decay": 0.75, "power": 3 } },
    "learningRate": { "warmup": { "kind": "ramp", "start": 0.1, "share": 0.25 },
                      "decay": { "kind": "polynomial", "power": 1, "floor": 0.07 } },
    "evaluate": { "views": { "mirror": false, "shifts": [[1, 1], [-1, 0]], "shiftWeight": 0.25 } }
  }
  """#,
  #"""
  {
    "data": { "dataset": "cifar10" },
    "model": { "layers": [
      { "type": "conv2d", "channels": 8, "kernel": 2, "init": "whitening", "whiteningSamples": 99,
        "whiteningEpsilon": 0.01 },
      { "type": "conv2d", "channels": 8, "kernel": 3, "init": "dirac" },
      { "type": "batchNorm", "epsilon": 1e-3, "momentum": 0.4, "scale": false },
      { "type": "dense", "units": 10, "bias": false, "init": "uniform" }, { "type": "scale", "factor": 0.125 }
    ] },
    "evaluate": { "views": {} }
  }
  """#,
  #"""
  {
    "data": { "dataset": "cifar100", "labels": "coarse" },
    "optimizer": { "method": "lamb", "beta2": 0.99 },
    "model": { "preset": "resnet32", "shortcut": "B", "zeroInitResidual": true, "convolution": "direct", "zeros": "multiply" },
    "learningRate": { "decay": { "kind": "batch", "epochs": [3, 5], "factor": 4, "maximumBatch": 4096 } },
    "evaluate": { "batchNormSamples": 1024 }
  }
  """#,
  #"""
  {
    "data": { "dataset": "quadratic", "curvature": 2, "deviations": [1, 0.5], "samples": 60, "testSamples": 11,
              "normalize": "none" },
    "model": { "layers": [{ "type": "dense", "units": 2, "bias": false }] }
  }
  """#,
  #"""
  {
    "data": { "dataset": "digits" },
    "model": { "layers": [
      { "type": "gelu", "form": "tanh" },
      { "type": "groupNorm", "groups": 1 },
      { "type": "dense", "units": 10 }
    ] }
  }
  """#,
]

import Foundation
import Kernels
import TestSupport
import Testing

/// Runs with `"arithmetic": "portable"` have one SHA-256 on every path that fuses, for every number of threads.
@Suite("Training with portable arithmetic")
struct PortableArithmeticCommandTests {
  /// A network, and everything else that rounds: every optimizer, loss, normalisation, augmentation and decay once.
  struct Example: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let config: String
  }

  private static let paths = KernelPath.supported.filter(\.hasPortableArithmetic)

  static let examples = [
    Example(
      testDescription: "logistic",
      config: #"""
        "data": { "dataset": "digits" }, "model": { "preset": "logistic" }, "batch": { "size": 100, "microbatch": 9 },
        "optimizer": { "method": "sgd", "momentum": 0.9, "nesterov": true, "weightDecay": 1e-4, "clipNorm": 0.5 },
        "learningRate": { "reference": 0.5, "decay": { "kind": "polynomial", "power": 1.7 } }
        """#),
    Example(
      testDescription: "mlp, factored, that skips zeros",
      config: #"""
        "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [520, 70] },
        "batch": { "size": 256, "shards": 4 }, "optimizer": { "method": "adamw" }, "loss": { "labelSmoothing": 0.1 },
        "learningRate": { "reference": 0.01, "decay": { "kind": "cosine" } }
        """#),
    Example(
      testDescription: "mlp by squared error and Adam",
      config: #"""
        "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [33] }, "loss": { "kind": "meanSquaredError" },
        "batch": { "size": 48, "shards": 3 }, "optimizer": { "method": "adam", "weightDecay": 0.01 }
        """#),
    Example(
      testDescription: "lenet by LARS",
      config: #"""
        "data": { "dataset": "synthetic", "shape": [28, 28, 1], "samples": 64, "testSamples": 8 },
        "model": { "preset": "lenet" }, "batch": { "size": 64, "microbatch": 9 },
        "optimizer": { "method": "lars", "momentum": 0.9, "weightDecay": 1e-4 }, "learningRate": { "reference": 1 }
        """#),
    Example(
      testDescription: "resnet20 with augmentation",
      config: #"""
        "data": { "dataset": "synthetic", "shape": [32, 32, 3], "samples": 24, "testSamples": 8,
                  "augment": [{ "type": "randomResizedCrop" }, { "type": "colorJitter", "brightness": 0.4, "contrast": 0.4,
                                "saturation": 0.4, "hue": 0.1 }, { "type": "padCrop", "padding": 4 }, { "type": "flip" }] },
        "model": { "preset": "resnet20", "shortcut": "B" }, "batch": { "size": 24, "shards": 3 },
        "optimizer": { "method": "sgd", "momentum": 0.9, "average": { "decay": 0.99 } }, "learningRate": { "reference": 1 }
        """#),
    Example(
      testDescription: "group norm, layer norm and GELU by LAMB",
      config: #"""
        "data": { "dataset": "digits" }, "model": { "layers": [
          { "type": "conv2d", "channels": 20, "kernel": 3, "padding": 1 }, { "type": "groupNorm", "groups": 4 },
          { "type": "gelu" }, { "type": "averagePool" }, { "type": "conv2d", "channels": 24, "kernel": 5, "padding": 2 },
          { "type": "gelu", "form": "tanh" }, { "type": "flatten" }, { "type": "dropout", "rate": 0.25 },
          { "type": "dense", "units": 150 }, { "type": "layerNorm" }, { "type": "gelu" }, { "type": "dense", "units": 10 }
        ] },
        "batch": { "size": 60, "shards": 5, "microbatch": 7 },
        "optimizer": { "method": "lamb", "weightDecay": 0.01 }, "learningRate": { "reference": 0.05 }
        """#),
    Example(
      testDescription: "resnet50 on small pictures",
      config: #"""
        "data": { "dataset": "synthetic", "shape": [33, 33, 3], "samples": 6, "testSamples": 2 },
        "model": { "preset": "resnet50" }, "batch": { "size": 6, "shards": 2 },
        "optimizer": { "method": "sgd", "momentum": 0.9 }, "learningRate": { "reference": 0.1 }
        """#),
  ]

  private static func write(_ config: String, _ folder: URL, steps: Int = 3, more: String = "") throws -> String {
    let file = folder.appendingPathComponent("config.json")
    let text = #"{ "name": "portable", \#(config), "steps": \#(steps), "arithmetic": "portable"\#(more) }"#
    try Data(text.utf8).write(to: file)
    return file.path
  }

  private static func environment(_ path: KernelPath) -> [String: String] {
    [KernelPath.environmentVariable: path.rawValue]
  }

  @Test("every path and 1, 2, 3 or 7 threads train to the same bits", arguments: examples)
  func presets(example: Example) throws {
    try withTemporaryFolder { folder in
      let config = try Self.write(example.config, folder, steps: 3)
      var digests: Set<String> = []
      for path in Self.paths {
        let result = try Command.run(
          "verify", config, "--threads", "1,2,3,7", "--steps", "3", "--json", environment: Self.environment(path))
        let runs = try #require(try result.json()["runs"] as? [[String: Any]], "\(path): \(result.errors)")
        #expect(runs.count == 4)
        digests.formUnion(runs.compactMap { $0["weightsSHA256"] as? String })
      }
      #expect(digests.count == 1, "on \(Self.paths.map(\.rawValue)): \(digests.sorted())")
    }
  }

  @Test(
    "a run that was stopped goes on on another path to the bits of one that was not; with machine's it is refused",
    .enabled(if: paths.count > 1, "one path alone fuses here"))
  func resume() throws {
    let cnn =
      #""data": { "dataset": "digits" }, "batch": { "size": 64 }, "model": { "layers": [ "#
      + #"{ "type": "conv2d", "channels": 16, "kernel": 3, "padding": 1 }, { "type": "batchNorm" }, { "type": "relu" }, "#
      + #"{ "type": "conv2d", "channels": 32, "kernel": 1 }, { "type": "relu" }, { "type": "flatten" }, "#
      + #"{ "type": "dense", "units": 10 } ] }"#
    try withTemporaryFolder { folder in
      let more = #", "checkpoint": { "everySteps": 3 }, "receipt": { "everySteps": 3 }"#
      let config = try Self.write(cnn, folder, steps: 9, more: more)
      func train(_ arguments: [String], _ path: KernelPath) throws -> Command.Result {
        try Command.run(
          ["train"] + arguments + ["--json", "--quiet"], in: folder, environment: Self.environment(path))
      }
      let (first, last) = (try #require(Self.paths.first), try #require(Self.paths.last))
      let whole = try train([config, "--out", "whole"], last).json()
      #expect(try train([config, "--out", "halves", "--set", "steps=6"], first).status == 0)
      let resumed = try train(["--resume", "halves", "--set", "steps=9"], last)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try resumed.json()["weightsSHA256"] as? String == whole["weightsSHA256"] as? String)
      for run in ["whole", "halves"] {
        let audit = try Command.run("audit", run, "--share", "1", in: folder, environment: Self.environment(first))
        #expect(audit.status == 0, "\(run): \(audit.output) \(audit.errors)")
      }
      let machine = ["--set", "arithmetic=machine"]
      #expect(try train([config, "--out", "machine", "--set", "steps=6"] + machine, first).status == 0)
      let refused = try train(["--resume", "machine", "--set", "steps=9"], last)
      #expect(refused.status == 2 && refused.errors.contains("which round otherwise"), "\(refused.errors)")
    }
  }

  @Test("kernels that round product and sum apart refuse it, with what to do", .needs(.fused))
  func refused() throws {
    try withTemporaryFolder { folder in
      let config = try Self.write(Self.examples[0].config, folder)
      let result = try Command.run("plan", config, environment: Self.environment(.portable))
      #expect(result.status == 2 && result.errors.contains("arithmetic"), "\(result.errors)")
      #expect(result.errors.contains("ISOTHERM_KERNELS=fused"), "\(result.errors)")
    }
  }

  @Test("plan and doctor say which arithmetic it is")
  func said() throws {
    try withTemporaryFolder { folder in
      let config = try Self.write(Self.examples[0].config, folder)
      let environment = Self.environment(try #require(Self.paths.last))
      #expect(
        try Command.run("plan", config, "--json", environment: environment).json()["arithmetic"] as? String
          == "portable")
      #expect(try Command.run("plan", config, environment: environment).output.contains("portable"))
      let doctor = try Command.run("doctor", "--json", environment: environment).json()
      #expect(doctor["hasPortableArithmetic"] as? Bool == true)
    }
  }
}

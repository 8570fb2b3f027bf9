import Foundation
import TestSupport
import Testing

@Suite("The command, where memory is short")
struct MemoryCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"

  /// Runs the command with `kibibytes` of address space.
  private func run(_ arguments: [String], kibibytes: Int, in folder: URL) throws -> Command.Result {
    try Command.run(arguments, in: folder, limits: "ulimit -v \(kibibytes)")
  }

  private func expectOneMessage(_ result: Command.Result, status: Int32, _ words: [String]) {
    #expect(result.status == status, "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("isotherm: "), "\(result.errors)")
    for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
    for trace in ["Fatal error", "Backtrace", "Thread 0"] { #expect(!result.errors.contains(trace)) }
  }

  @Test(
    "a model larger than the machine is refused by every command with the prediction, and leaves nothing behind",
    arguments: [
      ["plan"], ["train", "--out", "run"], ["verify", "--threads", "1,2"],
      ["scale", "--batches", "64", "--out", "run"],
      ["sweep", "--batches", "64", "--target-accuracy", "0.9", "--out", "run"], ["noise", "--out", "run"],
      ["linearity", "--multiples", "2", "--out", "run"],
    ])
  func tooLarge(command: [String]) throws {
    try withTemporaryFolder { folder in
      let text = #"{ "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [1000000, 1000000] } }"#
      try text.write(to: folder.appendingPathComponent("large.json"), atomically: true, encoding: .utf8)
      let result = try Command.run(
        [command[0], "large.json"] + command.dropFirst() + ["--quiet"], in: folder)
      expectOneMessage(
        result, status: 2,
        [
          "isotherm: model: the run would take ", "TiB of memory, and this process may use ",
          "TiB for parameters and optimizer", "use a smaller model",
        ])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["large.json"])
    }
  }

  @Test("layers whose sizes no number would hold are refused with their path")
  func beyondCounting() throws {
    try withTemporaryFolder { folder in
      let layer = #"{ "type": "conv2d", "channels": 65536, "kernel": 1, "padding": 1024 }"#
      let layers = Array(repeating: layer, count: 50).joined(separator: ", ")
      let text = """
        { "data": { "dataset": "digits" },
          "model": { "layers": [\(layers), { "type": "flatten" }, { "type": "dense", "units": 10 }] } }
        """
      try text.write(to: folder.appendingPathComponent("large.json"), atomically: true, encoding: .utf8)
      for command in ["plan", "train"] {
        expectOneMessage(
          try Command.run(command, "large.json", "--quiet", in: folder), status: 2,
          ["isotherm: model.layers.1: up to here one sample takes ", "which no machine finishes"])
      }
    }
  }

  @Test(
    "under ulimit -v a model beyond the limit is refused by name, and one that only just seems to fit is an error",
    .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/limits"), "proc(5)'s limits"))
  func addressSpace() throws {
    try withTemporaryFolder { folder in
      let settings = ["--set", "model.hidden=[6000,6000]", "--set", "epochs=1"]
      let plan = try Command.run(["plan", config, "--json"] + settings, in: folder).json()
      let kibibytes = try #require(plan["memoryBytes"] as? Int) / 1024
      for command in ["plan", "train"] {
        expectOneMessage(
          try run([command, config, "--quiet"] + settings, kibibytes: kibibytes - 1024, in: folder), status: 2,
          ["isotherm: model: the run would take ", "the limit of its address space, ulimit -v"])
      }
      // The prediction counts memory in use. Libraries and stacks take more of the address space than that.
      expectOneMessage(
        try run(["train", config, "--quiet", "--out", "run"] + settings, kibibytes: kibibytes + 1024, in: folder),
        status: 1, ["the system gives no memory for ", "Cannot allocate memory", "raise the limit"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }
}

import Foundation
import TestSupport
import Testing

@Suite("The command")
struct CommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"

  @Test("train leaves a run directory, prints a summary, and reaches 97 % on the digits")
  func train() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run("train", config, "--out", "run", "--json", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let summary = try result.json()
      #expect(summary["outcome"] as? String == "completed")
      #expect(summary["testAccuracy"] as? Double ?? 0 >= 0.97)
      for key in [
        "steps", "epochs", "samples", "trainLoss", "testLoss", "wallSeconds", "samplesPerSecond",
        "peakMemoryBytes", "threads", "weightsSHA256",
      ] {
        #expect(summary[key] != nil, "\(key)")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run").sorted()
      #expect(
        files == [
          "checkpoints", "config.json", "metrics.jsonl", "report.html", "summary.json", "weights.safetensors",
        ])
      let lines = try String(contentsOfFile: folder.path + "/run/metrics.jsonl", encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 760 + 40)

      // The weights are the run's: evaluate finds the same accuracy, and the same digest.
      let evaluation = try Command.run(
        "evaluate", config, "--weights", "run/weights.safetensors", "--json", "--threads", "3", in: folder)
      let found = try evaluation.json()
      #expect(found["testAccuracy"] as? Double == summary["testAccuracy"] as? Double)
      #expect(found["weightsSHA256"] as? String == summary["weightsSHA256"] as? String)

      let predictions = try Command.run(
        "predict", config, "--weights", "run/weights.safetensors", "--quiet", in: folder)
      let rows = predictions.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
      let right = rows.count { $0[1] == $0[3] }
      #expect(rows.count == 540)
      #expect(abs(Double(right) / 540 - (summary["testAccuracy"] as? Double ?? 0)) < 1e-12)

      // The same directory is never overwritten.
      let again = try Command.run("train", config, "--out", "run", in: folder)
      #expect(again.status == 2 && again.errors.contains("not an empty directory"))
    }
  }

  @Test("--init starts from the weights of a file, which a rate of nearly 0 leaves as they are")
  func initialWeights() throws {
    try withTemporaryFolder { folder in
      func train(_ out: String, _ more: [String]) throws -> String? {
        let result = try Command.run(["train", config, "--out", out, "--json", "--quiet"] + more, in: folder)
        return try result.json()["weightsSHA256"] as? String
      }
      let first = try train("first", ["--set", "steps=30"])
      let still = [
        "--set", "steps=1", "--set", "learningRate.reference=1e-36", "--set", "learningRate.warmup.kind=none",
      ]
      #expect(try train("second", ["--init", "first/weights.safetensors"] + still) == first)
      #expect(try train("other", still) != first)
    }
  }

  @Test("plan tells parameters, steps, memory and learning rates")
  func plan() throws {
    let result = try Command.run("plan", config, "--json", "--set", "batch.size=256", "--set", "epochs=10")
    let plan = try result.json()
    #expect(plan["parameters"] as? Int == 64 * 128 + 128 + 128 * 128 + 128 + 128 * 10 + 10)
    #expect(plan["steps"] as? Int == 40)
    #expect(plan["memoryBytes"] as? Int ?? 0 > 1_000_000)
    let rates = try #require(plan["learningRates"] as? [[String: Any]])
    #expect(
      rates.count >= 2 && rates.allSatisfy { $0["step"] != nil && $0["epoch"] != nil && $0["learningRate"] != nil })
    let text = try Command.run("plan", config)
    #expect(text.status == 0 && text.output.contains("26,122"))
  }

  @Test("verify finds the same bits for 1, 2, 3 and 7 threads")
  func verify() throws {
    let result = try Command.run(
      "verify", Command.packageFolder + "/Configs/digits-cnn.json", "--threads", "1,2,3,7", "--steps", "5", "--json")
    let verification = try result.json()
    #expect(result.status == 0)
    #expect(verification["identical"] as? Bool == true)
    #expect((verification["runs"] as? [[String: Any]])?.count == 4)
  }

  @Test(
    "SIGINT finishes the step, saves and exits with 75; --resume gives the bits of the whole run",
    arguments: [false, true])
  func interruption(byKill: Bool) throws {
    try withTemporaryFolder { folder in
      // A run may be over before the signal reaches it, on a fast machine or when this process has to wait: that
      // proves nothing, so a longer one is tried. One that no signal stops is over every time.
      let lengths = [60, 240, 960, 3840]
      let stopped = try lengths.first { epochs in
        try? FileManager.default.removeItem(atPath: folder.path + "/run")
        let run = Command.process(["train", config, "--out", "run"] + settings(epochs: epochs), in: folder.path)
        run.standardOutput = FileHandle.nullDevice
        run.standardError = FileHandle.nullDevice
        try run.run()
        while run.isRunning, newestSave(in: folder.path + "/run/checkpoints") < "step-00000100" { usleep(1000) }
        if run.isRunning { kill(run.processIdentifier, byKill ? SIGKILL : SIGINT) }
        run.waitUntilExit()
        // 39 steps an epoch: with the last one saved, only the report was left to interrupt.
        let last = String(format: "step-%08d.safetensors", epochs * 39)
        if newestSave(in: folder.path + "/run/checkpoints") == last { return false }
        if byKill {
          #expect(run.terminationReason == .uncaughtSignal)
        } else {
          #expect(run.terminationStatus == 75)
          let summary = try String(contentsOfFile: folder.path + "/run/summary.json", encoding: .utf8)
          #expect(summary.contains("interrupted"))
        }
        return true
      }
      let epochs = try #require(stopped, "no run of \(lengths) epochs was stopped by the signal")

      let whole = Command.process(["train", config, "--out", "whole"] + settings(epochs: epochs), in: folder.path)
      whole.standardOutput = FileHandle.nullDevice
      try whole.run()
      whole.waitUntilExit()
      #expect(whole.terminationStatus == 0)

      let resumed = try Command.run("train", "--resume", "run", "--quiet", "--json", "--threads", "3", in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      let end = try resumed.json()
      let expected = try #require(
        try JSONSerialization.jsonObject(
          with: Data(contentsOf: folder.appendingPathComponent("whole/summary.json"))) as? [String: Any])
      #expect(end["weightsSHA256"] as? String == expected["weightsSHA256"] as? String)
      #expect(end["steps"] as? Int == expected["steps"] as? Int)
      #expect(end["testLoss"] as? Double == expected["testLoss"] as? Double)
    }
  }

  private func settings(epochs: Int) -> [String] {
    [
      "--quiet", "--set", "epochs=\(epochs)", "--set", "batch.size=32", "--set", "checkpoint.everySteps=50", "--set",
      "threads=2",
    ]
  }

  /// The name of the newest save of a step, or nothing.
  private func newestSave(in folder: String) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix("step-") }.max() ?? ""
  }

  @Test("exit codes and messages are the contract's")
  func failures() throws {
    try withTemporaryFolder { folder in
      func expect(_ status: Int32, _ arguments: String..., says words: String = "", environment: [String: String] = [:])
        throws
      {
        let process = Command.process(arguments, in: folder.path, environment: environment)
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == status, "\(arguments): \(errors)")
        #expect(words.isEmpty || errors.contains(words), "\(arguments): \(errors)")
      }
      try expect(2, "train", "none.json", says: "none.json")
      try expect(2, "train", says: "--resume")
      try expect(2, "train", config, "--set", "batch.sise=3", says: "size")
      try expect(2, "train", config, "--set", "batch.size=100000", says: "1257")
      try expect(2, "train", config, "--threads", "0", says: "--threads")
      try expect(2, "nonsense", says: "nonsense")
      try expect(2, "plan", config, says: "ISOTHERM_KERNELS", environment: ["ISOTHERM_KERNELS": "sse"])
      try expect(3, "train", config, "--set", "data.dataset=mnist", "--set", "data.path=nowhere", says: "nowhere")
      try expect(4, "train", config, "--set", "learningRate.reference=1e20", "--quiet", "--out", "diverged")
      try expect(
        5, "train", config, "--set", "epochs=1", "--set", "target.testAccuracy=1", "--quiet", "--out", "missed")
      try expect(
        0, "train", config, "--set", "target.testAccuracy=0.5", "--quiet", "--out", "reached")
      try expect(1, "evaluate", config, "--weights", "none.safetensors", says: "none.safetensors")
      try expect(1, "train", config, "--out", "/proc/none", says: "/proc/none")
      try expect(2, "train", "--resume", "nowhere", says: "nowhere")
    }
  }

  @Test("doctor, schema, data and help answer")
  func information() throws {
    let doctor = try Command.run("doctor", "--json").json()
    #expect(doctor["usableCores"] as? Int ?? 0 >= 1)
    #expect(doctor["isBLASUsable"] as? Bool == true)
    #expect(try Command.run("schema").json()["properties"] != nil)
    let data = try Command.run("data", config, "--json").json()
    #expect((data["train"] as? [String: Any])?["samples"] as? Int == 1257)
    #expect(try Command.run("--help").output.contains("train"))
    #expect(try Command.run("train", "--help").status == 0)
    #expect(try Command.run("--version").output.contains("."))
  }

  @Test("plan shows how convolutions are computed, for the whole model and layer by layer")
  func convolutionInPlan() throws {
    let cnn = Command.packageFolder + "/Configs/digits-cnn.json"
    for method in ["auto", "direct"] {
      let plan = try Command.run("plan", cnn, "--json", "--set", "model.convolution=\(method)").json()
      #expect(plan["convolution"] as? String == method)
      let layers = try #require(plan["layers"] as? [[String: Any]])
      let kinds = layers.compactMap { $0["kind"] as? String }.filter { $0.contains("conv2d") }
      #expect(kinds.count == 3 && (method == "auto" || kinds.allSatisfy { $0.hasSuffix(": direct") }), "\(kinds)")
    }
    let text = try Command.run("plan", cnn, "--set", "model.convolution=direct").output
    #expect(text.contains("convolution") && text.contains("direct"))
    #expect(try Command.run("plan", config, "--json").json()["convolution"] == nil)
  }

  @Test("evaluate finds what the run found, with batch norm's statistics recomputed in both")
  func recomputedStatistics() throws {
    try withTemporaryFolder { folder in
      let cnn = Command.packageFolder + "/Configs/digits-cnn.json"
      let settings = ["--set", "steps=12", "--set", "evaluate.batchNormSamples=500"]
      func run(_ arguments: [String]) throws -> [String: Any] {
        let process = Command.process(arguments + ["--json"], in: folder.path)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      }
      let summary = try run(["train", cnn, "--out", "run", "--threads", "2"] + settings)
      let weights = ["evaluate", cnn, "--weights", "run/weights.safetensors"]
      let same = try run(weights + ["--threads", "3"] + settings)
      #expect(same["testLoss"] as? Double == summary["testLoss"] as? Double)
      #expect(same["weightsSHA256"] as? String == summary["weightsSHA256"] as? String)
      // The file has the statistics that were measured with: without the key it gives the same.
      let running = try run(weights)
      #expect(running["testLoss"] as? Double == summary["testLoss"] as? Double)
      #expect(running["weightsSHA256"] as? String == summary["weightsSHA256"] as? String)
      let plan = try run(["plan", cnn] + settings)
      #expect((plan["notes"] as? [String])?.contains { $0.contains("batch norm") } == true)
    }
  }

  @Test("the peak of memory is the run's own: the size of the program that starts it does not show")
  func ownMemory() throws {
    try withTemporaryFolder { folder in
      let ballast = [UInt8](repeating: 1, count: 256 << 20)
      let run = try Command.run(
        "train", config, "--json", "--quiet", "--out", "run", "--set", "steps=2", "--set", "model.hidden=[64]",
        in: folder)
      #expect(try #require(try run.json()["peakMemoryBytes"] as? Int) < ballast.count / 2)
      withExtendedLifetime(ballast) {}
    }
  }

  @Test("plan predicts the peak of memory to a third, for small models and for large ones")
  func predictedMemory() throws {
    try withTemporaryFolder { folder in
      for (place, hidden) in ["[128]", "[3000,3000]"].enumerated() {
        let keys = [
          "--threads", "4", "--set", "steps=4", "--set", "batch.size=1024", "--set", "model.hidden=\(hidden)",
        ]
        let plan = try Command.run(["plan", config, "--json"] + keys, in: folder).json()
        let run = try Command.run(["train", config, "--json", "--quiet", "--out", "run-\(place)"] + keys, in: folder)
        let predicted = try #require(plan["memoryBytes"] as? Int)
        let peak = try #require(try run.json()["peakMemoryBytes"] as? Int)
        #expect(predicted * 4 > peak * 3 && predicted * 3 < peak * 4, "\(hidden): \(predicted) of \(peak)")
      }
    }
  }

  @Test("a batch 16 times as large takes the same memory")
  func memoryOfLargeBatches() throws {
    try withTemporaryFolder { folder in
      let cnn = Command.packageFolder + "/Configs/digits-cnn.json"
      var peaks: [Int] = []
      for batch in [64, 1024] {
        let result = try Command.run(
          "train", cnn, "--json", "--quiet", "--out", "run-\(batch)", "--threads", "2", "--set", "steps=4", "--set",
          "batch.size=\(batch)", "--set", "batch.shards=4", "--set", "batch.microbatch=16", in: folder)
        peaks.append(try #require(try result.json()["peakMemoryBytes"] as? Int))
      }
      // Two runs of one command differ by some hundred kilobytes; 960 more activations would take 40 MB.
      #expect(abs(peaks[1] - peaks[0]) < 4 << 20, "\(peaks)")
    }
  }
}

import Foundation
import TestSupport
import Testing

@Suite("Run directories, from the command")
struct RunDirectoryCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"

  /// Every shipped config, and what stands in for data that is not in the repository.
  private static let shipped: [String] = {
    let folder = Command.packageFolder + "/Configs"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted()
  }()

  @Test("the resolved config of every shipped config is planned and resumed", arguments: shipped)
  func shippedConfigs(name: String) throws {
    try withTemporaryFolder { folder in
      let path = Command.packageFolder + "/Configs/" + name
      let text = try String(contentsOfFile: path, encoding: .utf8)
      var settings = ["steps=2", "checkpoint.everySteps=1", "evaluate.everySteps=1000000"]
      for (dataset, shape) in [("mnist", "[28,28,1]"), ("cifar10", "[32,32,3]")]
      where text.contains("\"dataset\": \"\(dataset)\"") {
        settings += ["data.dataset=synthetic", "data.shape=\(shape)", "data.samples=8192", "data.testSamples=32"]
      }
      let arguments = settings.flatMap { ["--set", $0] }
      let run = Command.process(["train", path, "--out", "run", "--quiet"] + arguments, in: folder.path)
      run.standardOutput = FileHandle.nullDevice
      try run.run()
      // Killed after its first save, if it is not over by then.
      let checkpoints = folder.path + "/run/checkpoints"
      while run.isRunning, !FileManager.default.fileExists(atPath: checkpoints + "/step-00000001.safetensors") {
        usleep(1000)
      }
      if run.isRunning { kill(run.processIdentifier, SIGKILL) }
      run.waitUntilExit()
      #expect(run.terminationReason == .uncaughtSignal || [0, 5].contains(run.terminationStatus))

      let plan = try Command.run("plan", "run/config.json", "--json", in: folder)
      #expect(plan.status == 0, "\(plan.errors)")
      #expect(try plan.json()["steps"] as? Int == 2)
      let resumed = try Command.run("train", "--resume", "run", "--quiet", "--json", in: folder)
      #expect([0, 5].contains(resumed.status), "\(resumed.errors)")
      #expect(try resumed.json()["steps"] as? Int == 2)
    }
  }

  @Test("the shipped configs are there") func shippedConfigsAreThere() { #expect(Self.shipped.count >= 16) }

  @Test("a run whose batch grows ends with the same bits when it was stopped on the way")
  func growingBatch() throws {
    try withTemporaryFolder { folder in
      let cooling = Command.packageFolder + "/Configs/cooling-digits.json"
      let settings = ["--quiet", "--json", "--set", "epochs=16", "--set", "checkpoint.everySteps=40"]
      let whole = try Command.run(["train", cooling, "--out", "whole"] + settings, in: folder)
      let run = Command.process(["train", cooling, "--out", "run"] + settings, in: folder.path)
      run.standardOutput = FileHandle.nullDevice
      try run.run()
      while run.isRunning,
        !FileManager.default.fileExists(atPath: folder.path + "/run/checkpoints/step-00000200.safetensors")
      {
        usleep(1000)
      }
      if run.isRunning { kill(run.processIdentifier, SIGTERM) }
      run.waitUntilExit()
      #expect([0, 75].contains(run.terminationStatus))
      let resumed = try Command.run(["train", "--resume", "run", "--quiet", "--json", "--threads", "3"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try resumed.json()["weightsSHA256"] as? String == whole.json()["weightsSHA256"] as? String)
    }
  }

  @Test("runs of one name that begin in one second have directories of their own")
  func sameSecond() throws {
    try withTemporaryFolder { folder in
      let runs = try (0..<6).map { _ in
        let run = Command.process(
          ["train", config, "--quiet", "--set", "steps=5", "--threads", "1"], in: folder.path)
        run.standardOutput = FileHandle.nullDevice
        try run.run()
        return run
      }
      for run in runs { run.waitUntilExit() }
      #expect(runs.allSatisfy { $0.terminationStatus == 0 })
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/runs")
      #expect(names.count == 6)
      for name in names {
        let metrics = try String(contentsOfFile: folder.path + "/runs/\(name)/metrics.jsonl", encoding: .utf8)
        #expect(metrics.split(separator: "\n").count == 6)
      }
    }
  }

  @Test("a second --resume of a run that goes on is refused, and the run is not disturbed")
  func resumedTwice() throws {
    try withTemporaryFolder { folder in
      let run = Command.process(
        ["train", config, "--out", "run", "--quiet", "--set", "epochs=100000", "--set", "checkpoint.everySteps=500"],
        in: folder.path)
      run.standardOutput = FileHandle.nullDevice
      run.standardError = FileHandle.nullDevice
      try run.run()
      while run.isRunning,
        !FileManager.default.fileExists(atPath: folder.path + "/run/checkpoints/step-00000500.safetensors")
      {
        usleep(1000)
      }
      let second = try Command.run("train", "--resume", "run", "--quiet", in: folder)
      #expect(second.status == 1 && second.errors.contains("process \(run.processIdentifier) on"), "\(second.errors)")
      kill(run.processIdentifier, SIGTERM)
      run.waitUntilExit()
      #expect(run.terminationStatus == 75)
      let rows = try String(contentsOfFile: folder.path + "/run/metrics.jsonl", encoding: .utf8).split(separator: "\n")
      #expect(rows.count == Set(rows).count)
    }
  }

  @Test("data that were moved are said to be missing, with the way to go on, which works")
  func movedData() throws {
    try withTemporaryFolder { folder in
      func table(_ count: Int) -> String { (0..<count).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }.joined() }
      try FileManager.default.createDirectory(atPath: folder.path + "/d", withIntermediateDirectories: true)
      try table(40).write(toFile: folder.path + "/d/train.csv", atomically: true, encoding: .utf8)
      try table(10).write(toFile: folder.path + "/test.csv", atomically: true, encoding: .utf8)
      try """
      { "data": { "dataset": "csv", "train": "d/train.csv", "test": "test.csv", "label": -1 },
        "model": { "preset": "logistic" }, "batch": { "size": 8 }, "steps": 6 }
      """.write(toFile: folder.path + "/config.json", atomically: true, encoding: .utf8)
      let first = try Command.run("train", "config.json", "--out", "run", "--quiet", "--json", in: folder)
      #expect(first.status == 0, "\(first.errors)")
      try FileManager.default.moveItem(atPath: folder.path + "/d", toPath: folder.path + "/e")
      let missing = try Command.run("train", "--resume", "run", "--quiet", in: folder)
      #expect(missing.status == 3 && missing.errors.contains("--set data.path"), "\(missing.errors)")
      let resumed = try Command.run(
        "train", "--resume", "run", "--quiet", "--json", "--set", "data.train=e/train.csv", in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try resumed.json()["weightsSHA256"] as? String == first.json()["weightsSHA256"] as? String)
      // What is in the file is what counts: other rows in the new place are noticed.
      try table(41).write(toFile: folder.path + "/e/train.csv", atomically: true, encoding: .utf8)
      let other = try Command.run(
        "train", "--resume", "run", "--quiet", "--set", "data.train=e/train.csv", in: folder)
      #expect(other.status == 2 && other.errors.contains("data: the samples"), "\(other.errors)")
      let refused = try Command.run("train", "--resume", "run", "--set", "seed=3", in: folder)
      #expect(refused.status == 2 && refused.errors.contains("seed=3"))
    }
  }
}

import Foundation
import TestSupport
import Testing

@Suite("Several seeds, and comparisons")
struct SeedsCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"
  private let short = ["--set", "epochs=3", "--set", "model.hidden=[16]"]

  private func run(_ arguments: [String], in folder: URL) throws -> Command.Result {
    try Command.run(arguments, in: folder)
  }

  private func files(_ folder: URL, _ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + path).sorted()
  }

  private func object(_ folder: URL, _ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appendingPathComponent(path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("train --seeds leaves a run for each seed with the bits of its own run, their summary and their page")
  func train() throws {
    try withTemporaryFolder { folder in
      let result = try run(
        ["train", config, "--seeds", "3", "--threads", "2", "--out", "all", "--json"] + short, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try files(folder, "all") == ["config.json", "report.html", "seed-1", "seed-2", "seed-3", "summary.json"])
      let summary = try result.json()
      #expect(summary["seeds"] as? [Int] == [1, 2, 3] && summary["outcome"] as? String == "completed")
      let accuracy = try #require(summary["testAccuracy"] as? [String: Any])
      for key in ["count", "mean", "standardDeviation", "low", "high"] { #expect(accuracy[key] != nil, "\(key)") }
      let replicas = try #require(summary["replicas"] as? [[String: Any]])
      for (index, replica) in replicas.enumerated() {
        #expect(
          Set(try files(folder, "all/seed-\(index + 1)"))
            .isSuperset(of: [
              "checkpoints", "config.json", "metrics.jsonl", "report.html", "summary.json", "weights.safetensors",
            ]))
        let alone = try run(
          ["train", config, "--set", "seed=\(index + 1)", "--out", "solo\(index)", "--json", "--quiet"] + short,
          in: folder)
        #expect(try alone.json()["weightsSHA256"] as? String == replica["weightsSHA256"] as? String)
      }
      // The whole page is of one config with three seeds; report makes it anew.
      let page = try String(contentsOfFile: folder.path + "/all/report.html", encoding: .utf8)
      #expect(page.contains("seeds reach"))
      let again = try run(["report", "all"], in: folder)
      #expect(again.status == 0 && again.output.hasSuffix("all/report.html\n"), "\(again.errors)")
      // Nothing is left to do, and said again.
      let resumed = try run(["train", "--resume", "all", "--json", "--quiet"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try resumed.json()["replicas"] as? NSArray == summary["replicas"] as? NSArray)
    }
  }

  @Test("killed or asked to stop, several seeds go on and end as those that were not", arguments: [SIGKILL, SIGINT])
  func resume(number: Int32) throws {
    try withTemporaryFolder { folder in
      let arguments = [
        "train", config, "--seeds", "4", "--threads", "2", "--set", "checkpoint.everySteps=5", "--quiet",
      ]
      let whole = try run(arguments + ["--out", "whole", "--json"], in: folder)
      #expect(whole.status == 0, "\(whole.errors)")
      let process = Command.process(arguments + ["--out", "parts"], in: folder.path)
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.run()
      // As soon as a run of the second pair has something to go on from.
      let saves = folder.path + "/parts/seed-3/checkpoints"
      while process.isRunning, !FileManager.default.fileExists(atPath: saves) { usleep(300) }
      if process.isRunning { kill(process.processIdentifier, number) }
      process.waitUntilExit()
      if number == SIGINT, process.terminationReason == .exit {
        #expect([0, 75].contains(process.terminationStatus))
      }
      let resumed = try run(["train", "--resume", "parts", "--json", "--quiet", "--threads", "1"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      func digests(_ result: Command.Result) throws -> [String?] {
        let replicas = try #require(try result.json()["replicas"] as? [[String: Any]])
        return replicas.map { $0["weightsSHA256"] as? String }
      }
      #expect(try digests(resumed) == digests(whole))
    }
  }

  @Test("what several seeds cannot have is refused, with what to do, and leaves nothing")
  func refused() throws {
    try withTemporaryFolder { folder in
      func expect(_ arguments: [String], _ words: String, environment: [String: String] = [:]) throws {
        let result = try Command.run(["train", config] + arguments, in: folder, environment: environment)
        #expect(result.status == 2 && result.errors.contains(words), "\(arguments): \(result.errors)")
      }
      try expect(["--seeds", "0"], "allowed is a number from 1, up to 1000")
      try expect(["--seeds", "2", "--live", "0"], "--live shows one run")
      try expect(["--seeds", "2", "--dry-run"], "--dry-run tries one run")
      try expect(["--seeds", "2", "--trace", "t.json"], "--trace records one run")
      try expect(
        ["--seeds", "2"], "2 ranks of a launcher of MPI",
        environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"])
      #expect(try files(folder, "") == [])
    }
  }

  @Test("compare says which is better only where the interval does, and takes configs as well as directories of seeds")
  func compare() throws {
    try withTemporaryFolder { folder in
      let result = try run(
        [
          "compare", config, "--set-b", "learningRate.reference=1e-6", "--seeds", "3", "--threads", "2", "--out",
          "both",
        ]
          + ["--json"] + short, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(try files(folder, "both") == ["a", "b", "comparison.json", "report.html"])
      let record = try result.json()
      let differences = try #require(record["differences"] as? [[String: Any]])
      #expect(differences.map { $0["measure"] as? String } == ["testAccuracy", "testLoss"])
      #expect(differences[0]["isSettled"] as? Bool == true)
      let pairs = try #require(differences[0]["pairs"] as? [[String: Any]])
      #expect(pairs.map { $0["seed"] as? Int } == [1, 2, 3])
      #expect(try object(folder, "both/comparison.json") as NSDictionary == record as NSDictionary)
      #expect(record["outcome"] as? String == "completed")
      // Nothing is left to do, and said again.
      let resumed = try run(["compare", "--resume", "both", "--json", "--quiet"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try resumed.json() as NSDictionary == record as NSDictionary)

      // The same of what is there already, and of a config with itself, of which nothing can be said.
      let again = try run(["compare", "both/a", "both/b", "--out", "again", "--quiet"], in: folder)
      #expect(again.status == 0 && again.output.hasPrefix("A is better by "), "\(again.output)\(again.errors)")
      let same = try run(["compare", "both/a", "both/a/config.json", "--out", "same", "--quiet"], in: folder)
      #expect(same.status == 0 && same.output.hasPrefix("Not settled: "), "\(same.output)\(same.errors)")
      let refused = try run(["compare", config], in: folder)
      #expect(refused.status == 2 && refused.errors.contains("--set-b"))
    }
  }

  @Test("a comparison that was killed or asked to stop is resumed to the same bits", arguments: [SIGKILL, SIGINT])
  func comparisonResumed(number: Int32) throws {
    try withTemporaryFolder { folder in
      let named = ["compare", config, "--set-b", "optimizer.momentum=0.8", "--seeds", "2"]
      let arguments = named + ["--threads", "1", "--set", "checkpoint.everySteps=5", "--quiet"]
      let whole = try run(arguments + ["--out", "whole", "--json"], in: folder)
      #expect(whole.status == 0, "\(whole.errors)")
      let process = Command.process(arguments + ["--out", "parts"], in: folder.path)
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.run()
      // A's first seed is done, its second is on its way.
      let saves = folder.path + "/parts/a/seed-2/checkpoints"
      while process.isRunning, !FileManager.default.fileExists(atPath: saves) { usleep(300) }
      if process.isRunning { kill(process.processIdentifier, number) }
      process.waitUntilExit()
      if number == SIGINT { #expect(process.terminationStatus == 75) }
      #expect(try object(folder, "parts/comparison.json")["outcome"] as? String == "interrupted")

      let early = try run(["report", "parts"], in: folder)
      #expect(early.status == 2 && early.errors.contains("isotherm compare --resume parts"), "\(early.errors)")
      let wrong = try run(["train", "--resume", "parts"], in: folder)
      #expect(wrong.status == 2 && wrong.errors.contains("isotherm compare --resume parts"), "\(wrong.errors)")
      for (changed, words) in [
        (["--set-b", "epochs=2"], "would change the comparison"), (["--seeds", "3"], "--seeds: found 3"),
        ([config, "--set", "epochs=2"], "A is another config"), (["--out", "x"], "--out cannot be used"),
      ] {
        let refused = try run(["compare", "--resume", "parts"] + changed, in: folder)
        #expect(refused.status == 2 && refused.errors.contains(words), "\(refused.errors)")
      }

      // Also where the directory has been moved.
      try FileManager.default.moveItem(atPath: folder.path + "/parts", toPath: folder.path + "/moved")
      let resumed = try run(["compare", "--resume", "moved", "--json", "--threads", "2"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(resumed.errors.contains("continuing after"))
      let (record, other) = (try resumed.json(), try whole.json())
      #expect(record["outcome"] as? String == "completed")
      #expect(record["differences"] as? NSArray == other["differences"] as? NSArray)
      for side in ["a", "b"] {
        func digests(_ path: String) throws -> [String?] {
          let replicas = try #require(try object(folder, path)["replicas"] as? [[String: Any]])
          return replicas.map { $0["weightsSHA256"] as? String }
        }
        #expect(try digests("moved/\(side)/summary.json") == digests("whole/\(side)/summary.json"))
      }

      // The page is made again as that of any other directory.
      let page = folder.path + "/moved/report.html"
      let first = try String(contentsOfFile: page, encoding: .utf8)
      try FileManager.default.removeItem(atPath: page)
      let again = try run(["report", "moved"], in: folder)
      #expect(again.status == 0, "\(again.errors)")
      #expect(try String(contentsOfFile: page, encoding: .utf8) == first)
      let both = try run(["report", "moved", "whole/a"], in: folder)
      #expect(both.status == 2 && both.errors.contains("moved is a comparison"), "\(both.errors)")
    }
  }

  @Test("a damaged seed is named with what to do, and the others are resumed")
  func damagedSeed() throws {
    try withTemporaryFolder { folder in
      let arguments = [
        "train", config, "--seeds", "3", "--threads", "1", "--set", "checkpoint.everySteps=5", "--set", "epochs=40",
        "--quiet",
      ]
      let whole = try run(arguments + ["--out", "whole", "--json"], in: folder)
      let process = Command.process(arguments + ["--out", "parts"], in: folder.path)
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.run()
      let saves = folder.path + "/parts/seed-1/checkpoints"
      while process.isRunning, !FileManager.default.fileExists(atPath: saves) { usleep(300) }
      if process.isRunning { kill(process.processIdentifier, SIGINT) }
      process.waitUntilExit()
      #expect(process.terminationStatus == 75)
      for file in try files(folder, "parts/seed-1/checkpoints") {
        try Data("broken".utf8).write(to: folder.appendingPathComponent("parts/seed-1/checkpoints/\(file)"))
      }
      let resumed = try run(["train", "--resume", "parts", "--json", "--quiet"], in: folder)
      #expect(resumed.status == 1 && resumed.output.isEmpty)
      for words in ["parts/seed-1: has no usable checkpoint", "move or remove this folder", "seed 1 starts from"] {
        #expect(resumed.errors.contains(words), "\(resumed.errors)")
      }
      let replicas = try #require(try object(folder, "parts/summary.json")["replicas"] as? [[String: Any]])
      #expect(
        replicas.filter { $0["outcome"] as? String == "completed" }.map { $0["seed"] as? Int } == [2, 3])
      try FileManager.default.removeItem(atPath: folder.path + "/parts/seed-1")
      let last = try run(["train", "--resume", "parts", "--json", "--quiet"], in: folder)
      #expect(last.status == 0, "\(last.errors)")
      func digests(_ result: Command.Result) throws -> [String?] {
        try #require(try result.json()["replicas"] as? [[String: Any]]).map { $0["weightsSHA256"] as? String }
      }
      #expect(try digests(last) == digests(whole))
    }
  }
}

import Foundation
import TestSupport
import Testing

@Suite("The command sweep")
struct SweepCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"
  private let settings = ["--set", "model.hidden=[24]", "--set", "epochs=8", "--quiet"]

  @Test("--json has the contract's keys, and the directory the study's files")
  func contract() throws {
    try withTemporaryFolder { folder in
      let result = try run(
        ["sweep", config, "--batches", "32,128,512", "--seeds", "2", "--target-accuracy", "0.9"]
          + ["--learning-rates", "0.5,1", "--out", "study", "--json", "--threads", "2"] + settings, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let json = try result.json()
      #expect(json["study"] as? String == "sweep")
      let points = try #require(json["points"] as? [[String: Any]])
      #expect(points.count == 12)
      for point in points {
        for key in [
          "batch", "learningRate", "seed", "reached", "stepsToTarget", "samplesToTarget", "secondsToTarget",
          "outcome", "scaledLearningRate",
        ] {
          #expect(point[key] != nil, "\(key)")
        }
        let batch = try #require(point["batch"] as? Int)
        if point["reached"] as? Bool == true {
          #expect(point["samplesToTarget"] as? Int == (point["stepsToTarget"] as? Int ?? 0) * batch)
        } else {
          #expect(point["stepsToTarget"] is NSNull && point["secondsToTarget"] is NSNull)
        }
      }
      #expect(Set(points.compactMap { $0["learningRate"] as? Double }) == [0.5, 1])
      #expect(Set(points.compactMap { $0["seed"] as? Int }) == [1, 2])
      let fit = try #require(json["fit"] as? [String: Any])
      let numbers = try ["minimumSteps", "minimumSamples", "criticalBatch"].map { try #require(fit[$0] as? Double) }
      #expect(abs(numbers[1] / numbers[0] / numbers[2] - 1) < 1e-9)
      let speedup = try #require(json["speedup"] as? [[String: Any]])
      #expect(speedup.first?["batch"] as? Int == 32 && speedup.first?["steps"] as? Double == 1)
      #expect(speedup.allSatisfy { $0["seconds"] is Double })
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/study").sorted()
      #expect(files == ["config.json", "report.html", "study.csv", "study.json"])
      let rows = try String(contentsOfFile: folder.path + "/study/study.csv", encoding: .utf8).split(separator: "\n")
      #expect(rows.count == 13)

      // A finished sweep that goes on runs nothing and says the same.
      let again = try run(["sweep", "--resume", "study", "--json", "--quiet"], in: folder)
      #expect(again.status == 0 && again.output == result.output)
    }
  }

  @Test("killed or interrupted, a sweep goes on and ends as one that was not", arguments: [false, true])
  func resume(byKill: Bool) throws {
    try withTemporaryFolder { folder in
      let arguments =
        ["sweep", config, "--batches", "16,64,256", "--seeds", "10", "--target-accuracy", "0.93"] + settings
      let whole = try run(arguments + ["--out", "whole", "--json"], in: folder)
      #expect(whole.status == 0, "\(whole.errors)")

      let errors = folder.appendingPathComponent("errors")
      try Data().write(to: errors)
      let process = Command.process(arguments + ["--out", "parts", "--threads", "2"], in: folder.path)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
      while process.isRunning, (try? points(folder, "parts").count) ?? 0 < 4 { usleep(500) }
      kill(process.processIdentifier, byKill ? SIGKILL : SIGINT)
      process.waitUntilExit()
      let kept = try points(folder, "parts")
      #expect(kept.count >= 4 && kept.count < 30)
      if byKill {
        #expect(process.terminationReason == .uncaughtSignal)
      } else {
        #expect(process.terminationStatus == 75)
        #expect(try String(contentsOf: errors, encoding: .utf8).contains("isotherm sweep --resume parts"))
      }

      // Another grid or config is no way to go on.
      let other = try run(["sweep", config, "--batches", "16,64", "--resume", "parts"] + settings, in: folder)
      #expect(other.status == 2 && other.errors.contains("--batches: found 16,64"), "\(other.errors)")
      let changed = try run(["sweep", config, "--resume", "parts", "--quiet"], in: folder)
      #expect(changed.status == 2 && changed.errors.contains("another config"), "\(changed.errors)")

      let resumed = try run(["sweep", "--resume", "parts", "--quiet", "--json"], in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      let end = try points(folder, "parts")
      let expected = try points(folder, "whole")
      #expect(timeless(end) == timeless(expected))
      // Finished cells were not run again: their very times are still there.
      for point in kept { #expect(end.contains { NSDictionary(dictionary: $0) == NSDictionary(dictionary: point) }) }
      let (one, two) = (try resumed.json()["fit"], try whole.json()["fit"])
      #expect(one as? NSDictionary == two as? NSDictionary)
    }
  }

  @Test("exit codes: 5 where no run reaches the target, 4 where all diverge without one, 2 for what is not allowed")
  func exitCodes() throws {
    try withTemporaryFolder { folder in
      let missed = try run(
        ["sweep", config, "--batches", "64", "--seeds", "1", "--target-loss", "1e-9", "--out", "missed", "--json"]
          + settings, in: folder)
      #expect(missed.status == 5, "\(missed.errors)")
      let json = try missed.json()
      #expect(json["fit"] is NSNull && (json["speedup"] as? [Any])?.isEmpty == true)
      let point = try #require((json["points"] as? [[String: Any]])?.first)
      #expect(point["reached"] as? Bool == false && point["outcome"] as? String == "completed")

      let diverged = try run(
        ["sweep", config, "--batches", "64", "--seeds", "1", "--to-the-end", "--learning-rates", "1e20"]
          + ["--out", "diverged"] + settings, in: folder)
      #expect(diverged.status == 4, "\(diverged.errors)")

      func refuse(_ arguments: [String], says words: String) throws {
        let result = try run(["sweep"] + arguments, in: folder)
        #expect(result.status == 2 && result.errors.contains(words), "\(arguments): \(result.status) \(result.errors)")
      }
      try refuse([config, "--batches", "64"], says: "--target-accuracy")
      try refuse([config, "--target-accuracy", "0.9"], says: "--batches")
      try refuse([config, "--batches", "64,64", "--target-accuracy", "0.9"], says: "twice")
      try refuse([config, "--batches", "64,5000", "--target-accuracy", "0.9"], says: "1257")
      try refuse([config, "--batches", "64", "--target-accuracy", "97"], says: "share")
      try refuse([config, "--batches", "64", "--target-accuracy", "0.9", "--warmup", "slow"], says: "gradual")
      try refuse(["--resume", "nowhere"], says: "nowhere")
      try refuse(["--resume", "missed", "--out", "x"], says: "--out")
    }
  }

  private func run(_ arguments: [String], in folder: URL) throws -> Command.Result {
    try Command.run(arguments, in: folder)
  }

  private func points(_ folder: URL, _ study: String) throws -> [[String: Any]] {
    let data = try Data(contentsOf: folder.appendingPathComponent(study + "/study.json"))
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require(json["points"] as? [[String: Any]])
  }

  private func timeless(_ points: [[String: Any]]) -> [NSDictionary] {
    points.map { point in
      NSDictionary(
        dictionary: point.filter { !$0.key.localizedCaseInsensitiveContains("seconds") && $0.key != "threads" })
    }
  }
}

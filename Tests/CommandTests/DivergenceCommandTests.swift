import Foundation
import TestSupport
import Testing

/// Runs that diverge, from the command line: an outcome with exit code 4, never a crash.
@Suite("Divergence, by command")
struct DivergenceCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"
  /// One batch an epoch and no warmup, so that the first rate counts.
  private let hot = [
    "--set", "batch.size=1257", "--set", "learningRate.referenceBatch=1257", "--set",
    "learningRate.warmup={\"kind\":\"none\"}", "--set", "epochs=20",
  ]

  @Test(
    "train ends with code 4, step, rate and last checkpoint, summary and report", arguments: ["100", "1e6", "1e308"])
  func train(rate: String) throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["train", config, "--out", "run", "--set", "learningRate.reference=\(rate)"] + hot, in: folder)
      #expect(result.status == 4, "\(result.errors)")
      #expect(result.output.contains("Diverged at step ") && result.output.contains(" at a learning rate of "))
      #expect(result.output.contains("last checkpoint   "))
      let run = folder.path + "/run"
      let summary = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: run + "/summary.json")))
          as? [String: Any])
      #expect(summary["outcome"] as? String == "diverged")
      let divergence = try #require(summary["divergence"] as? [String: Any])
      #expect(divergence["step"] is Int && divergence["learningRate"] != nil && divergence["kind"] is String)
      if rate == "100" {
        // The weights are finite here, and every loss of training was.
        #expect(divergence["kind"] as? String == "evaluation")
        let checkpoint = try #require(divergence["checkpoint"] as? String)
        #expect(FileManager.default.fileExists(atPath: run + "/" + checkpoint) && result.output.contains(checkpoint))
      }
      #expect(FileManager.default.fileExists(atPath: run + "/report.html"))
      let report = try Command.run("report", "run", in: folder)
      #expect(report.status == 0, "\(report.errors)")
    }
  }

  @Test("a sweep with cells that diverge in an evaluation finishes, and goes on from any of them")
  func sweep() throws {
    try withTemporaryFolder { folder in
      let result = try Command.run(
        ["sweep", config, "--batches", "1257", "--learning-rates", "1,100,1e307", "--seeds", "2", "--to-the-end"]
          + ["--set", "learningRate.reference=1", "--out", "study", "--json"] + hot, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let points = try #require(try result.json()["points"] as? [[String: Any]])
      #expect(
        points.map { $0["outcome"] as? String } == [
          "completed", "completed", "diverged", "diverged", "diverged", "diverged",
        ])
      #expect(points.suffix(4).allSatisfy { $0["divergedAtStep"] is Int })
      // As if it had been stopped after the first cell that diverged.
      let path = URL(fileURLWithPath: folder.path + "/study/study.json")
      var study = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
      study["points"] = Array(points.prefix(3))
      try JSONSerialization.data(withJSONObject: study).write(to: path)
      let again = try Command.run(["sweep", "--resume", "study", "--json", "--quiet"], in: folder)
      #expect(again.status == 0, "\(again.errors)")
      let resumed = try #require(try again.json()["points"] as? [[String: Any]])
      for key in ["outcome", "weightsSHA256"] {
        #expect(resumed.map { $0[key] as? String } == points.map { $0[key] as? String })
      }
      #expect(resumed.map { $0["divergedAtStep"] as? Int } == points.map { $0["divergedAtStep"] as? Int })
    }
  }

  @Test(
    "evaluate, predict and noise of weights whose outputs overflow say so, with code 4", arguments: [Float(3e30), .nan])
  func weights(value: Float) throws {
    try withTemporaryFolder { folder in
      let start = try Command.run("train", config, "--out", "run", "--set", "steps=1", "--quiet", in: folder)
      #expect(start.status == 0, "\(start.errors)")
      try overwrite(folder.path + "/run/weights.safetensors", with: value, to: folder.path + "/hot.safetensors")
      let evaluation = try Command.run(
        "evaluate", config, "--weights", "hot.safetensors", "--json", "--quiet", in: folder)
      #expect(evaluation.status == 4 && evaluation.errors.contains("540 of 540 test samples have outputs"))
      let found = try evaluation.json()
      #expect(found["testLoss"] is NSNull && found["notFiniteSamples"] as? Int == 540)
      let prediction = try Command.run(
        "predict", config, "--weights", "hot.safetensors", "--out", "p.csv", "--quiet", in: folder)
      #expect(prediction.status == 4 && prediction.errors.contains("hot.safetensors: diverged"))
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/p.csv"))
      let noise = try Command.run("noise", config, "--weights", "hot.safetensors", "--quiet", in: folder)
      #expect(noise.status == 4 && noise.errors.contains("the training loss is"))
    }
  }

  /// Writes a copy of a safetensors file whose every float is `value`, without the digests in its metadata.
  private func overwrite(_ file: String, with value: Float, to copy: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = Data(bytes[8..<8 + length])
    var entries = try #require(try JSONSerialization.jsonObject(with: header) as? [String: Any])
    entries["__metadata__"] = nil
    let text = try JSONSerialization.data(withJSONObject: entries)
    let float = withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    var result = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    result.append(text)
    for _ in 0..<(bytes.count - 8 - length) / 4 { result.append(contentsOf: float) }
    try result.write(to: URL(fileURLWithPath: copy))
  }
}

import Foundation
import TestSupport
import Testing

@Suite("The command, given weights or a run that is over")
struct WeightsCommandTests {
  private let config = #"""
    { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [8] }, "batch": { "size": 64 },
      "learningRate": { "referenceBatch": 64 }, "steps": 4, "threads": 2 }
    """#

  private func write(_ folder: URL) throws {
    try config.write(toFile: folder.path + "/config.json", atomically: true, encoding: .utf8)
  }

  @Test("a run that is over goes on for longer, says so, and ends as one of this length; its config is the new one")
  func extended() throws {
    try withTemporaryFolder { folder in
      try write(folder)
      let long = ["--set", "steps=9", "--quiet", "--json"]
      let whole = try Command.run(["train", "config.json", "--out", "whole"] + long, in: folder)
      #expect(try Command.run("train", "config.json", "--out", "run", "--quiet", in: folder).status == 0)
      let more = try Command.run(["train", "--resume", "run"] + long, in: folder)
      #expect(more.status == 0 && more.errors.contains("the run is to have 9 in place of 4"), "\(more.errors)")
      #expect(try more.json()["weightsSHA256"] as? String == whole.json()["weightsSHA256"] as? String)
      #expect(try (more.json()["extendedFrom"] as? [[String: Any]])?.first?["step"] as? Int == 4)
      let written = try String(contentsOfFile: folder.path + "/run/config.json", encoding: .utf8)
      #expect(written.contains("\"steps\" : 9"))
      let again = try Command.run("train", "--resume", "run", "--quiet", "--json", in: folder)
      #expect(try again.json()["steps"] as? Int == 9)
      let less = try Command.run("train", "--resume", "run", "--set", "steps=8", in: folder)
      #expect(less.status == 2 && less.errors.contains("at least 9 steps"), "\(less.errors)")
    }
  }

  @Test("a run begins with weights of another one, in whole or in part; what does not fit leaves no directory")
  func initial() throws {
    try withTemporaryFolder { folder in
      try write(folder)
      #expect(try Command.run("train", "config.json", "--out", "run", "--quiet", in: folder).status == 0)
      let same = try Command.run(
        "train", "config.json", "--out", "same", "--init", "run", "--quiet", "--json", in: folder)
      let origin = try #require(try same.json()["initializedFrom"] as? [String: Any])
      #expect(origin["file"] as? String == "run/weights.safetensors" && origin["tensorsTaken"] as? Int == 4)
      let wider = ["--set", "model.hidden=[8,9]", "--init", "run"]
      let refused = try Command.run(["train", "config.json", "--out", "wider"] + wider, in: folder)
      #expect(refused.status == 1 && refused.errors.contains("--init-partial"), "\(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/wider"))
      let part = try Command.run(["train", "config.json", "--out", "part", "--init-partial"] + wider, in: folder)
      #expect(part.status == 0 && part.errors.contains("2 of 6 tensors taken"), "\(part.errors)")
    }
  }
}

import Foundation
import TestSupport
import Testing

@Suite("A run with --trace")
struct TraceCommandTests {
  private let config = Command.packageFolder + "/Configs/digits.json"

  private func train(_ arguments: String..., in folder: URL) throws -> Command.Result {
    try Command.run(["train"] + arguments, in: folder)
  }

  /// The steps that a trace has, by the coordinator's slices.
  private func steps(_ name: String, in folder: URL) throws -> [String] {
    let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    return text.matches(of: #/"name":"(step \d+)"/#).map { String($0.1) }
  }

  @Test("leaves the trace of the steps that were asked for, also in the run's own folder, and says what they tell")
  func traces() throws {
    try withTemporaryFolder { folder in
      let run = try train(
        config, "--out", "run", "--set", "steps=12", "--threads", "3", "--trace", "run/trace.json",
        "--trace-steps", "3-5", in: folder)
      #expect(run.status == 0, "\(run.errors)")
      #expect(try steps("run/trace.json", in: folder) == ["step 3", "step 4", "step 5"])
      let words = run.output.components(separatedBy: "trace    ").last ?? ""
      #expect(words.hasPrefix("run/trace.json: steps 3 to 5; open it in https://ui.perfetto.dev\n"))
      // Heads may take several lines.
      #expect(["busy", "samples", "parameters", "\n  2 "].allSatisfy { words.contains($0) }, "\(words)")

      // The default, and standard output that a program reads.
      let json = try train(
        config, "--out", "other", "--set", "steps=11", "--json", "--trace", "other.json", in: folder)
      #expect(try json.json()["outcome"] as? String == "completed")
      #expect(json.errors.contains("trace    other.json: steps 7 to 11;"))
      #expect(try steps("other.json", in: folder).count == 5)
    }
  }

  @Test("a resumed run counts the steps of the whole run, and refuses those that it has taken")
  func resumed() throws {
    try withTemporaryFolder { folder in
      #expect(try train(config, "--out", "run", "--set", "steps=6", "--quiet", in: folder).status == 0)
      func resume(_ steps: String, _ arguments: String...) throws -> Command.Result {
        try Command.run(
          ["train", "--resume", "run", "--quiet", "--trace", "t.json", "--trace-steps", steps] + arguments, in: folder)
      }
      let over = try resume("3")
      #expect(over.status == 2 && over.errors.contains("all of its 6 steps"), "\(over.errors)")
      let taken = try resume("6-7", "--set", "steps=9")
      #expect(
        taken.status == 2 && taken.errors.contains("continues after step 6: allowed are 7 to 9"), "\(taken.errors)")
      let late = try resume("9-10", "--set", "steps=9")
      #expect(late.status == 2 && late.errors.contains("the run has 9 steps: allowed are 7 to 9"), "\(late.errors)")
      let run = try resume("8-9", "--set", "steps=9")
      #expect(run.status == 0, "\(run.errors)")
      #expect(try steps("t.json", in: folder) == ["step 8", "step 9"])
    }
  }

  @Test("steps that are none, and places where no trace can be, are refused before anything is left behind")
  func refusals() throws {
    try withTemporaryFolder { folder in
      try Data("{}".utf8).write(to: folder.appendingPathComponent("config.json"))
      for (arguments, words) in [
        (["--trace-steps", "3"], "--trace-steps needs --trace FILE"),
        (["--trace", "t.json", "--trace-steps", "0-3"], "found 0-3, allowed is a step, such as 100"),
        (["--trace", "t.json", "--trace-steps", "5-3"], "found 5-3"),
        (["--trace", "t.json", "--trace-steps", "1-2-3"], "found 1-2-3"),
        (["--trace", "t.json", "--trace-steps", "99999999999999999999"], "found 99999999999999999999"),
        (
          ["--trace", "t.json", "--trace-steps", "11-13"], "found 11-13, but the run has 12 steps: allowed are 1 to 12"
        ),
        (["--trace", "none/t.json"], "none/t.json would be in a folder that is not there"),
        (["--trace", "."], ". is a folder"),
        (["--trace", "config.json"], "config.json exists already and is not a trace"),
      ] {
        let run = try Command.run(["train", config, "--out", "run", "--set", "steps=12"] + arguments, in: folder)
        #expect(run.status == 2 && run.errors.contains(words), "\(arguments): \(run.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["config.json"])
      }
    }
  }
}

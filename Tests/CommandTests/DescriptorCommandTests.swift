import Foundation
import TestSupport
import Testing

@Suite("Standard descriptors of the command")
struct DescriptorCommandTests {
  private static let config = Command.packageFolder + "/Configs/digits.json"
  /// All ways to close some of them.
  private static let closed = (1..<8).map { mask in
    ["<&-", ">&-", "2>&-"].enumerated().filter { mask & 1 << $0.offset != 0 }.map(\.element).joined(separator: " ")
  }

  @Test("whichever are closed, no file takes their place, and the work is done", arguments: closed)
  func closedStreams(closing: String) throws {
    try TrainedRuns.with { runs in
      func run(_ arguments: String...) throws -> Command.Result {
        try Command.run(arguments, in: runs.folder, limits: "exec \(closing)")
      }
      let trained = try run("train", Self.config, "--out", "run", "--set", "steps=20")
      #expect(trained.status == 0)
      let metrics = try runs.read("run/metrics.jsonl").split(separator: "\n")
      #expect(metrics.count >= 20)
      for line in metrics { #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)") }
      for name in ["config.json", "summary.json"] {
        #expect((try? JSONSerialization.jsonObject(with: Data(runs.read("run/" + name).utf8))) != nil, "\(name)")
      }
      #expect(try run("report", "run").status == 0)
      #expect(try runs.read("run/report.html").hasSuffix("</html>\n"))
      #expect(try run("plan", Self.config).status == 0)
      #expect(try run("predict", "run", "--out", "answers.csv").status == 0)
      #expect(try runs.read("answers.csv").split(separator: "\n").count == 541)
      // A mistake that nobody can be told of has its code all the same.
      #expect(try run("plan", "none.json").status == 2)
    }
  }

  @Test(
    "results that standard output does not take are no success, whatever the command",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no device that is always full"))
  func fullOutput() throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(3)
      try FileManager.default.copyItem(atPath: runs.path("run.json"), toPath: runs.path("config.json"))
      let commands = [
        ["train", "config.json", "--out", "a", "--quiet"], ["train", "config.json", "--out", "b", "--quiet", "--json"],
        ["train", "config.json", "--dry-run"], ["plan", "config.json"], ["plan", "config.json", "--json"],
        ["evaluate", "run"], ["evaluate", "run", "--json"], ["predict", "run"],
        ["predict", "run", "--format", "jsonl"],
        ["export", "run", "--format", "npz"], ["verify", "config.json", "--threads", "1,2"],
        ["scale", "config.json", "--batches", "8", "--threads", "1", "--seconds", "0.001", "--rounds", "1", "--quiet"],
        ["sweep", "config.json", "--batches", "8", "--to-the-end", "--seeds", "1", "--quiet"],
        ["noise", "config.json", "--quiet"], ["rate", "config.json", "--steps", "20", "--quiet"],
        ["linearity", "config.json", "--epochs", "0", "--multiples", "2", "--quiet"],
        ["equilibrium", "config.json", "--steps", "400", "--batches", "8", "--momenta", "0", "--quiet"],
        ["report", "run"], ["data", "list"], ["data", "inspect", "digits"], ["schema"], ["doctor"],
        ["init", "--out", "c.json"],
      ]
      for arguments in commands {
        let work = Command.process(arguments, in: runs.folder.path, limits: "exec 2>errors")
        work.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
        work.standardInput = FileHandle.nullDevice
        try work.run()
        work.waitUntilExit()
        let errors = try runs.read("errors")
        #expect(
          work.terminationReason == .exit && work.terminationStatus == 1,
          "\(arguments): \(work.terminationStatus) \(errors)")
        #expect(
          errors.contains("standard output: cannot be written (No space left on device)"), "\(arguments): \(errors)")
      }
      // A full standard error takes nothing from the work.
      let full = Command.process(
        ["train", "config.json", "--out", "d"], in: runs.folder.path, limits: "exec 2>/dev/full >/dev/null")
      try full.run()
      full.waitUntilExit()
      #expect(full.terminationReason == .exit && full.terminationStatus == 0)
    }
  }

  @Test("names from data, files and configs cannot steer a terminal")
  func escapes() throws {
    try TrainedRuns.with { runs in
      let hostile = "\u{1B}[2J\u{1B}]0;x\u{07}"
      let rows = (0..<40).map { "\($0 % 7),\($0 % 5),\($0.isMultiple(of: 2) ? hostile : "b\u{9B}1m")\n" }.joined()
      let name = "t\u{1B}[2J.csv"
      try runs.write(rows, name)
      let file = "t\\u001b[2J.csv"
      try runs.write(
        """
        { "data": { "dataset": "csv", "train": "\(file)", "test": "\(file)", "label": -1 }, "name": "n",
          "model": { "preset": "logistic" }, "batch": { "size": 8 }, "steps": 6 }
        """, "config.json")
      let lines = [
        ["train", "config.json", "--out", "r\u{1B}[2J"], ["plan", "config.json"], ["evaluate", "r\u{1B}[2J"],
        ["data", "inspect", "config.json"], ["train", "none\u{1B}[2J.json"],
        ["plan", "config.json", "--set", "a\u{1B}[2J=1"],
        ["evaluate", "r\u{1B}[2J", "--json"], ["report", "none\u{1B}[2J"], ["export", "r\u{1B}[2J", "--format", "npz"],
      ]
      for arguments in lines {
        let result = try Command.run(arguments, in: runs.folder)
        for text in [result.output, result.errors] {
          #expect(
            !text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x9B },
            "\(arguments): \(text.debugDescription)")
        }
      }
      // Data are data: a file gets them as they are.
      let answers = try Command.run("predict", "r\u{1B}[2J", "--quiet", in: runs.folder)
      #expect(answers.output.contains(hostile), "\(answers.errors)")
    }
  }
}

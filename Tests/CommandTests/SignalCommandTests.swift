import Foundation
import TestSupport
import Testing

/// What a signal does in every phase. The moment is never guessed: a test waits for what can be seen of the phase, a file or a
/// line, and only then sends the signal.
@Suite("Signals")
struct SignalCommandTests {
  private static let config = Command.packageFolder + "/Configs/digits.json"
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// A command under way.
  private final class Work {
    let process: Process
    let folder: String

    init(_ arguments: [String], in folder: String, input: Any? = FileHandle.nullDevice) throws {
      self.folder = folder
      process = Command.process(arguments, in: folder)
      for stream in ["output", "errors"] { try Data().write(to: URL(fileURLWithPath: folder + "/" + stream)) }
      process.standardOutput = FileHandle(forWritingAtPath: folder + "/output")
      process.standardError = FileHandle(forWritingAtPath: folder + "/errors")
      process.standardInput = input
      try process.run()
    }

    var errors: String { (try? String(contentsOfFile: folder + "/errors", encoding: .utf8)) ?? "" }

    /// Waits until something can be seen, or the command has ended.
    func wait(until isSeen: () -> Bool) { while process.isRunning, !isSeen() { usleep(300) } }

    func send(_ number: Int32) { if process.isRunning { kill(process.processIdentifier, number) } }

    /// Ends the wait for a command that a mistake keeps from ending.
    func end() {
      let killer = DispatchWorkItem { [process] in kill(process.processIdentifier, SIGKILL) }
      DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: killer)
      process.waitUntilExit()
      killer.cancel()
    }

    /// Names of files that the command has open.
    var openFiles: [String] {
      let links = "/proc/\(process.processIdentifier)/fd"
      let names = (try? FileManager.default.contentsOfDirectory(atPath: links)) ?? []
      return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: links + "/" + $0) }
    }
  }

  private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// What is below a folder but the test's own files.
  private static func files(in folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0 != "output" && $0 != "errors" }
      .sorted()
  }

  @Test("while data are loaded: ends at once, and nothing is there", arguments: signals)
  func loading(number: Int32) throws {
    try withTemporaryFolder { folder in
      let rows = (0..<400_000).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }.joined()
      try rows.write(toFile: folder.path + "/big.csv", atomically: true, encoding: .utf8)
      try """
      { "data": { "dataset": "csv", "train": "big.csv", "test": "big.csv", "label": -1 },
        "model": { "preset": "logistic" }, "batch": { "size": 8 }, "steps": 6 }
      """.write(toFile: folder.path + "/config.json", atomically: true, encoding: .utf8)
      for command in ["train", "sweep", "equilibrium"] {
        let more = command == "sweep" ? ["--batches", "8", "--to-the-end"] : []
        let work = try Work([command, "config.json", "--out", "out", "--quiet"] + more, in: folder.path)
        work.wait { work.openFiles.contains { $0.hasSuffix("big.csv") } }
        work.send(number)
        work.end()
        #expect(
          work.process.terminationReason == .uncaughtSignal && work.process.terminationStatus == number, "\(command)")
        #expect(try Self.files(in: folder) == ["big.csv", "config.json"], "\(command)")
      }
    }
  }

  @Test("while a study runs that saves nothing on the way: ends at once, and nothing is there", arguments: signals)
  func studies(number: Int32) throws {
    let commands = [
      ["noise", "--samples", "4000000", "--out", "out"], ["verify", "--steps", "1000000", "--set", "steps=1000000"],
      [
        "linearity", "--epochs", "0,100000", "--multiples", "2", "--out", "out", "--set",
        "learningRate.referenceBatch=8",
      ],
      ["rate", "--steps", "1000000", "--low", "1e-9", "--high", "2e-9", "--out", "out"],
    ]
    try withTemporaryFolder { folder in
      for arguments in commands {
        let work = try Work([arguments[0], Self.config] + arguments.dropFirst(), in: folder.path)
        // The first line of progress.
        work.wait { !work.errors.isEmpty }
        work.send(number)
        work.end()
        #expect(
          work.process.terminationReason == .uncaughtSignal && work.process.terminationStatus == number,
          "\(arguments): \(work.process.terminationStatus) \(work.errors)")
        #expect(try Self.files(in: folder).isEmpty, "\(arguments)")
      }
    }
  }

  @Test("while a study runs that can go on: code 75, and --resume ends as if nothing had been", arguments: signals)
  func resumableStudies(number: Int32) throws {
    try withTemporaryFolder { folder in
      try """
      { "data": { "dataset": "quadratic", "samples": 64, "testSamples": 2, "deviations": [1, 0.5], "order": "iid" },
        "model": { "layers": [{ "type": "dense", "units": 2, "bias": false }] }, "batch": { "size": 8 } }
      """.write(toFile: folder.path + "/config.json", atomically: true, encoding: .utf8)
      let options = ["--steps", "60000", "--batches", "4", "--momenta", "0", "--every", "5", "--threads", "1"]
      let work = try Work(["equilibrium", "config.json", "--out", "out"] + options, in: folder.path)
      work.wait { Self.exists(folder.path + "/out/pieces/chain-1.json") }
      work.send(number)
      work.end()
      #expect(work.process.terminationStatus == 75, "\(work.errors)")
      #expect(work.errors.contains("isotherm equilibrium --resume out"))
      #expect(!Self.exists(folder.path + "/out/study.json"))
      let changed = try Command.run("equilibrium", "--resume", "out", "--steps", "400", in: folder)
      #expect(changed.status == 2 && changed.errors.contains("--steps"))
      let resumed = try Command.run("equilibrium", "--resume", "out", "--json", "--quiet", in: folder)
      #expect(resumed.status == 0, "\(resumed.errors)")
      let whole = try Command.run(
        ["equilibrium", "config.json", "--out", "whole", "--json", "--quiet"] + options, in: folder)
      #expect(resumed.output == whole.output)
      for name in ["study.json", "study.csv", "report.html"] {
        #expect(try Data(contentsOf: folder.appendingPathComponent("out/" + name)).count > 0)
      }
      #expect(!Self.exists(folder.path + "/out/pieces"))
      let over = try Command.run("equilibrium", "--resume", "out", "--json", "--quiet", in: folder)
      #expect(over.status == 0 && over.output == whole.output)
    }
  }

  @Test("while a file is written that is there when it is whole: neither it nor a part of it is", arguments: signals)
  func prediction(number: Int32) throws {
    try TrainedRuns.with { runs in
      try runs.trainClasses(3)
      let before = try runs.files
      // Nothing comes, so that the command waits with the file open.
      let input = Pipe()
      let work = try Work(
        ["predict", "run", "--input", "-", "--out", "answers.csv", "--quiet"], in: runs.folder.path, input: input)
      work.wait { work.openFiles.contains { $0.hasSuffix(".partial") } }
      work.send(number)
      work.end()
      #expect(work.process.terminationReason == .uncaughtSignal && work.process.terminationStatus == number)
      #expect(try runs.files.filter { $0 != "output" && $0 != "errors" } == before)
    }
  }

  @Test("the second one stops at once, whatever goes on, and what was saved goes on", arguments: signals)
  func second(number: Int32) throws {
    try withTemporaryFolder { folder in
      // A step of some seconds.
      let big = [
        "data.dataset=synthetic", "data.shape=[64]", "data.samples=65536", "data.testSamples=16", "batch.size=65536",
        #"model={"preset":"mlp","hidden":[2048,2048]}"#, "threads=1", "steps=1000", "checkpoint.everySteps=1000",
      ]
      let work = try Work(
        ["train", Self.config, "--out", "run"] + big.flatMap { ["--set", $0] }, in: folder.path)
      work.wait {
        Self.exists(folder.path + "/run/metrics.jsonl") && work.openFiles.contains { $0.hasSuffix("run.lock") }
      }
      work.send(number)
      work.wait { work.errors.contains("once more to stop immediately") }
      work.send(number)
      work.end()
      let ended = (work.process.terminationReason, work.process.terminationStatus)
      // On a fast machine the step may have ended between the two.
      #expect(ended.0 == .exit && [128 + number, 75].contains(ended.1), "\(ended): \(work.errors)")
      let left = try Self.files(in: folder)
      #expect(!left.contains { $0.hasSuffix(".partial") || $0.hasSuffix(".lock") }, "\(left)")
    }
  }

  @Test("once the run is over, its report is written to the end", arguments: signals)
  func report(number: Int32) throws {
    try withTemporaryFolder { folder in
      let work = try Work(
        ["train", Self.config, "--out", "run", "--quiet", "--set", "epochs=200", "--set", "evaluate.everySteps=7800"],
        in: folder.path)
      work.wait { Self.exists(folder.path + "/run/summary.json") }
      work.send(number)
      work.end()
      #expect(work.process.terminationReason == .exit && work.process.terminationStatus == 0, "\(work.errors)")
      let page = try String(contentsOfFile: folder.path + "/run/report.html", encoding: .utf8)
      #expect(page.hasSuffix("</html>\n"))
      #expect(try !Self.files(in: folder).contains { $0.hasSuffix(".partial") })
    }
  }

  @Test("SIGTSTP and SIGCONT change nothing")
  func suspended() throws {
    try withTemporaryFolder { folder in
      let arguments = ["train", Self.config, "--quiet", "--json", "--set", "epochs=40"]
      let whole = try Command.run(arguments + ["--out", "whole"], in: folder)
      let work = try Work(arguments + ["--out", "run"], in: folder.path)
      work.wait { Self.exists(folder.path + "/run/checkpoints") }
      // To a process group without a terminal SIGTSTP may mean nothing; SIGSTOP always does.
      for number in [SIGTSTP, SIGCONT, SIGSTOP] { work.send(number) }
      let status = "/proc/\(work.process.processIdentifier)/stat"
      work.wait { (try? String(contentsOfFile: status, encoding: .utf8))?.contains(") T ") ?? true }
      work.send(SIGCONT)
      work.end()
      #expect(work.process.terminationStatus == 0, "\(work.errors)")
      let summary = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("output")))
      let digest = (summary as? [String: Any])?["weightsSHA256"] as? String
      #expect(try digest != nil && digest == whole.json()["weightsSHA256"] as? String)
    }
  }

  @Test(
    "a terminal that is gone takes nothing from the exit code: SIGHUP saves, 75",
    .enabled(if: Program.pythonHas("pty"), "without Python nobody makes a terminal"))
  func lostTerminal() throws {
    try withTemporaryFolder { folder in
      // Reads what comes until the run has saved something, then closes the terminal, which sends SIGHUP to its session.
      let script = """
        import os, pty, sys
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.argv[1], sys.argv[1:])
        while not os.path.isdir("run/checkpoints"):
            os.read(terminal, 4096)
        os.close(terminal)
        print(os.waitpid(child, 0)[1])
        """
      let result = try Program.run(
        Program.python, "-c", script, Command.path, "train", Self.config, "--out", "run", "--set", "epochs=100000",
        in: folder)
      #expect(result.output == "\(75 << 8)\n", "\(result.errors)")
      let summary = try String(contentsOfFile: folder.path + "/run/summary.json", encoding: .utf8)
      #expect(summary.contains("interrupted"))
    }
  }

  @Test("a limit on the size of files (SIGXFSZ) is an error that names the file; without it the same command ends well")
  func fileSizeLimit() throws {
    try withTemporaryFolder { folder in
      let arguments = ["train", Self.config, "--out", "run", "--quiet", "--json", "--set", "epochs=6"]
      let whole = try Command.run(
        ["train", Self.config, "--out", "whole", "--quiet", "--json", "--set", "epochs=6"], in: folder)
      // In blocks of 512 or 1,024 bytes, as the shell has it: below a checkpoint, above the metrics.
      let limited = try Command.run(arguments, in: folder, limits: "ulimit -f 64")
      #expect(limited.status == 1 && limited.errors.contains("run/checkpoints/"), "\(limited.errors)")
      #expect(limited.errors.contains("ulimit -f"))
      try FileManager.default.removeItem(atPath: folder.path + "/run")
      let free = try Command.run(arguments, in: folder)
      #expect(try free.json()["weightsSHA256"] as? String == whole.json()["weightsSHA256"] as? String)
    }
  }
}

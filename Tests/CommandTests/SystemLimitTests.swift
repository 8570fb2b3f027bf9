import Dispatch
import Foundation
import TestSupport
import Testing

@Suite("The command under limits of the system")
struct SystemLimitTests {
  private static let config = Command.packageFolder + "/Configs/digits.json"
  /// A user that no process belongs to; only root can become one.
  private static let canChangeUser = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

  @Test("a reader that leaves (| head -1) does not end a run, on either stream")
  func closedPipe() throws {
    try withTemporaryFolder { folder in
      for stream in [1, 2] {
        let run = Command.process(
          ["train", Self.config, "--out", "run-\(stream)", "--set", "epochs=20"], in: folder.path)
        let pipe = Pipe()
        run.standardOutput = stream == 1 ? pipe : FileHandle.nullDevice
        run.standardError = stream == 2 ? pipe : FileHandle.nullDevice
        try pipe.fileHandleForReading.close()
        try run.run()
        run.waitUntilExit()
        #expect(run.terminationReason == .exit && run.terminationStatus == 0, "stream \(stream)")
        #expect(FileManager.default.fileExists(atPath: folder.path + "/run-\(stream)/report.html"))
      }
      // A mistake that nobody can be told of still has its exit code.
      let wrong = Command.process(["train", "none.json"], in: folder.path)
      let pipe = Pipe()
      wrong.standardError = pipe
      try pipe.fileHandleForReading.close()
      try wrong.run()
      wrong.waitUntilExit()
      #expect(wrong.terminationReason == .exit && wrong.terminationStatus == 2)
    }
  }

  @Test(
    "results that standard output does not take, on a full disk, are no success",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no device that is always full"))
  func fullOutput() throws {
    for arguments in [["plan", Self.config], ["schema"], ["data", "list"]] {
      let run = Command.process(arguments, in: Command.packageFolder)
      let errors = Pipe()
      run.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
      run.standardError = errors
      try run.run()
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      run.waitUntilExit()
      #expect(run.terminationStatus == 1, "\(arguments): \(text)")
      #expect(text.contains("standard output: cannot be written (No space left on device)"), "\(text)")
    }
  }

  @Test("a connection that is lost (SIGHUP) saves the run as SIGTERM does; under nohup the run goes on")
  func hangUp() throws {
    try withTemporaryFolder { folder in
      func outcome(_ name: String, limits: String, epochs: Int) throws -> (status: Int32, summary: String) {
        let run = Command.process(
          ["train", Self.config, "--out", name, "--quiet", "--set", "epochs=\(epochs)"], in: folder.path, limits: limits
        )
        run.standardOutput = FileHandle.nullDevice
        run.standardError = FileHandle.nullDevice
        try run.run()
        let saves = folder.path + "/\(name)/checkpoints"
        while run.isRunning, (try? FileManager.default.contentsOfDirectory(atPath: saves))?.isEmpty ?? true {
          usleep(500)
        }
        kill(run.processIdentifier, SIGHUP)
        run.waitUntilExit()
        let summary = try? String(contentsOfFile: folder.path + "/\(name)/summary.json", encoding: .utf8)
        return (run.terminationStatus, summary ?? "none")
      }
      let lost = try outcome("lost", limits: "", epochs: 100_000)
      #expect(lost.status == 75 && lost.summary.contains("interrupted"), "\(lost)")
      let kept = try outcome("kept", limits: "trap '' HUP", epochs: 60)
      #expect(kept.status == 0 && kept.summary.contains("completed"), "\(kept)")
    }
  }

  @Test(
    "with fewer threads granted than asked for, a run takes what it gets, says so, and has the same bits",
    .enabled(if: canChangeUser, "only root may start the command as another user, whose limit is then its own"),
    arguments: [(8, 64), (40, 64), (80, 64)])
  func processLimit(processes: Int, threads: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
    defer { try? FileManager.default.removeItem(at: folder) }
    let settings = [
      "--set", "batch.size=1024", "--set", "batch.microbatch=16", "--set", "batch.shards=64", "--set", "epochs=2",
    ]
    let user = 40_000 + processes
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
    process.arguments =
      ["--reuid", "\(user)", "--clear-groups", "--bounding-set", "-all", "--", "/bin/bash", "-c"]
      + ["ulimit -u \(processes); exec \"$@\"", "bash", Command.path, "train", Self.config]
      + ["--threads", "\(threads)", "--out", folder.path + "/run", "--json"] + settings
    let output = Pipe()
    let errors = folder.appendingPathComponent("errors")
    try Data().write(to: errors)
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    process.currentDirectoryURL = folder
    // OpenBLAS starts a thread for each core while it is loaded, before the program can ask for fewer.
    process.environment = ["OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"]
    try process.run()
    let killer = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: killer)
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    killer.cancel()
    let words = try String(contentsOf: errors, encoding: .utf8)
    #expect(process.terminationReason == .exit && process.terminationStatus == 0, "hung or failed: \(words)")
    let summary = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any], "\(words)")
    let used = try #require(summary["threads"] as? Int)
    #expect(processes >= 80 ? used == threads : used < processes && used >= processes / 2, "\(used) threads")
    #expect(words.contains("the most that the system grants") == (used < threads), "\(words)")
    let free = try Command.run(
      ["train", Self.config, "--out", folder.path + "/free", "--json", "--quiet", "--threads", "3"] + settings)
    #expect(try free.json()["weightsSHA256"] as? String == summary["weightsSHA256"] as? String)
  }
}

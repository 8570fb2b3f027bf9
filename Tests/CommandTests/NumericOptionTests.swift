import Dispatch
import Foundation
import TestSupport
import Testing

/// All numeric options of all commands, as the argument parser itself describes them, so that a new one cannot be forgotten.
@Suite("Numbers of options")
struct NumericOptionTests {
  /// What the values of options are called that are no numbers.
  private static let words: Set<String> = [
    "address", "color", "column", "data", "dir", "file", "folder", "format", "key=value", "kinds", "name", "output",
    "rule",
    "rules",
    "trace", "trace-steps", "layer", "tensor", "study", "names", "program", "text",
  ]
  /// Says that it is a launcher of MPI, and starts nothing.
  private static let launcher = "#!/bin/sh\necho 'mpirun (Open MPI) 4.1.4'\n"
  private static let values = ["0", "-1", "2147483648", "9223372036854775807", "nan", "inf", "1e308", ""]

  private struct Option: CustomStringConvertible {
    var command: [String]
    var name: String
    var valueName: String
    var description: String { command.joined(separator: " ") + " --" + name }
  }

  private static func options() throws -> [Option] {
    let dump = try Command.run("--experimental-dump-help").json()
    var found: [Option] = []
    func collect(_ command: [String: Any], _ path: [String]) {
      for argument in command["arguments"] as? [[String: Any]] ?? [] where argument["kind"] as? String == "option" {
        let names = (argument["names"] as? [[String: Any]] ?? []).filter { $0["kind"] as? String == "long" }
        guard let name = names.first?["name"] as? String else { continue }
        found.append(Option(command: path, name: name, valueName: argument["valueName"] as? String ?? name))
      }
      for sub in command["subcommands"] as? [[String: Any]] ?? [] where sub["commandName"] as? String != "help" {
        collect(sub, path + [sub["commandName"] as? String ?? ""])
      }
    }
    collect(dump["command"] as? [String: Any] ?? [:], [])
    return found
  }

  /// The rest of a command line that is quick and right.
  private static func rest(_ option: Option) -> [String] {
    switch option.command.joined(separator: " ") {
    case "sweep":
      ["config.json", "--to-the-end"] + (option.name == "batches" ? [] : ["--batches", "8"])
        + (option.name == "seeds" ? [] : ["--seeds", "1"])
    case "equilibrium":
      ["config.json"] + (option.name == "steps" ? [] : ["--steps", "400"])
        + (option.name == "batches" ? [] : ["--batches", "8"])
    case "scale": ["config.json", "--batches", "8"] + (option.name == "seconds" ? [] : ["--seconds", "0.001"])
    case "linearity":
      ["config.json", "--set", "learningRate.referenceBatch=4"] + (option.name == "epochs" ? [] : ["--epochs", "0"])
    case "noise", "rate", "verify", "plan": ["config.json"]
    case "train": ["config.json"] + (option.name == "seeds" ? ["--out", "seeds"] : ["--dry-run"])
    case "compare":
      ["config.json", "--set-b", "optimizer.momentum=0.5"] + (option.name == "seeds" ? [] : ["--seeds", "2"])
    case "launch": ["--mpirun", "./launcher", "train", "config.json"]
    case "predict", "evaluate", "export", "report", "audit": ["run"]
    case "data inspect": ["digits"]
    case "data pack": ["none", "out.pack"]
    case "replay": ["run"] + (option.name == "step" ? [] : ["--step", "3"])
    case "bisect": ["run", "run"]
    default: []
    }
  }

  @Test(
    "0, −1, 2^31, 2^63, NaN, infinity and nothing are refused with words or work: no trap, no end that does not come")
  func extremes() throws {
    let options = try Self.options()
    let numeric = options.filter { !Self.words.contains($0.valueName) }
    #expect(numeric.count > 30, "\(numeric)")
    try TrainedRuns.with { runs in
      try runs.train(
        "run",
        data: #"{ "dataset": "synthetic", "shape": [6], "classes": 3, "samples": 120, "testSamples": 70 }"#,
        model: #"{ "preset": "logistic" }"#, more: #""receipt": {},"#)
      try FileManager.default.copyItem(atPath: runs.path("run.json"), toPath: runs.path("config.json"))
      let launcher = runs.path("launcher")
      try Self.launcher.write(toFile: launcher, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: launcher)
      var checked: Set<String> = []
      let cases = numeric.flatMap { option in Self.values.map { (option, $0) } }
      // The rest of each line is right: what is refused below is the number.
      for option in numeric where option.command != ["data", "pack"] && option.name != "live" {
        var plain = option
        plain.name = ""
        let line = option.command + Self.rest(plain)
        if !checked.insert(line.joined(separator: " ")).inserted { continue }
        let result = try Command.run(line, in: runs.folder)
        #expect([0, 4, 5].contains(result.status), "\(line): \(result.errors)")
      }
      let wrong = Locked<[String]>([])
      DispatchQueue.concurrentPerform(iterations: cases.count) { index in
        let (option, value) = cases[index]
        let (rest, tried) = (Self.rest(option), ["--\(option.name)=\(value)"])
        // What stands behind launch's command is that command's.
        let line = option.command + (option.command == ["launch"] ? tried + rest : rest + tried)
        if let complaint = complaint(line, option, in: runs.folder) { wrong.withLock { $0.append(complaint) } }
      }
      #expect(wrong.withLock { $0 }.isEmpty, "\(wrong.withLock { $0 }.sorted().joined(separator: "\n"))")
    }
  }

  /// What is wrong with how a command ended, if anything is.
  private func complaint(_ line: [String], _ option: Option, in folder: URL) -> String? {
    let words = line.joined(separator: " ")
    let process = Command.process(line, in: folder.path, limits: "ulimit -v 8000000")
    let errors = folder.appendingPathComponent("errors-" + UUID().uuidString)
    do {
      try Data().write(to: errors)
      process.standardError = try FileHandle(forWritingTo: errors)
      process.standardOutput = FileHandle.nullDevice
      process.standardInput = FileHandle.nullDevice
      try process.run()
    } catch { return "\(words): \(error)" }
    let killer = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: killer)
    process.waitUntilExit()
    killer.cancel()
    let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    guard process.terminationReason == .exit else { return "\(words): signal \(process.terminationStatus): \(text)" }
    switch process.terminationStatus {
    case 0, 4, 5: return nil
    case 1, 2, 3: return text.isEmpty ? "\(words): no word" : nil
    default: return "\(words): \(process.terminationStatus): \(text)"
    }
  }
}

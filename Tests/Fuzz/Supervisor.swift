import Foundation
import Fuzzing

/// Runs a worker on one target, starts another behind every input that ends it, and keeps such inputs.
struct Supervisor {
  private let target: FuzzTarget
  private let options: Options
  private let state: URL
  /// Seconds of waiting for one input, after which the worker is ended; slower inputs than a second are told by itself.
  private static let mostSeconds = 20.0
  /// A target that fails at every turn needs no more examples.
  private static let mostFailures = 20

  init(_ target: FuzzTarget, _ options: Options) {
    self.target = target
    self.options = options
    state = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-fuzz-\(UUID().uuidString)")
  }

  /// How many inputs failed.
  func run() -> Int {
    let end = Date(timeIntervalSinceNow: options.seconds)
    var (first, inputs, refused, failures) = (options.first, 0, 0, 0)
    defer { try? FileManager.default.removeItem(at: state) }
    repeat {
      _ = FileManager.default.createFile(atPath: state.path, contents: Data())
      let outcome = work(from: first, seconds: max(0.1, end.timeIntervalSinceNow))
      inputs += outcome.inputs
      refused += outcome.refused
      for (number, fault) in outcome.faults {
        failures += 1
        keep(number, fault)
      }
      guard let last = outcome.fallen else { break }
      first = last + 1
    } while Date() < end && failures < Self.mostFailures
    let share = inputs > 0 ? 100 * refused / inputs : 0
    print("\(target.name): \(inputs) inputs, \(share) % refused, \(failures) failures")
    return failures
  }

  private struct Outcome {
    var inputs = 0
    var refused = 0
    var faults: [(Int, String)] = []
    /// The input that ended the worker.
    var fallen: Int?
  }

  private func work(from first: Int, seconds: Double) -> Outcome {
    let worker = Process()
    worker.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    worker.arguments = [
      target.name, "--worker", state.path, "--seed", "\(options.seed)", "--first", "\(first)", "--seconds",
      "\(seconds)",
    ]
    worker.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    let output = Pipe()
    worker.standardOutput = output
    worker.standardError = FileHandle.nullDevice
    do { try worker.run() } catch { return Outcome(faults: [(first, "no worker: \(error)")]) }
    let hung = wait(for: worker)
    let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
      separator: "\n")
    var outcome = Outcome()
    outcome.faults = lines.map { line in
      (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? first, String(line))
    }
    let said = words
    outcome.inputs = said.count > 1 ? Int(said[1]) ?? 0 : 0
    outcome.refused = said.count > 2 ? Int(said[2]) ?? 0 : 0
    guard said.first != "done" else { return outcome }
    let last = said.first.flatMap { Int($0) } ?? first
    outcome.fallen = last
    outcome.faults.append((last, hung ? "hangs" : "ends the program with \(worker.terminationStatus)"))
    return outcome
  }

  /// What the worker says of itself.
  private var words: [String] {
    let text = (try? String(contentsOf: state, encoding: .utf8)) ?? ""
    return text.split(separator: " ").map(String.init)
  }

  /// Waits for the worker's end; true if it had to be ended.
  private func wait(for worker: Process) -> Bool {
    var (last, since) = ([String](), Date())
    while worker.isRunning {
      Thread.sleep(forTimeInterval: 0.05)
      let now = words
      if now != last { (last, since) = (now, Date()) }
      if -since.timeIntervalSinceNow > Self.mostSeconds {
        kill(worker.processIdentifier, SIGKILL)
        worker.waitUntilExit()
        return true
      }
    }
    return false
  }

  /// Keeps an input, and says how to read it again.
  private func keep(_ number: Int, _ fault: String) {
    let folder = FuzzTarget.packageFolder.appendingPathComponent(".build/fuzz-failures")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("\(target.name)-\(options.seed)-\(number)")
    try? Data(options.mutator(target).input(number)).write(to: file)
    print("\(target.name): input \(number) of seed \(options.seed): \(fault)\n  kept in \(file.path)")
  }
}

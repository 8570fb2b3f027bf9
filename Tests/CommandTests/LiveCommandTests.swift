import Dispatch
import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A run of the command that serves its live view.
private final class LiveRun {
  let process: Process
  let url: URL

  /// Starts `train` on the digits and waits for the address on standard error.
  init(_ arguments: String..., in folder: URL) throws {
    let name = UUID().uuidString
    let errors = folder.appendingPathComponent(name)
    try Data().write(to: errors)
    process = Command.process(
      ["train", Command.packageFolder + "/Configs/digits.json", "--live", "0"] + arguments, in: folder.path)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    var found: URL?
    for _ in 0..<10_000 where found == nil && process.isRunning {
      let text = try String(contentsOf: errors, encoding: .utf8)
      found = text.firstMatch(of: #/live view: (http:\S+)\n/#).flatMap { URL(string: String($0.1)) }
      usleep(1000)
    }
    url = try #require(found, "no address on standard error")
  }

  /// The answer to a `GET`, or nothing once the server is gone.
  func get(_ path: String = "") -> String? {
    let answer = Locked<String?>(nil)
    let done = DispatchSemaphore(value: 0)
    let task = URLSession.shared.dataTask(with: url.appendingPathComponent(path)) { data, _, _ in
      answer.withLock { $0 = data.map { String(decoding: $0, as: UTF8.self) } }
      done.signal()
    }
    task.resume()
    _ = done.wait(timeout: .now() + 20)
    return answer.withLock { $0 }
  }

  /// Follows the run for a while and breaks off without a word.
  func followBriefly() {
    let task = URLSession.shared.dataTask(with: url.appendingPathComponent("events"))
    task.resume()
    usleep(200_000)
    task.cancel()
  }

  func interrupt() {
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
  }
}

@Suite("A run with --live", .serialized)
struct LiveCommandTests {
  private func digest(_ run: String, in folder: URL) throws -> String {
    let summary = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appendingPathComponent(run + "/summary.json")))
    return try #require((summary as? [String: Any])?["weightsSHA256"] as? String)
  }

  @Test("a run that is watched, left and watched again ends with the bits of one that is not", arguments: [1, 2, 3, 7])
  func bits(threads: Int) throws {
    try withTemporaryFolder { folder in
      let settings = ["--set", "epochs=40", "--set", "batch.shards=8", "--quiet"]
      let config = Command.packageFolder + "/Configs/digits.json"
      let alone = Command.process(["train", config, "--out", "alone"] + settings, in: folder.path)
      alone.standardOutput = FileHandle.nullDevice
      try alone.run()
      alone.waitUntilExit()
      let run = try LiveRun(
        "--out", "watched", "--threads", "\(threads)", "--set", "epochs=40", "--set", "batch.shards=8", "--quiet",
        in: folder)
      var pages = 0
      while run.process.isRunning {
        run.followBriefly()
        if run.get() != nil { pages += 1 }
      }
      run.process.waitUntilExit()
      #expect(run.process.terminationStatus == 0)
      #expect(pages > 0)
      #expect(try digest("watched", in: folder) == digest("alone", in: folder))
      func lines(_ run: String) throws -> Int {
        try String(contentsOf: folder.appendingPathComponent(run + "/metrics.jsonl"), encoding: .utf8)
          .split(separator: "\n").count
      }
      #expect(try lines("watched") == lines("alone"))
    }
  }

  @Test("the page changes while the run is running, and the run ends as usual when it is interrupted")
  func changes() throws {
    try withTemporaryFolder { folder in
      let run = try LiveRun("--out", "run", "--set", "epochs=100000", in: folder)
      var headlines: Set<String> = []
      let end = Date().addingTimeInterval(60)
      while headlines.count < 3, Date() < end {
        if let headline = run.get()?.firstMatch(of: #/<h1[^>]*>(Step [^<]*)</#) { headlines.insert(String(headline.1)) }
        usleep(50_000)
      }
      #expect(headlines.count >= 3 && run.process.isRunning)
      #expect(run.get("metrics.jsonl")?.contains("\"trainAccuracy\"") == true)
      let metrics = run.get("metrics") ?? ""
      #expect(metrics.contains("isotherm_run_info{name=\"digits\"") && metrics.contains("\nisotherm_samples_total "))

      // Its port is taken now: nobody else gets it, and nothing is left behind by who tried.
      let port = try #require(run.url.port)
      let second = try Command.run(
        "train", Command.packageFolder + "/Configs/digits.json", "--live", "\(port)", "--out", "second", in: folder)
      #expect(second.status == 2 && second.errors.contains("in use"), "\(second.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/second"))
      run.interrupt()
      #expect(run.process.terminationStatus == 75)
      for arguments in [["--live", "70000"], ["--live", "-1"], ["--live", "x"], ["--live-host", "127.0.0.1"]] {
        let process = Command.process(
          ["train", Command.packageFolder + "/Configs/digits.json"] + arguments, in: folder.path)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 2, "\(arguments)")
      }
    }
  }

  @Test(
    "in a browser the page renews itself without a word on the console, and keeps the last state when the run ends",
    .enabled(if: Browser.path != nil, "no Chromium or Chrome is installed"))
  func browser() throws {
    try withTemporaryFolder { folder in
      // The run is stopped while the browser has the page open; a busy machine may take long to open it.
      for (index, seconds) in [6.0, 30].enumerated() {
        let run = try LiveRun("--out", "run\(index)", "--set", "epochs=100000", in: folder)
        let process = run.process.processIdentifier
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { kill(process, SIGINT) }
        let place = folder.appendingPathComponent("browser\(index)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        // The page counts as loaded when its stream of events ends, with the run.
        let dump = try Browser.run(["--dump-dom", "--virtual-time-budget=100000"], page: run.url, in: place)
        run.process.waitUntilExit()
        guard dump.output.contains("data-state=\"over\"") || index == 1 else { continue }
        #expect(dump.output.contains("data-state=\"over\""), "\(dump.output.suffix(300))")
        #expect(dump.output.contains("Interrupted after"))
        #expect(dump.output.components(separatedBy: "class=\"chart\"").count - 1 >= 4)
        #expect(!dump.errors.contains("CONSOLE"), "\(dump.errors)")
        return
      }
    }
  }
}

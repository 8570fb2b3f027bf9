import Configuration
import Coordinator
import Gradients
import JSON
import Kernels
import Records
import Tracing

/// A recording in the Trace Event Format, which ui.perfetto.dev and chrome://tracing read: an "X" event a span, a thread
/// a worker, and one for the coordinator.
///
/// Times are in microseconds with three decimals, from the start of the recording, so that no nanosecond is lost. On
/// each thread an event follows the one that encloses it.
///
/// Source: *Trace Event Format*, The Chromium Authors, 2016.
struct ChromeTrace {
  private let recording: TraceRecording
  private let trace: RunTrace
  private let name: String
  private let about: [String: JSONValue]

  /// What a file begins with, by which a trace is known.
  static let beginning = "{\"displayTimeUnit\":\"ns\",\"otherData\":"
  private static let process = 1

  init(_ recording: TraceRecording, of trace: RunTrace, _ plan: RunPlan) {
    self.recording = recording
    self.trace = trace
    name = plan.configuration.name
    let machine = MachineRecord.current
    about = [
      "program": .string("isotherm \(IsothermVersion.current)"), "run": .string(name),
      "kernels": .string(KernelPath.active.rawValue), "cpu": .string(machine.cpuModel ?? "unknown"),
      "cores": .integer(machine.affinity ?? machine.cores), "threads": .integer(recording.workers.count),
      "batch": .integer(plan.division.batch), "shards": .integer(plan.division.shards),
      "microbatch": .integer(plan.division.microbatch), "firstStep": .integer(recording.steps.lowerBound),
      "lastStep": .integer(recording.steps.upperBound), "droppedSpans": .integer(recording.dropped),
    ]
  }

  /// Hands over the text of the file, piece by piece.
  func write(to append: (String) throws -> Void) throws {
    try append(Self.beginning + JSONText.line(about) + ",\"traceEvents\":[\n")
    try append(metadata("process_name", thread: 1, "\"name\":\(JSONText.line("isotherm " + name))"))
    for (number, track) in tracks.enumerated() {
      try append(",\n" + metadata("thread_name", thread: number + 1, "\"name\":\(JSONText.line(track.name))"))
      try append(",\n" + metadata("thread_sort_index", thread: number + 1, "\"sort_index\":\(number)"))
    }
    let words = SpanWords(trace)
    for (number, track) in tracks.enumerated() {
      for span in Self.ordered(track) { try append(",\n" + event(span, thread: number + 1, words)) }
    }
    try append("\n]}\n")
  }

  /// The coordinator, then the workers.
  private var tracks: [TraceRecording.Track] { [recording.coordinator] + recording.workers }

  /// The spans of a thread, each behind those that enclose it; of two with the same times, the one that was recorded
  /// later encloses the other.
  private static func ordered(_ track: TraceRecording.Track) -> [TraceSpan] {
    track.spans.array().enumerated().sorted { first, second in
      let (left, right) = (first.element, second.element)
      if left.start != right.start { return left.start < right.start }
      return left.end != right.end ? left.end > right.end : first.offset > second.offset
    }.map(\.element)
  }

  private func metadata(_ kind: String, thread: Int, _ argument: String) -> String {
    "{\"ph\":\"M\",\"pid\":\(Self.process),\"tid\":\(thread),\"name\":\"\(kind)\",\"args\":{\(argument)}}"
  }

  private func event(_ span: TraceSpan, thread: Int, _ words: SpanWords) -> String {
    "{\"ph\":\"X\",\"pid\":\(Self.process),\"tid\":\(thread),\"ts\":\(Self.microseconds(span.start - recording.start)),"
      + "\"dur\":\(Self.microseconds(span.duration)),\"cat\":\"\(words.category(span.kind))\","
      + "\"name\":\(words.name(span)),\"args\":{\(words.arguments(span))}}"
  }

  /// "1234.567" for 1,234,567 ns.
  private static func microseconds(_ nanoseconds: UInt64) -> String {
    let fraction = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}

import Kernels

/// What was recorded of some steps.
package struct TraceRecording: Sendable {
  /// The spans of one worker, or of the coordinator.
  package struct Track: Sendable {
    package let name: String
    /// In the order in which they ended.
    package let spans: View<TraceSpan>
    /// Spans for which there was no room.
    package let dropped: Int
    let totals: View<UInt64>

    /// Nanoseconds spent on what is of a kind, dropped spans included.
    package func nanoseconds(_ kind: TraceSpan.Kind) -> UInt64 { totals[Int(kind.rawValue)] }

    /// Nanoseconds of a worker's time that went to a use; all uses add up to the time of the recording.
    package func nanoseconds(_ use: TraceSpan.Kind.Use) -> UInt64 {
      TraceSpan.Kind.allCases.reduce(0) { $0 + ($1.use == use ? nanoseconds($1) : 0) }
    }
  }

  /// The steps that were taken meanwhile, counted from 1.
  package let steps: ClosedRange<Int>
  /// When recording began and ended.
  package let start: UInt64
  package let end: UInt64
  package let coordinator: Track
  package let workers: [Track]

  /// Nanoseconds from begin to end.
  package var duration: UInt64 { end - start }

  /// Spans for which there was no room, on all tracks.
  package var dropped: Int { workers.reduce(coordinator.dropped) { $0 + $1.dropped } }

  /// The share of the time in which a worker had work, 0…1.
  package func busyShare(_ worker: Track) -> Double {
    guard duration > 0 else { return 0 }
    let waiting = worker.nanoseconds(.waitingForOthers) + worker.nanoseconds(.waitingForWork)
    return 1 - Double(waiting) / Double(duration)
  }
}

import Kernels

/// What a thread did between two moments, for a trace of a run.
package struct Span: Sendable, BitwiseCopyable {
  /// Nanoseconds of the system's steady clock.
  package var start: UInt64
  package var end: UInt64
}

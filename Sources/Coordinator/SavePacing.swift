import Checkpoints
import Foundation

/// Keeps saves of one kind from taking more than a twentieth of a run's time: after one that took t, the next is due
/// when nineteen times t have passed.
package struct SavePacing {
  /// Seconds from any beginning; a test puts its own in place.
  package var clock: () -> Double = { ProcessInfo.processInfo.systemUptime }
  private var lastEnd: Double?
  private var lastSeconds = 0.0

  /// Time that passes between two saves, in times of what the last one took.
  package static let waiting = 19.0

  package init() {}

  /// Whether enough time has passed since the last save; the first is always due.
  package var isDue: Bool { lastEnd.map { clock() - $0 >= Self.waiting * lastSeconds } ?? true }

  /// Makes a save, and notes what it took.
  mutating func save(_ body: () throws -> Void) rethrows {
    let start = clock()
    defer {
      let end = clock()
      (lastSeconds, lastEnd) = (end - start, end)
    }
    try body()
  }
}

/// The best weights so far, kept in memory until the next save: a file's tensors and metadata.
struct PendingBest {
  var step: Int
  var tensors: [KeptTensor]
  var metadata: [String: String]

  /// Above this many bytes, weights are written at once rather than kept.
  static let mostBytes = 64 << 20
}

/// How fast bytes come: of the last seconds, so that a pause does not weigh on what follows.
package struct FetchPace: Sendable {
  private var marks: [(seconds: Double, bytes: Int)] = []
  private static let windowSeconds = 5.0

  package init() {}

  /// Takes in how many bytes are there at a time, and says how many come a second; `nil` before that is known. Bytes that
  /// become fewer begin another file.
  package mutating func bytesPerSecond(_ bytes: Int, at seconds: Double) -> Double? {
    if let last = marks.last, bytes < last.bytes { marks = [] }
    marks.append((seconds, bytes))
    while marks.count > 2, seconds - marks[1].seconds > Self.windowSeconds { marks.removeFirst() }
    let span = seconds - marks[0].seconds
    guard span >= 0.5, bytes > marks[0].bytes else { return nil }
    return Double(bytes - marks[0].bytes) / span
  }
}

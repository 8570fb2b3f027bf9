/// How patient a fetch is.
package struct FetchSettings: Sendable, Equatable {
  /// Attempts at one address that bring nothing new, before the next address is tried.
  package var attempts = 5
  /// Seconds before the second attempt; each later pause is twice as long.
  package var pauseSeconds = 1.0
  /// The longest pause, in seconds.
  package var mostPauseSeconds = 30.0
  /// Seconds to wait for a connection.
  package var connectSeconds = 15.0
  /// Seconds of next to nothing after which a connection counts as lost; at least 1.
  package var stallSeconds = 20.0
  /// What a connection must give, or it counts as stalled.
  static let fewestBytesPerSecond = 512

  package init() {}

  /// What an attempt must bring to count as one that did, in bytes: else a server that drips would be asked for ever.
  static func fruit(of byteCount: Int) -> Int { min(1 << 16, byteCount / 100) }

  /// The pause before an attempt: `number` is 1 for the second one. A server's own wish counts, up to the longest pause.
  func pause(beforeAttempt number: Int, wish: Double?) -> Double {
    var seconds = pauseSeconds
    for _ in 1..<max(2, number) { seconds *= number > 1 ? 2 : 1 }
    return min(max(seconds, wish ?? 0), mostPauseSeconds)
  }
}

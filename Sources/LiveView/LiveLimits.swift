import NIOCore

/// What one reader, and all of them together, may take of the server; docs/watching.md has the same list.
///
/// The work that is watched must not notice its readers, whatever they do: every number here bounds memory, descriptors
/// or processor time.
package struct LiveLimits: Sendable {
  /// Connections at once. A browser has six at most, and one descriptor each is little beside the system's 1,024.
  package var connections = 64
  /// Connections of one address (of one /64 network for IPv6): one guest must not be able to take all.
  package var connectionsPerAddress = 32
  /// Readers that follow the work. Each gets the page whenever it is new, some hundred kilobytes.
  package var followers = 16
  /// Bytes of a request's first line and headers; a browser sends about one kilobyte.
  package var headBytes = 16 * 1024
  /// Until the first byte on a new connection. Browsers open some in advance.
  package var silentTime = TimeAmount.seconds(10)
  /// From the first byte of a request to its last, however slowly the bytes come.
  package var headTime = TimeAmount.seconds(5)
  /// Until the next request on a connection that was answered; a page without scripts asks every five seconds.
  package var restTime = TimeAmount.seconds(30)
  /// For reading an answer, and a second more for each `answerBytesPerSecond` of it: a modem's pace.
  package var answerTime = TimeAmount.seconds(20)
  package var answerBytesPerSecond = 16 * 1024
  /// How long a follower may leave a page unread. It is sent no other meanwhile.
  package var behindTime = TimeAmount.seconds(30)
  /// Requests of one connection, after which it is closed: nothing that a connection might pile up piles up.
  package var requestsPerConnection = 1000
  /// Bytes of an answer that are on their way at once; the next ones are fetched when these have left.
  package var portionBytes = 64 * 1024
  /// Answers, and portions of them, in a second, over all connections: some hundredths of one core. The others wait.
  package var portionsPerSecond = 200
  /// Portions that go out at once after a pause: a page with its script takes about ten.
  package var portionsAtOnce = 50
  /// New connections in a second, over all addresses; the system's queue keeps the others.
  package var arrivalsPerSecond = 400
  /// How long no further page is made, in times of what the last one took of a core: at most a fiftieth of one is taken.
  package var pageRest = 50.0
  /// How often connections are looked at that have taken too long.
  package var sweepTime = TimeAmount.seconds(1)

  package init() {}
}

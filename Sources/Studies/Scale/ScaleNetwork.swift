/// A network between hosts, as a cost: bytes ÷ speed, and a delay for each time that ranks wait for one another.
package struct ScaleNetwork: Sendable, Equatable {
  /// Of each host, each way.
  package var bitsPerSecond: Double
  /// From a rank that sends to one that has received, for a message without content: that of TCP through two kernels and a
  /// switch, some tens of µs at any speed.
  package var latencySeconds = 50e-6

  /// Ethernet frames of 1,538 bytes on the wire carry 1,448 of a TCP stream.
  private static let payloadShare = 1448.0 / 1538.0

  /// Networks that are always predicted.
  package static let all = [1e9, 10e9, 100e9].map { ScaleNetwork(bitsPerSecond: $0) }

  package init(bitsPerSecond: Double) { self.bitsPerSecond = bitsPerSecond }

  package var secondsPerByte: Double { 8 / (bitsPerSecond * Self.payloadShare) }
}

#if LiveView
  import Foundation
  import LiveView
  import NIOCore
  import NIOEmbedded
  import Reports

  extension FuzzTarget {
    /// What a connection sends to the live view.
    static let requests = [
      FuzzTarget(
        "request",
        words: [
          "GET / HTTP/1.1\r\n", "HEAD ", "Host: 127.0.0.1\r\n", "\r\n", "\r\n\r\n", "\n", ": ", "/events",
          "/metrics.jsonl", "Connection: close\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "HTTP/1.0",
          "Upgrade: h2c\r\n", "?token=", "Authorization: Bearer ", "http://localhost/", "[::1]:",
          "Expect: 100-continue",
        ], bytesOfByte: 4000
      ) { try ask($0) }
    ]

    /// Asks twice, in one piece and in many: it must not matter how the bytes come.
    private static func ask(_ input: [UInt8]) throws {
      let whole = try answers(input, pieceBytes: max(1, input.count))
      let pieces = try answers(input, pieceBytes: max(1, input.count / 61))
      guard whole.count == pieces.count else {
        fatalError("\(whole.count) requests in one piece were \(pieces.count) in many: \(whole), \(pieces)")
      }
      guard whole.allSatisfy({ $0 == "200 OK" }), !whole.isEmpty else {
        throw RequestRefusal(statuses: whole)
      }
    }

    /// The statuses of the answers.
    private static func answers(_ input: [UInt8], pieceBytes: Int) throws -> [String] {
      let loop = EmbeddedEventLoop()
      let pipeline = LivePipeline(loop: loop, limits: limits)
      pipeline.show(FuzzSource())
      let channel = EmbeddedChannel(loop: loop)
      try pipeline.join(channel, hosts: HostRule(listeningOn: "127.0.0.1"), token: nil, port: 8080)
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 9)).wait()
      for start in stride(from: 0, to: input.count, by: pieceBytes) where channel.isActive {
        _ = try? channel.writeInbound(ByteBuffer(bytes: input[start..<min(input.count, start + pieceBytes)]))
        loop.advanceTime(by: .milliseconds(1))
      }
      // Whatever it is at, it has been so for too long.
      loop.advanceTime(by: .seconds(4))
      var statuses: [String] = []
      while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
        let text = String(decoding: bytes.readableBytesView.prefix(64), as: UTF8.self)
        // A head begins a piece of its own.
        if let head = text.prefixMatch(of: /HTTP\/1\.[01] (\d{3} [^\r]*)/) { statuses.append(String(head.1)) }
      }
      _ = try? channel.finish(acceptAlreadyClosed: true)
      loop.advanceTime(by: .seconds(4))
      guard statuses.count <= limits.requestsPerConnection else { fatalError("too many answers: \(statuses)") }
      return statuses
    }

    /// Nothing may take any time, so that all that ends by time ends.
    private static let limits = {
      var limits = LiveLimits()
      (limits.silentTime, limits.headTime, limits.restTime) = (.zero, .zero, .zero)
      (limits.answerTime, limits.behindTime) = (.zero, .zero)
      limits.requestsPerConnection = 8
      limits.portionBytes = 4096
      limits.portionsPerSecond = 1_000_000_000
      return limits
    }()
  }

  /// Answers that were not all what was asked for.
  private struct RequestRefusal: Error {
    var statuses: [String]
  }

  private final class FuzzSource: LiveSource {
    func renew() -> Bool { false }
    func page(isOver: Bool) -> ReportPage { ReportPage(title: "t", kicker: "k", headline: "h") }
    func file(_ name: String) -> Data? { name == "metrics.jsonl" ? Data(count: 10_000) : nil }
  }
#else
  extension FuzzTarget {
    /// A build without the live view has none.
    static let requests: [FuzzTarget] = []
  }
#endif

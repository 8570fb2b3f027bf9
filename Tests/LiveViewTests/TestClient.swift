import Foundation
import NIOCore
import NIOPosix
import TestSupport

/// One connection to a server, byte by byte: no HTTP library corrects what it sends.
final class TestClient {
  private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let received: Locked<(text: String, isClosed: Bool)>

    init(_ received: Locked<(text: String, isClosed: Bool)>) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let text = String(buffer: unwrapInboundIn(data))
      received.withLock { $0.text += text }
    }

    func channelInactive(context: ChannelHandlerContext) { received.withLock { $0.isClosed = true } }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }

  private let received = Locked((text: "", isClosed: false))
  private let channel: any Channel

  /// Connects; a client that does not read leaves everything in the sockets' buffers.
  init(host: String = "127.0.0.1", port: Int, reads: Bool = true) throws {
    let received = received
    let bootstrap = ClientBootstrap(group: Self.group).channelOption(.autoRead, value: reads)
    // Some systems' buffers grow to tens of megabytes, more than any page.
    channel = try (reads ? bootstrap : bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 1 << 16))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Collector(received))
        }
      }
      .connect(host: host, port: port).wait()
  }

  /// Everything that came so far.
  var text: String { received.withLock { $0.text } }
  var isClosed: Bool { received.withLock { $0.isClosed } }

  func send(_ text: String) throws { try channel.writeAndFlush(ByteBuffer(string: text)).wait() }

  func send(_ bytes: [UInt8]) throws { try channel.writeAndFlush(ByteBuffer(bytes: bytes)).wait() }

  /// Reads from now on what it left in the sockets' buffers.
  func startReading() { try? channel.setOption(.autoRead, value: true).wait() }

  /// Waits until the server has closed the connection; one that does not read finds out when it does.
  func waitUntilClosed(reading: Bool = false) -> Bool {
    if reading {
      usleep(400_000)
      startReading()
    }
    return wait { _ in isClosed }
  }

  func close() { try? channel.close().wait() }

  /// Waits until the text that came satisfies a condition.
  func wait(seconds: Double = 20, until condition: (String) -> Bool) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if condition(text) { return true }
      usleep(2000)
    }
    return condition(text)
  }

  /// One request on a connection of its own; the whole answer.
  static func exchange(_ request: String, host: String = "127.0.0.1", port: Int) throws -> String {
    let client = try TestClient(host: host, port: port)
    defer { client.close() }
    try client.send(request)
    _ = client.wait { _ in client.isClosed }
    return client.text
  }

  /// The status of an answer.
  static func status(_ answer: String) -> Int? {
    answer.hasPrefix("HTTP/1.") ? answer.split(separator: " ").dropFirst().first.flatMap { Int($0) } : nil
  }

  /// A `GET` that asks to close the connection afterwards.
  static func get(_ path: String, port: Int) throws -> String {
    try exchange("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n", port: port)
  }
}

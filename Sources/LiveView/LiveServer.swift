import Reports
import Dispatch
import NIOCore
import NIOPosix

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Serves a report over HTTP while the work that it reports goes on.
///
/// Everything happens on one thread of low priority: it reads files that are written anyway, makes a page when somebody
/// asks, and never makes the work wait. Readers may come, go, stall or break off as they like.
///
/// ```swift
/// let server = try LiveServer(port: 0)
/// print(server.url)
/// server.show { RecordWatch(record) { $0.page } }
/// …
/// server.finish()
/// ```
package final class LiveServer: Sendable {
  /// Where the page is, such as `http://127.0.0.1:8080/`, with its token where it needs one.
  package var url: String { urls[0] }
  /// All addresses of the page, the likeliest first: several where the server listens on all of a machine's.
  package let urls: [String]
  /// What a reader has to know to be answered; `nil` where this machine alone can reach the server.
  package let token: LiveToken?
  /// The port that the server listens on, also where any free one was asked for.
  package let port: Int
  private let group: MultiThreadedEventLoopGroup
  private let pipeline: NIOLoopBound<LivePipeline>

  /// Begins to listen; until ``show(_:)``, the page says that the work is being prepared.
  ///
  /// - Parameters:
  ///   - host: an address of this machine; the default can be reached from this machine alone.
  ///   - port: 0 takes any free one.
  /// - Throws: ``LiveServerError`` if the port is taken, or the address is not this machine's.
  package init(
    host: String = "127.0.0.1", port: Int, limits: LiveLimits = LiveLimits()
  ) throws(LiveServerError) {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    do {
      let pipeline = try loop.submit {
        Self.lowerPriority()
        return NIOLoopBound(LivePipeline(loop: loop, limits: limits), eventLoop: loop)
      }.wait()
      let hosts = HostRule(listeningOn: host)
      let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
      let token = LiveAccess.isLoopback(address) ? nil : LiveToken()
      let channel = try ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 512)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .serverChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(ArrivalPace(limits))
          }
        }
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try pipeline.value.join(
              channel, hosts: hosts, token: token, port: channel.localAddress?.port ?? port)
          }
        }
        .bind(to: address).wait()
      self.group = group
      self.pipeline = pipeline
      self.token = token
      self.port = channel.localAddress?.port ?? port
      urls = LiveAddresses.all(listeningOn: host, bound: address, port: self.port, token: token)
    } catch {
      try? group.syncShutdownGracefully()
      throw LiveServerError(address: "\(host.contains(":") ? "[\(host)]" : host):\(port)", error)
    }
  }

  /// Shows a source from now on; `make` is called on the server's thread, where the source stays.
  package func show(_ make: @escaping @Sendable () -> any LiveSource) {
    let pipeline = pipeline
    group.next().execute { pipeline.value.show(make()) }
  }

  /// Sends the last page to those who follow, and ends; waits a second at most.
  package func finish() {
    let pipeline = pipeline
    let sent = DispatchSemaphore(value: 0)
    group.next().flatSubmit { pipeline.value.board.end() }.whenComplete { _ in sent.signal() }
    _ = sent.wait(timeout: .now() + 1)
    try? group.syncShutdownGracefully()
  }

  /// Lets the work go first where a processor is wanted by both; on Linux, priorities belong to threads.
  private static func lowerPriority() {
    #if canImport(Darwin)
      pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0)
    #elseif canImport(Glibc)
      _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10)
    #else
      _ = setpriority(PRIO_PROCESS, 0, 10)
    #endif
  }
}

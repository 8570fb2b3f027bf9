import Reports
import Dispatch
import NIOCore
import NIOHTTP1
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
  /// Where the page is, such as `http://127.0.0.1:8080/`.
  package let url: String
  /// The port that the server listens on, also where any free one was asked for.
  package let port: Int
  private let group: MultiThreadedEventLoopGroup
  private let board: NIOLoopBound<LiveBoard>

  /// Begins to listen; until ``show(_:)``, the page says that the work is being prepared.
  ///
  /// - Parameters:
  ///   - host: an address of this machine; the default can be reached from this machine alone.
  ///   - port: 0 takes any free one.
  /// - Throws: ``LiveServerError`` if the port is taken, or the address is not this machine's.
  package init(host: String = "127.0.0.1", port: Int) throws(LiveServerError) {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let address = host.contains(":") ? "[\(host)]" : host
    do {
      let board = try loop.submit {
        Self.lowerPriority()
        return NIOLoopBound(LiveBoard(loop: loop), eventLoop: loop)
      }.wait()
      let hosts = HostRule(listeningOn: host)
      let channel = try ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 16)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(30)))
            try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
            try pipeline.addHandler(LiveHandler(board.value, hosts: hosts))
          }
        }
        .bind(host: host, port: port).wait()
      self.group = group
      self.board = board
      self.port = channel.localAddress?.port ?? port
    } catch {
      try? group.syncShutdownGracefully()
      throw LiveServerError(address: "\(address):\(port)", error)
    }
    url = "http://\(address):\(self.port)/"
  }

  /// Shows a source from now on; `make` is called on the server's thread, where the source stays.
  package func show(_ make: @escaping @Sendable () -> any LiveSource) {
    let board = board
    group.next().execute { board.value.show(make()) }
  }

  /// Sends the last page to those who follow, and ends; waits a second at most.
  package func finish() {
    let board = board
    let sent = DispatchSemaphore(value: 0)
    group.next().flatSubmit { board.value.end() }.whenComplete { _ in sent.signal() }
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

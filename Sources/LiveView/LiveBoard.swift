import Foundation
import NIOCore
import NIOHTTP1
import Reports

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The page as it is now, and who follows it. Lives on the server's event loop and nowhere else.
///
/// A page is made only for a reader, at most once a second, and so seldom that it takes at most a fiftieth of one core.
final class LiveBoard {
  /// Connections beyond this many are closed at once.
  static let mostConnections = 24

  /// Tells this server from the next one on its port.
  let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
  /// Connections that are open.
  var connections = 0

  private var source: (any LiveSource)?
  private let loop: any EventLoop
  private var followers: [ObjectIdentifier: Follower] = [:]
  private var current: Rendering?
  private var notBefore = NIODeadline.uptimeNanoseconds(0)
  private var isOver = false
  private var ticking: RepeatedTask?
  private var ticks = 0

  /// A page in both of its forms.
  private struct Rendering {
    var page: ReportPage
    /// What stands between `<main>` and `</main>`.
    var main: String
    var version: Int
  }

  private struct Follower {
    var channel: any Channel
    var version: Int
  }

  init(loop: any EventLoop) { self.loop = loop }

  /// Shows another source from now on.
  func show(_ source: any LiveSource) {
    self.source = source
    notBefore = .uptimeNanoseconds(0)
    if !followers.isEmpty { tick() }
  }

  // MARK: Answers

  /// The page as a document that renews itself.
  func livePage() -> String { LivePage.html(rendering().page, token: token, isOver: isOver) }

  /// The page as it would be saved: without scripts.
  func stillPage() -> String { rendering().page.html() }

  /// The numbers that monitoring systems ask for; to make them takes no page.
  func metricsText() -> String { (source?.metrics() ?? []).map(\.text).joined() }

  /// A file of records.
  func file(_ name: String) -> Data? { source?.file(name) }

  // MARK: Followers

  /// Sends the page, and from now on each newer one, to a channel whose response has begun.
  func add(_ channel: any Channel) {
    followers[ObjectIdentifier(channel)] = Follower(channel: channel, version: -1)
    write("retry: 2000\nevent: hello\ndata: \(token)\n\n", to: channel)
    if isOver {
      _ = send(event: "over", rendering().main, to: channel)
      return leave(channel)
    }
    push()
    guard ticking == nil else { return }
    let bound = NIOLoopBound(self, eventLoop: loop)
    ticking = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in bound.value.tick() }
  }

  /// Forgets a channel that was closed.
  func remove(_ channel: any Channel) {
    followers[ObjectIdentifier(channel)] = nil
    guard followers.isEmpty else { return }
    ticking?.cancel()
    ticking = nil
  }

  /// The last page goes out, and the followers' connections end.
  func end() -> EventLoopFuture<Void> {
    isOver = true
    guard !followers.isEmpty || current != nil else { return loop.makeSucceededVoidFuture() }
    _ = source?.renew()
    render()
    let main = current?.main ?? ""
    let sent = followers.values.map { send(event: "over", main, to: $0.channel) }
    for follower in Array(followers.values) { leave(follower.channel) }
    return .andAllComplete(sent, on: loop)
  }

  private func tick() {
    ticks += 1
    push()
    // A comment from time to time finds connections whose other end is gone.
    if ticks.isMultiple(of: 15) {
      for follower in followers.values where follower.channel.isWritable { write(":\n\n", to: follower.channel) }
    }
  }

  /// Sends a newer page to those who have an older one; who still has an earlier one to read is left out this time.
  private func push() {
    let rendering = rendering()
    for (key, follower) in followers where follower.version < rendering.version && follower.channel.isWritable {
      followers[key]?.version = rendering.version
      _ = send(event: "page", rendering.main, to: follower.channel)
    }
  }

  private func leave(_ channel: any Channel) {
    followers[ObjectIdentifier(channel)] = nil
    channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
  }

  private func send(event: String, _ text: String, to channel: any Channel) -> EventLoopFuture<Void> {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
    return write("event: \(event)\n\(lines)\n", to: channel)
  }

  @discardableResult
  private func write(_ text: String, to channel: any Channel) -> EventLoopFuture<Void> {
    channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: text))))
  }

  // MARK: Rendering

  private func rendering() -> Rendering {
    if let current, isOver || NIODeadline.now() < notBefore || source == nil { return current }
    let isNew = source?.renew() ?? true
    if isNew || current == nil { render() }
    return current ?? Rendering(page: Self.preparation, main: "", version: 0)
  }

  private func render() {
    let start = Self.threadSeconds
    let page = source?.page(isOver: isOver) ?? Self.preparation
    current = Rendering(page: page, main: page.mainHTML(), version: (current?.version ?? 0) + 1)
    let pause = max(1, 50 * (Self.threadSeconds - start))
    notBefore = .now() + .milliseconds(Int64(pause * 1000))
  }

  private static let preparation = ReportPage(
    title: "Isotherm", kicker: "Isotherm", headline: "Getting ready: data, memory and workers.")

  /// Processor time of this thread.
  private static var threadSeconds: Double {
    var time = timespec()
    guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

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
/// A page is made only for a reader, at most once a second, and seldom enough for `LiveLimits.pageRest`.
final class LiveBoard {
  /// Tells this server from the next one on its port.
  let token = String(UInt64.random(in: 0...UInt64.max), radix: 36)
  private var source: (any LiveSource)?
  private let door: LiveDoor
  private let loop: any EventLoop
  /// By their number at the door.
  private var followers: [Int: Follower] = [:]
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
    /// The same as bytes, made when first asked for: all readers share them, so that one who does not read holds no copy.
    var live: ByteBuffer?
    var still: ByteBuffer?
    var event: ByteBuffer?
  }

  private struct Follower {
    var channel: any Channel
    var version: Int
    /// Whether a page that it was sent has not left yet.
    var isBehind = false
  }

  init(loop: any EventLoop, door: LiveDoor) {
    self.loop = loop
    self.door = door
  }

  /// Shows another source from now on.
  func show(_ source: any LiveSource) {
    self.source = source
    notBefore = .uptimeNanoseconds(0)
    if !followers.isEmpty { tick() }
  }

  // MARK: Answers

  /// The page as a document that renews itself.
  func livePage() -> ByteBuffer {
    let rendering = rendering()
    if let live = rendering.live { return live }
    let live = ByteBuffer(string: LivePage.html(rendering.page, token: token, isOver: isOver))
    if rendering.version == current?.version { current?.live = live }
    return live
  }

  /// The page as it would be saved: without scripts.
  func stillPage() -> ByteBuffer {
    let rendering = rendering()
    if let still = rendering.still { return still }
    let still = ByteBuffer(string: rendering.page.html())
    if rendering.version == current?.version { current?.still = still }
    return still
  }

  /// The numbers that monitoring systems ask for; to make them takes no page.
  func metricsText() -> String { (source?.metrics() ?? []).map(\.text).joined() }

  /// Where a file of records lies; `nil` where it has to be made.
  func location(_ name: String) -> URL? { source?.location(of: name) }

  /// A file of records.
  func file(_ name: String) -> Data? { source?.file(name) }

  // MARK: Followers

  /// Sends the page, and from now on each newer one, to a channel whose response has begun.
  func follow(_ number: Int, _ channel: any Channel) {
    followers[number] = Follower(channel: channel, version: -1)
    door.enter(.following, number, within: nil)
    write(ByteBuffer(string: "retry: 2000\nevent: hello\ndata: \(token)\n\n"), to: channel)
    if isOver {
      write(Self.event("over", rendering().main), to: channel)
      return leave(number)
    }
    push()
    guard ticking == nil else { return }
    let bound = NIOLoopBound(self, eventLoop: loop)
    ticking = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in bound.value.tick() }
  }

  /// Forgets a connection that was closed.
  func remove(_ number: Int) {
    guard followers.removeValue(forKey: number) != nil, followers.isEmpty else { return }
    ticking?.cancel()
    ticking = nil
  }

  /// The last page goes out, and the followers' connections end.
  func end() -> EventLoopFuture<Void> {
    isOver = true
    guard !followers.isEmpty || current != nil else { return loop.makeSucceededVoidFuture() }
    _ = source?.renew()
    render()
    let last = Self.event("over", current?.main ?? "")
    let sent = followers.values.map { write(last, to: $0.channel) }
    for number in Array(followers.keys) { leave(number) }
    return .andAllComplete(sent, on: loop)
  }

  private func tick() {
    ticks += 1
    push()
    // A comment from time to time finds connections whose other end is gone.
    if ticks.isMultiple(of: 15) {
      for follower in followers.values where !follower.isBehind {
        write(ByteBuffer(string: ":\n\n"), to: follower.channel)
      }
    }
  }

  /// Sends a newer page to those who have an older one; who still has an earlier one to read is left out this time.
  private func push() {
    let rendering = rendering()
    let event = rendering.event ?? Self.event("page", rendering.main)
    if rendering.version == current?.version { current?.event = event }
    for (number, follower) in followers where follower.version < rendering.version && !follower.isBehind {
      followers[number]?.version = rendering.version
      followers[number]?.isBehind = true
      door.enter(.behind, number, within: door.limits.behindTime)
      let bound = NIOLoopBound(self, eventLoop: loop)
      write(event, to: follower.channel).whenSuccess { bound.value.hasRead(number) }
    }
  }

  /// All that a follower was sent has left.
  private func hasRead(_ number: Int) {
    guard followers[number] != nil else { return }
    followers[number]?.isBehind = false
    door.enter(.following, number, within: nil)
  }

  private func leave(_ number: Int) {
    guard let channel = followers.removeValue(forKey: number)?.channel else { return }
    door.enter(.answering, number, within: door.limits.answerTime)
    channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
  }

  private static func event(_ name: String, _ text: String) -> ByteBuffer {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }.joined()
    return ByteBuffer(string: "event: \(name)\n\(lines)\n")
  }

  @discardableResult
  private func write(_ bytes: ByteBuffer, to channel: any Channel) -> EventLoopFuture<Void> {
    channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)))
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
    let pause = max(1, door.limits.pageRest * (Self.threadSeconds - start))
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

import Foundation
import NIOCore
import NIOHTTP1
import Reports

/// Answers the requests of one connection: `GET` and `HEAD` of a fixed set of paths, nothing else.
final class LiveHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let board: LiveBoard
  private let hosts: HostRule
  private var head: HTTPRequestHead?
  private var hasBody = false
  /// Requests that came before the one in work was answered.
  private var waiting: [Request] = []
  /// Whether an answer is on its way: the next one is made when this one has left, so that a connection that asks much
  /// and reads little holds one answer in memory, not all of them. True for good once the connection's last one is.
  private var isAnswering = false
  private var follows = false
  /// Requests that may wait on one connection; a browser has none.
  private static let mostWaiting = 32

  private struct Request {
    var head: HTTPRequestHead
    var hasBody: Bool
  }

  init(_ board: LiveBoard, hosts: HostRule) {
    self.board = board
    self.hosts = hosts
  }

  /// Something to send back.
  private struct Answer {
    var status = HTTPResponseStatus.ok
    var type = "text/plain; charset=utf-8"
    var body: Data

    static func text(_ text: String, _ type: String) -> Answer { Answer(type: type, body: Data(text.utf8)) }

    static func refusal(_ status: HTTPResponseStatus, _ words: String) -> Answer {
      Answer(status: status, body: Data((words + "\n").utf8))
    }
  }

  func channelActive(context: ChannelHandlerContext) {
    board.connections += 1
    if board.connections > LiveBoard.mostConnections { context.close(promise: nil) }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    board.connections -= 1
    if follows { board.remove(context.channel) }
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      hasBody = false
    case .body: hasBody = true
    case .end:
      guard let head else { return }
      self.head = nil
      guard waiting.count < Self.mostWaiting else { return context.close(promise: nil) }
      waiting.append(Request(head: head, hasBody: hasBody))
      answerNext(context)
    }
  }

  /// Answers the first request that waits, unless an answer is on its way.
  private func answerNext(_ context: ChannelHandlerContext) {
    guard !isAnswering, !waiting.isEmpty, context.channel.isActive else { return }
    isAnswering = true
    answer(waiting.removeFirst(), context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Neither a request nor a byte of an answer for long: the other end is gone, or does not read.
    if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func answer(_ request: Request, _ context: ChannelHandlerContext) {
    let head = request.head
    if let refusal = refusal(request) { return send(refusal, head, context) }
    switch head.uri.prefix(while: { $0 != "?" }) {
    case "/": send(.text(board.livePage(), Self.html), head, context)
    case "/report", "/report.html": send(.text(board.stillPage(), Self.html), head, context)
    case "/live.js": send(.text(LivePage.script, "text/javascript; charset=utf-8"), head, context)
    case "/metrics": send(.text(board.metricsText(), Metric.mediaType), head, context)
    case "/events": follow(head, context)
    case let path:
      let name = String(path.dropFirst())
      if let type = Self.types[name], let body = board.file(name) {
        send(Answer(type: type, body: body), head, context)
      } else {
        send(.refusal(.notFound, "There is nothing at this address; the page is at /."), head, context)
      }
    }
  }

  private func refusal(_ request: Request) -> Answer? {
    let head = request.head
    let names = head.headers["host"]
    guard names.count == 1 else { return .refusal(.badRequest, "A request needs one Host header.") }
    guard hosts.allows(names[0]) else {
      return .refusal(
        .forbidden, "This server does not answer to that name; use its address in numbers, or localhost.")
    }
    guard head.method == .GET || head.method == .HEAD else {
      return .refusal(.methodNotAllowed, "Only GET and HEAD are answered.")
    }
    guard !request.hasBody else { return .refusal(.badRequest, "A request for a page has no body.") }
    return nil
  }

  /// Begins a response that goes on as long as the work does.
  private func follow(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard head.method == .GET else { return send(.text("", "text/event-stream"), head, context) }
    var response = HTTPResponseHead(version: head.version, status: .ok, headers: Self.headers("text/event-stream"))
    response.headers.add(name: "connection", value: "close")
    context.writeAndFlush(wrapOutboundOut(.head(response)), promise: nil)
    follows = true
    board.add(context.channel)
  }

  private func send(_ answer: Answer, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    var response = HTTPResponseHead(version: head.version, status: answer.status, headers: Self.headers(answer.type))
    response.headers.add(name: "content-length", value: String(answer.body.count))
    if answer.status == .methodNotAllowed { response.headers.add(name: "allow", value: "GET, HEAD") }
    let stays = head.isKeepAlive && answer.status == .ok
    if !stays { response.headers.add(name: "connection", value: "close") }
    context.write(wrapOutboundOut(.head(response)), promise: nil)
    if head.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      let (handler, context) = bound.value
      guard stays else { return context.close(promise: nil) }
      handler.isAnswering = false
      handler.answerNext(context)
    }
  }

  private static let html = "text/html; charset=utf-8"

  /// Files of records that are served as they are.
  private static let types = [
    "metrics.jsonl": "application/x-ndjson", "summary.json": "application/json", "config.json": "application/json",
    "study.json": "application/json", "study.csv": "text/csv; charset=utf-8",
  ]

  /// Headers of every answer: nothing is stored, nothing from elsewhere runs on the page, no other site embeds it.
  private static func headers(_ type: String) -> HTTPHeaders {
    [
      "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; "
        + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]
  }
}

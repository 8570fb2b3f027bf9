import Foundation
import NIOCore
import NIOHTTP1
import Reports

/// Answers the requests of one connection, one after the other: `GET` and `HEAD` of a fixed set of paths, nothing else.
final class LiveHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let board: LiveBoard
  private let door: LiveDoor
  private let gate: RequestGate
  private let rules: LiveRules
  /// This connection at the door.
  private var number = 0
  private var context: ChannelHandlerContext?
  private var requests = 0
  private var head: HTTPRequestHead?
  /// The answer on its way, what is to come of it, and whether the connection stays afterwards.
  private var answer: (answer: LiveAnswer, stays: Bool)?
  /// Whether the last answer of this connection has begun: nothing that comes after it is looked at.
  private var isLast = false

  init(_ board: LiveBoard, _ door: LiveDoor, _ gate: RequestGate, _ rules: LiveRules) {
    self.board = board
    self.door = door
    self.gate = gate
    self.rules = rules
  }

  private var limits: LiveLimits { door.limits }

  // MARK: Coming and going

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    number = door.admit(self, from: context.remoteAddress)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isLast = true
    answer = nil
    door.remove(number)
    board.remove(number)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return close() }
    switch error {
    case .headerOverflow: refuse(.tooLong)
    case .invalidVersion: refuse(.otherVersion)
    case .invalidMethod: refuse(.refusal(.notImplemented, "Only GET and HEAD are answered."))
    default: refuse(.notHTTP)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event as? RequestGate.Event {
    case .begun: door.enter(.asking, number, within: limits.headTime)
    case .refused(let fault): refuse(fault)
    case nil: context.fireUserInboundEventTriggered(event)
    }
  }

  /// It has taken too long over what it is at.
  func expire(_ phase: ConnectionTable.Phase?) {
    if phase == .asking { refuse(.tooSlow) } else { close() }
  }

  /// Closes at once.
  func close() {
    isLast = true
    answer = nil
    gate.shut()
    context?.close(promise: nil)
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isLast, answer == nil else { return }
    switch unwrapInboundIn(data) {
    case .head(let head):
      requests += 1
      self.head = head
      door.enter(.answering, number, within: limits.answerTime)
      // What a request has behind its head does not come through the gate, and so its end does not come either.
      if LiveRules.hasBody(head) { send(.refusal(.payloadTooLarge, "A request for a page has no body."), head) }
    case .body: break
    case .end:
      guard let head else { return }
      door.inTurn { [weak self] in self?.answer(head) }
    }
  }

  private func answer(_ head: HTTPRequestHead) {
    guard !isLast, context != nil else { return }
    let (path, refusal) = rules.judge(head)
    if let refusal { return send(refusal, head) }
    switch path {
    case "/":
      var page = LiveAnswer(board.livePage(), LiveRules.html)
      if let cookie = rules.access.cookie { page.extra.append(("set-cookie", cookie)) }
      send(page, head)
    case "/report", "/report.html": send(LiveAnswer(board.stillPage(), LiveRules.html), head)
    case "/live.js": send(LiveAnswer(LivePage.script, "text/javascript; charset=utf-8"), head)
    case "/live.css": send(LiveAnswer(LivePage.style, "text/css; charset=utf-8"), head)
    case "/metrics": send(LiveAnswer(board.metricsText(), Metric.mediaType), head)
    case "/events": follow(head)
    default: send(record(String(path.dropFirst())), head)
    }
  }

  /// A file of records, by its name.
  private func record(_ name: String) -> LiveAnswer {
    if let type = LiveRules.types[name] {
      if let file = board.location(name), let answer = try? LiveAnswer(file: file, type) { return answer }
      if let data = board.file(name) { return LiveAnswer(ByteBuffer(bytes: data), type) }
    }
    return .refusal(.notFound, "There is nothing at this address; the page is at /.")
  }

  /// Begins a response that goes on as long as the work does.
  private func follow(_ head: HTTPRequestHead) {
    guard head.method == .GET else { return send(LiveAnswer("", "text/event-stream"), head) }
    guard let context, door.makesRoomForFollower() else {
      return send(.refusal(.serviceUnavailable, "As many follow this page as may; try again later."), head)
    }
    isLast = true
    var response = HTTPResponseHead(version: head.version, status: .ok, headers: LiveRules.headers("text/event-stream"))
    response.headers.add(name: "connection", value: "close")
    context.writeAndFlush(wrapOutboundOut(.head(response)), promise: nil)
    board.follow(number, context.channel)
  }

  // MARK: Answers

  private func refuse(_ fault: RequestFault) { refuse(.refusal(fault.status, fault.words)) }

  /// Refuses what is no request, unless an answer has begun: its end would be taken for part of this one.
  private func refuse(_ refusal: LiveAnswer) {
    gate.shut()
    guard !isLast else { return }
    guard answer == nil else { return close() }
    send(refusal, HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"))
  }

  private func send(_ answer: LiveAnswer, _ head: HTTPRequestHead) {
    guard let context, !isLast else { return }
    var response = HTTPResponseHead(
      version: head.version, status: answer.status, headers: LiveRules.headers(answer.type))
    response.headers.add(name: "content-length", value: String(answer.bytesLeft))
    for (name, value) in answer.extra { response.headers.add(name: name, value: value) }
    // A request to upgrade is the last one that the decoder reads.
    let stays =
      head.isKeepAlive && answer.status == .ok && requests < limits.requestsPerConnection
      && !head.headers.contains(name: "upgrade")
    if !stays { response.headers.add(name: "connection", value: "close") }
    isLast = !stays
    if isLast { gate.shut() }
    let seconds = Int64(answer.bytesLeft / max(1, limits.answerBytesPerSecond))
    door.enter(.answering, number, within: limits.answerTime + .seconds(seconds))
    context.write(wrapOutboundOut(.head(response)), promise: nil)
    self.answer = (answer, stays)
    if head.method == .HEAD { end(stays) } else { sendPortion() }
  }

  /// Sends the next bytes, and when they have left, those after them.
  private func sendPortion() {
    guard let context, let stays = answer?.stays, var answer = answer?.answer else { return }
    do {
      guard let bytes = try answer.next(limits.portionBytes) else { return end(stays) }
      self.answer = (answer, stays)
      if answer.bytesLeft == 0 {
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        return end(stays)
      }
      then(context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))))) { handler in
        handler.door.inTurn { [weak handler] in handler?.sendPortion() }
      }
    } catch {
      close()
    }
  }

  private func end(_ stays: Bool) {
    guard let context else { return }
    then(context.writeAndFlush(wrapOutboundOut(.end(nil)))) { handler in
      guard stays else { return handler.close() }
      handler.answer = nil
      handler.head = nil
      handler.door.enter(.resting, handler.number, within: handler.limits.restTime)
      handler.gate.next()
    }
  }

  /// Goes on when something has left; where the connection is gone, it has been closed.
  private func then(_ sent: EventLoopFuture<Void>, _ body: @escaping (LiveHandler) -> Void) {
    let bound = NIOLoopBound((self, body), eventLoop: sent.eventLoop)
    sent.whenSuccess { bound.value.1(bound.value.0) }
  }
}

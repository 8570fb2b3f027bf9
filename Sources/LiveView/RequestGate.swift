import NIOCore

/// Lets one request through at a time, when it is whole and no longer than it may be.
///
/// Requests here have no bodies, so one ends with its first empty line. What comes behind it waits here as bytes, and
/// nothing is read meanwhile: a connection that asks much and reads little holds one read's worth of requests.
final class RequestGate: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// What the gate tells the handlers behind it.
  enum Event: Sendable {
    /// The first byte of a request has come, the last one not yet.
    case begun
    /// What came is none of HTTP/1, or too long.
    case refused(RequestFault)
  }

  private let limit: Int
  private var held = ByteBuffer()
  /// Bytes of `held` that were searched for the end of the request.
  private var searched = 0
  private var isBusy = false
  private var isShut = false
  private var isBegun = false
  private var wantsRead = false

  private var context: ChannelHandlerContext?

  init(limit: Int) { self.limit = limit }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isShut else { return }
    var bytes = unwrapInboundIn(data)
    held.writeBuffer(&bytes)
    pass(context)
  }

  func read(context: ChannelHandlerContext) {
    if isBusy {
      wantsRead = true
    } else {
      context.read()
    }
  }

  /// The request that was let through is answered: the next one comes in a moment, not in the midst of this one's call,
  /// where the decoder would not look at it.
  func next() {
    isBusy = false
    guard let context else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    context.eventLoop.execute { bound.value.goOn() }
  }

  private func goOn() {
    guard let context else { return }
    pass(context)
    guard !isBusy, wantsRead else { return }
    wantsRead = false
    context.read()
  }

  /// Nothing is let through any more.
  func shut() {
    isShut = true
    held.clear()
  }

  private func pass(_ context: ChannelHandlerContext) {
    guard !isBusy, !isShut else { return }
    skipEmptyLines()
    guard held.readableBytes > 0 else { return held.clear() }
    if let end = endOfHead() {
      guard end <= limit else { return refuse(.tooLong, context) }
      guard let request = held.readSlice(length: end) else { return }
      searched = 0
      isBegun = false
      isBusy = true
      held.discardReadBytes()
      if let fault = RequestFault.find(inHead: request.readableBytesView) { return refuse(fault, context) }
      return context.fireChannelRead(wrapInboundOut(request))
    }
    if held.readableBytes > limit { return refuse(.tooLong, context) }
    if let fault = RequestFault.find(inHead: held.readableBytesView) { return refuse(fault, context) }
    guard !isBegun else { return }
    isBegun = true
    context.fireUserInboundEventTriggered(Event.begun)
  }

  /// HTTP allows empty lines before a request.
  private func skipEmptyLines() {
    if isBegun { return }
    let blank = held.readableBytesView.prefix { $0 == 0x0D || $0 == 0x0A }.count
    held.moveReaderIndex(forwardBy: blank)
  }

  /// Bytes up to and with the first empty line; each byte is looked at once.
  private func endOfHead() -> Int? {
    let view = held.readableBytesView
    var index = view.startIndex + searched
    while let feed = view[index...].firstIndex(of: 0x0A) {
      var next = feed + 1
      if next < view.endIndex, view[next] == 0x0D { next += 1 }
      guard next < view.endIndex else {
        searched = feed - view.startIndex
        return nil
      }
      if view[next] == 0x0A { return next + 1 - view.startIndex }
      index = feed + 1
    }
    searched = view.count
    return nil
  }

  private func refuse(_ fault: RequestFault, _ context: ChannelHandlerContext) {
    shut()
    context.fireUserInboundEventTriggered(Event.refused(fault))
  }
}

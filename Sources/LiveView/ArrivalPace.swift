import NIOCore

/// Lets so many connections in a second come in; the system's queue keeps the others meanwhile.
final class ArrivalPace: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = any Channel

  private var pace: PortionPace
  private var wait = TimeAmount.zero

  init(_ limits: LiveLimits) {
    pace = PortionPace(perSecond: limits.arrivalsPerSecond, atOnce: limits.arrivalsPerSecond)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    wait = pace.take(now: .now())
    context.fireChannelRead(data)
  }

  func read(context: ChannelHandlerContext) {
    guard wait > .zero else { return context.read() }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: wait) { bound.value.read() }
    wait = .zero
  }
}

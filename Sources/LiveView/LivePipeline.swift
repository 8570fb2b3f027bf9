import NIOCore
import NIOHTTP1
import Reports

/// What the connections of a server share, and the handlers that each of them gets: between a channel's bytes and the
/// board there is nothing else. Lives on the server's event loop and nowhere else.
///
/// ``LiveServer`` puts it behind sockets. It knows of none, so that requests can be tried in memory.
package final class LivePipeline {
  let board: LiveBoard
  private let door: LiveDoor

  /// - Parameter loop: where all channels, and the caller, live.
  package init(loop: any EventLoop, limits: LiveLimits) {
    door = LiveDoor(loop: loop, limits: limits)
    board = LiveBoard(loop: loop, door: door)
  }

  /// Shows a source from now on.
  package func show(_ source: any LiveSource) { board.show(source) }

  /// Puts the handlers of a connection into a channel.
  ///
  /// - Parameters:
  ///   - hosts: names that the server may be called by.
  ///   - token: what a reader has to know; `nil` where nothing.
  ///   - port: that the server listens on.
  package func join(_ channel: any Channel, hosts: HostRule, token: LiveToken?, port: Int) throws {
    let pipeline = channel.pipeline.syncOperations
    let gate = RequestGate(limit: door.limits.headBytes)
    let rules = LiveRules(hosts: hosts, access: LiveAccess(token: token, port: port))
    try pipeline.addHandler(gate)
    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
    try pipeline.addHandler(LiveHandler(board, door, gate, rules))
  }
}

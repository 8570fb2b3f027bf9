import NIOCore
import NIOHTTP1

/// Who may read the page.
///
/// A server that this machine alone can reach answers everybody who asks it by its own name. One that others can reach
/// answers those who know its token: from the address that was printed (`/?token=…`), from a cookie that the page sets
/// for what it loads itself, or from `Authorization: Bearer …`, as Prometheus and curl can send it.
struct LiveAccess: Sendable {
  /// `nil` where none is needed.
  let token: LiveToken?
  /// The cookie's name: browsers do not tell the ports of a machine apart, and there may be a server on each.
  let cookieName: String

  /// The rule for a server on a port.
  init(token: LiveToken?, port: Int) {
    self.token = token
    cookieName = "isotherm-\(port)"
  }

  /// Whether a request may be answered.
  func allows(_ head: HTTPRequestHead) -> Bool {
    guard let token else { return true }
    return Self.queryTokens(head.uri).contains { token.matches($0) } || bearers(head).contains { token.matches($0) }
      || cookies(head).contains { token.matches($0) }
  }

  /// The header by which a browser shows the token when it loads what the page consists of: not for scripts to read, and
  /// not sent with requests that other sites make.
  var cookie: String? { token.map { "\(cookieName)=\($0.text); Path=/; HttpOnly; SameSite=Strict" } }

  private static func queryTokens(_ uri: String) -> [Substring] {
    guard let mark = uri.firstIndex(of: "?") else { return [] }
    return uri[uri.index(after: mark)...].split(separator: "&").filter { $0.hasPrefix("token=") }
      .map { $0.dropFirst("token=".count) }
  }

  private func bearers(_ head: HTTPRequestHead) -> [Substring] {
    head.headers["authorization"].filter { $0.lowercased().hasPrefix("bearer ") }
      .map { $0.dropFirst("bearer ".count).drop { $0 == " " } }
  }

  private func cookies(_ head: HTTPRequestHead) -> [Substring] {
    head.headers["cookie"].flatMap { $0.split(separator: ";") }.map { $0.drop { $0 == " " } }
      .filter { $0.hasPrefix(cookieName + "=") }.map { $0.dropFirst(cookieName.count + 1) }
  }

  /// Whether an address is reached from this machine alone: 127.0.0.0/8 and ::1.
  static func isLoopback(_ address: SocketAddress?) -> Bool {
    guard let text = address?.ipAddress?.lowercased() else { return false }
    return text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
  }
}

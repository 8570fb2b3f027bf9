import NIOCore

/// Which names a request may call the server by.
///
/// A page of another site can make a browser send requests here under a name of its own that it points at this machine
/// (DNS rebinding), and then read the answers. Addresses in numbers cannot be pointed anywhere, so they are allowed, and
/// so are `localhost` and the name that the server was told to listen on.
package struct HostRule: Sendable {
  private let ownName: String

  package init(listeningOn host: String) { ownName = host.lowercased() }

  /// Whether a `Host` header, such as `127.0.0.1:8080`, is allowed; its port may be that of a tunnel.
  package func allows(_ header: String) -> Bool {
    var name = header.lowercased()[...]
    if name.hasPrefix("[") {
      guard let end = name.firstIndex(of: "]"), Self.isPort(name[name.index(after: end)...]) else { return false }
      name = name[name.index(after: name.startIndex)..<end]
      return name.contains(":") && (try? SocketAddress(ipAddress: String(name), port: 0)) != nil
    }
    if let colon = name.firstIndex(of: ":") {
      guard Self.isPort(name[colon...]) else { return false }
      name = name[..<colon]
    }
    return name == "localhost" || name == ownName || (try? SocketAddress(ipAddress: String(name), port: 0)) != nil
  }

  /// Nothing, or a colon and digits.
  private static func isPort(_ text: Substring) -> Bool {
    text.isEmpty || text.count <= 6 && text.first == ":" && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
  }
}

import NIOCore

/// Under which addresses a server can be reached, for somebody to open one of them.
enum LiveAddresses {
  /// Addresses of the page, the likeliest first.
  ///
  /// A server that listens on all addresses of a machine (`0.0.0.0`, `::`) has one for each of the machine's own: the
  /// address that it listens on is none that a browser could open.
  static func all(listeningOn host: String, bound: SocketAddress?, port: Int, token: LiveToken?) -> [String] {
    let path = token.map { "/?token=\($0.text)" } ?? "/"
    var hosts = [host]
    if let text = bound?.ipAddress, isEverywhere(text) {
      let own = ownAddresses(withSixth: text.contains(":"))
      hosts = own.isEmpty ? [text.contains(":") ? "::1" : "127.0.0.1"] : own
    }
    return hosts.map { "http://\($0.contains(":") ? "[\($0)]" : $0):\(port)\(path)" }
  }

  private static func isEverywhere(_ address: String) -> Bool { address == "0.0.0.0" || address == "::" }

  /// Addresses that other machines may reach this one by: IPv4 first, and none that needs the name of an interface.
  private static func ownAddresses(withSixth: Bool) -> [String] {
    let devices = (try? System.enumerateDevices()) ?? []
    let addresses = devices.compactMap(\.address).filter { !LiveAccess.isLoopback($0) }
    var fourth: [String] = []
    var sixth: [String] = []
    for address in addresses {
      guard let text = address.ipAddress else { continue }
      switch address {
      case .v4: fourth.append(text)
      case .v6 where !text.lowercased().hasPrefix("fe80"): sixth.append(text)
      default: break
      }
    }
    let all = fourth + (withSixth ? sixth : [])
    return all.indices.filter { !all[..<$0].contains(all[$0]) }.map { all[$0] }
  }
}

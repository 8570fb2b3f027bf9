import ArgumentParser

#if LiveView
  import LiveView
#endif

/// `--live` and `--live-host`.
struct LiveOptions: ParsableArguments {
  @Option(
    name: .customLong("live"),
    help: ArgumentHelp(
      "Serves the report on this port while the work is running; 0 takes any free one. Standard error has the address.",
      valueName: "port"))
  var port: Int?

  @Option(
    name: .customLong("live-host"),
    help: ArgumentHelp(
      """
      With --live, the address to listen on. Default: 127.0.0.1, which this machine alone can reach. With another one \
      the page's address has a token, and only requests that have it are answered.
      """,
      valueName: "address"))
  var host: String?

  func validate() throws {
    if let port, !(0...65_535).contains(port) {
      throw ValidationError("--live: found \(port), allowed is a port from 0 to 65535")
    }
    if host != nil, port == nil { throw ValidationError("--live-host needs --live PORT") }
  }

  /// As they stand on a command line.
  var arguments: [String] {
    (port.map { ["--live", "\($0)"] } ?? []) + (host.map { ["--live-host", $0] } ?? [])
  }

  /// Begins to listen, if it was asked for, and says where.
  func start() throws -> LiveServer? {
    guard let port else { return nil }
    #if LiveView
      let server = try LiveServer(host: host ?? "127.0.0.1", port: port)
      for url in server.urls { printRemark("live view: \(url)") }
      if server.token != nil {
        printRemark(
          "note: anyone who has that address and can reach this machine can read the report and its records; they are sent "
            + "as they are, not encrypted")
      }
      return server
    #else
      throw ValidationError("--live \(port): this build has no live view; make build has, or --traits LiveView")
    #endif
  }
}

import NIOCore
import NIOHTTP1

/// What may be asked, by whom, and what stands in the head of every answer.
struct LiveRules: Sendable {
  let hosts: HostRule
  let access: LiveAccess

  /// Looks at a request.
  ///
  /// - Returns: the path that it asks for, and a refusal where it gets none.
  func judge(_ head: HTTPRequestHead) -> (path: Substring, refusal: LiveAnswer?) {
    let (path, authority) = Self.target(head.uri)
    let names = head.headers["host"]
    guard names.count == 1 else { return (path, .refusal(.badRequest, "A request needs one Host header.")) }
    guard hosts.allows(names[0]), authority.map({ hosts.allows(String($0)) }) ?? true else {
      return (
        path,
        .refusal(.forbidden, "This server does not answer to that name; use its address in numbers, or localhost.")
      )
    }
    guard access.allows(head) else {
      return (
        path,
        .refusal(
          .forbidden,
          "This page is for those who know its token: use the whole address that the program printed, with ?token=.")
      )
    }
    guard head.method == .GET || head.method == .HEAD else {
      return (path, .refusal(.methodNotAllowed, "Only GET and HEAD are answered."))
    }
    return (path, nil)
  }

  /// Whether bytes follow that belong to the request.
  static func hasBody(_ head: HTTPRequestHead) -> Bool {
    head.headers.contains(name: "transfer-encoding") || head.headers["content-length"].contains { $0 != "0" }
  }

  /// The path of a request's target without its query, and the host where the target names one, as proxies write it.
  private static func target(_ uri: String) -> (path: Substring, authority: Substring?) {
    var path = uri[...]
    var authority: Substring?
    if uri.lowercased().hasPrefix("http://") {
      let rest = uri.dropFirst("http://".count)
      authority = rest.prefix { $0 != "/" && $0 != "?" }
      path = rest.drop { $0 != "/" && $0 != "?" }
      if !path.hasPrefix("/") { path = "/" + path }
    }
    return (path.prefix { $0 != "?" }, authority)
  }

  static let html = "text/html; charset=utf-8"

  /// Files of records that are served as they are.
  static let types = [
    "metrics.jsonl": "application/x-ndjson", "summary.json": "application/json", "config.json": "application/json",
    "study.json": "application/json", "study.csv": "text/csv; charset=utf-8",
  ]

  /// Headers of every answer: nothing is stored, nothing from elsewhere runs on the page, no other site embeds it.
  static func headers(_ type: String) -> HTTPHeaders {
    [
      "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin",
      "cross-origin-opener-policy": "same-origin", "content-security-policy": LivePage.policy,
    ]
  }
}

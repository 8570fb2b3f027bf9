import Foundation
import LiveView
import Reports
import TestSupport
import Testing

@Suite("Who may read the live view", .serialized)
struct LiveAccessTests {
  private func ask(_ target: String, _ headers: String = "", port: Int, method: String = "GET") throws -> String {
    try TestClient.exchange(
      "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(headers)\r\n", port: port)
  }

  @Test("a server that other machines can reach answers only those who know its token, on every path")
  func token() throws {
    let server = try LiveServer(host: "0.0.0.0", port: 0)
    defer { server.finish() }
    let state = Locked(CountingSource.State())
    server.show { CountingSource(state) }
    let token = try #require(server.token?.text)
    #expect(token.utf8.count == 32 && token.allSatisfy { $0.isHexDigit })
    let wrong = String(token.dropLast()) + (token.last == "0" ? "1" : "0")
    let cookie = "isotherm-\(server.port)"
    for path in ["/", "/report", "/live.js", "/live.css", "/metrics", "/metrics.jsonl", "/events", "/nothing"] {
      for (target, headers) in [
        (path, ""), ("\(path)?token=\(wrong)", ""), ("\(path)?token=", ""), ("\(path)?token=\(token)0", ""),
        ("\(path)?token=\(token.dropLast())", ""), ("\(path)?xtoken=\(token)", ""), ("\(path)/\(token)", ""),
        (path, "Cookie: \(cookie)=\(wrong)\r\n"), (path, "Cookie: isotherm-1=\(token)\r\n"),
        (path, "Authorization: Bearer \(wrong)\r\n"), (path, "Authorization: Basic \(token)\r\n"),
      ] {
        let answer = try ask(target, headers, port: server.port)
        #expect(TestClient.status(answer) == 403 && !answer.contains(token), "\(target) \(headers)")
        #expect(!answer.contains("set-cookie"))
      }
    }
    #expect(state.withLock { $0.pages } == 0)
    for (target, headers) in [
      ("/metrics.jsonl?token=\(token)", ""), ("/metrics.jsonl?x=1&token=\(token)&y", ""),
      ("/metrics.jsonl", "Cookie: a=b; \(cookie)=\(token); c=d\r\n"),
      ("/metrics.jsonl", "Authorization: Bearer \(token)\r\n"),
      ("/metrics.jsonl", "authorization: bearer \(token)\r\n"),
      ("/metrics.jsonl?token=\(wrong)", "Authorization: Bearer \(token)\r\n"),
    ] {
      let answer = try ask(target, headers, port: server.port)
      #expect(TestClient.status(answer) == 200 && answer.hasSuffix("{}\n"), "\(target) \(headers)")
    }
    // The address as it is printed opens the page, and the page's own parts come by the cookie that it sets.
    let page = try ask("/?token=\(token)", port: server.port)
    let lines = page.components(separatedBy: "\r\n").filter { $0.hasPrefix("set-cookie: ") }
    #expect(lines == ["set-cookie: \(cookie)=\(token); Path=/; HttpOnly; SameSite=Strict"])
    #expect(page.contains("</html>") && !page.components(separatedBy: "\r\n\r\n")[1].contains(token))
    #expect(TestClient.status(try ask("/live.js", "Cookie: \(cookie)=\(token)\r\n", port: server.port)) == 200)
    #expect(TestClient.status(try ask("/?token=\(token)", "Host: evil.example\r\n", port: server.port)) == 400)
  }

  @Test("the printed addresses are the machine's own, with the token, and answer as they are printed")
  func addresses() throws {
    let server = try LiveServer(host: "0.0.0.0", port: 0)
    defer { server.finish() }
    let token = try #require(server.token?.text)
    #expect(!server.urls.isEmpty && server.url == server.urls[0])
    for url in server.urls {
      #expect(url.hasSuffix(":\(server.port)/?token=\(token)") && !url.contains("0.0.0.0"), "\(url)")
      let parts = try #require(URLComponents(string: url))
      let answer = try TestClient.exchange(
        "GET /?token=\(token) HTTP/1.1\r\nHost: \(parts.host ?? ""):\(server.port)\r\nConnection: close\r\n\r\n",
        host: parts.host ?? "", port: server.port)
      #expect(TestClient.status(answer) == 200, "\(url)")
    }
    let other = try LiveServer(host: "0.0.0.0", port: 0)
    defer { other.finish() }
    #expect(other.token?.text != token)
  }

  @Test(
    "a server that this machine alone can reach needs no token", arguments: ["127.0.0.1", "localhost", "127.0.0.2"])
  func loopback(host: String) throws {
    let server = try LiveServer(host: host, port: 0)
    defer { server.finish() }
    #expect(server.token == nil && server.urls == ["http://\(host):\(server.port)/"])
    let answer = try TestClient.exchange(
      "GET / HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n", host: host, port: server.port)
    #expect(TestClient.status(answer) == 200 && !answer.contains("set-cookie"))
  }

  @Test("a token is matched as a whole")
  func matching() {
    let token = LiveToken()
    #expect(token.matches(token.text) && token.matches(token.text[...]))
    for index in token.text.indices {
      var other = token.text
      other.replaceSubrange(index...index, with: other[index] == "f" ? "0" : "f")
      #expect(!token.matches(other))
      #expect(!token.matches(token.text[..<index]))
    }
    for other in ["", token.text + "0", token.text + token.text, token.text.uppercased() + " "] {
      #expect(!token.matches(other))
    }
    #expect(Set((0..<100).map { _ in LiveToken().text }).count == 100)
  }
}

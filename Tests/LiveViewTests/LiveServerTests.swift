import Foundation
import LiveView
import Records
import Reports
import TestSupport
import Testing

@Suite("The live view's server", .serialized)
struct LiveServerTests {
  private func withServer(_ body: (LiveServer, Locked<CountingSource.State>) throws -> Void) throws {
    let state = Locked(CountingSource.State())
    let server = try LiveServer(port: 0)
    defer { server.finish() }
    server.show { CountingSource(state) }
    try body(server, state)
  }

  private func status(_ answer: String) -> Int? { TestClient.status(answer) }

  @Test("the page, its still form, the script and the records are there, and nothing else is")
  func paths() throws {
    try withServer { server, _ in
      let page = try TestClient.get("/", port: server.port)
      #expect(status(page) == 200 && page.contains("number 0") && page.contains("src=\"live.js\""))
      #expect(page.contains("content-security-policy: default-src 'none'") && page.contains("cache-control: no-store"))
      let still = try TestClient.get("/report?x=1", port: server.port)
      #expect(status(still) == 200 && still.contains("number 0") && !still.contains("<script"))
      #expect(status(try TestClient.get("/live.js", port: server.port)) == 200)
      #expect(try TestClient.get("/metrics.jsonl", port: server.port).hasSuffix("\r\n\r\n{}\n"))
      for path in [
        "/summary.json", "/weights.safetensors", "/checkpoints", "/../config.json", "/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/metrics.jsonl/", "/./metrics.jsonl", "http://127.0.0.1/x", "*",
      ] {
        #expect(status(try TestClient.get(path, port: server.port)) == 404, "\(path)")
      }
    }
  }

  @Test("other methods, other names, bodies and broken requests are refused")
  func refusals() throws {
    try withServer { server, state in
      func answer(_ lines: String...) throws -> Int? {
        status(
          try TestClient.exchange((lines + ["Connection: close", "", ""]).joined(separator: "\r\n"), port: server.port))
      }
      for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        #expect(try answer("\(method) / HTTP/1.1", "Host: localhost", "Content-Length: 0") == 405, "\(method)")
      }
      #expect(try answer("GET / HTTP/1.1", "Host: evil.example:\(server.port)") == 403)
      #expect(try answer("GET / HTTP/1.1", "Host: 127.0.0.1.evil.example") == 403)
      #expect(try answer("GET / HTTP/1.1") == 400)
      #expect(try answer("GET / HTTP/1.1", "Host: localhost", "Host: evil.example") == 400)
      #expect(try answer("GET / HTTP/1.1", "Host: localhost", "Content-Length: 3", "", "abc") == 413)
      #expect(try answer("nonsense") == 400)
      #expect(try answer("GET / HTTP/1.1", "Host: localhost", "X: " + String(repeating: "a", count: 200_000)) != 200)
      #expect(state.withLock { $0.pages } == 0)

      let head = try TestClient.exchange(
        "HEAD /metrics.jsonl HTTP/1.1\r\nHost: [::1]:\(server.port)\r\nConnection: close\r\n\r\n", port: server.port)
      #expect(status(head) == 200 && head.hasSuffix("\r\n\r\n") && head.contains("content-length: 3"))
      let old = try TestClient.exchange("GET /metrics.jsonl HTTP/1.0\r\nHost: localhost\r\n\r\n", port: server.port)
      #expect(status(old) == 200 && old.hasSuffix("{}\n"))
    }
  }

  @Test("monitoring systems get the numbers as they are now, without a page being made")
  func metrics() throws {
    let state = Locked(CountingSource.State())
    let server = try LiveServer(port: 0)
    defer { server.finish() }
    let early = try TestClient.get("/metrics", port: server.port)
    #expect(status(early) == 200 && early.hasSuffix("\r\n\r\n") && early.contains("content-length: 0"))
    server.show { CountingSource(state) }
    for number in [0, 5, 6] {
      state.withLock { $0.number = number }
      let answer = try TestClient.get("/metrics?x=1", port: server.port)
      #expect(status(answer) == 200)
      #expect(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"))
      let body = answer.components(separatedBy: "\r\n\r\n").last
      #expect(
        body == "# HELP isotherm_step Steps done.\n# TYPE isotherm_step gauge\nisotherm_step \(number)\n"
          + "# HELP isotherm_samples_total Samples.\n# TYPE isotherm_samples_total counter\n"
          + "isotherm_samples_total{name=\"ü\"} 8\n")
    }
    let pages = state.withLock { $0.pages }
    #expect(pages == 0)
    let head = try TestClient.exchange(
      "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", port: server.port)
    #expect(status(head) == 200 && head.hasSuffix("\r\n\r\n"))
    let foreign = try TestClient.exchange("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", port: server.port)
    #expect(status(foreign) == 403 && !foreign.contains("isotherm_step"))
    #expect(status(try TestClient.get("/metrics/", port: server.port)) == 404)
  }

  @Test("several requests on one connection are answered in order")
  func keepAlive() throws {
    try withServer { server, _ in
      let client = try TestClient(port: server.port)
      defer { client.close() }
      try client.send(
        "GET /metrics.jsonl HTTP/1.1\r\nHost: localhost\r\n\r\nGET /live.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(client.wait { $0.components(separatedBy: "HTTP/1.1 200").count == 3 && $0.hasSuffix("})();\n") })
    }
  }

  @Test("a page is made only for readers, and many readers at once cost no more than one")
  func rendering() throws {
    try withServer { server, state in
      for _ in 0..<5 {
        state.withLock { $0.number += 1 }
        usleep(20_000)
      }
      #expect(state.withLock { $0.pages } == 0)
      let start = Date()
      for _ in 0..<40 {
        state.withLock { $0.number += 1 }
        _ = try TestClient.get("/", port: server.port)
      }
      #expect(state.withLock { $0.pages } <= 2 + Int(-start.timeIntervalSinceNow))
    }
  }

  @Test("a follower gets each newer page, then the last one, and its connection ends with the work")
  func following() throws {
    let state = Locked(CountingSource.State())
    let server = try LiveServer(port: 0)
    let early = try TestClient(port: server.port)
    try early.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    #expect(early.wait { $0.contains("event: hello") && $0.contains("Getting ready") })
    server.show { CountingSource(state) }
    #expect(early.wait { $0.contains("number 0") })
    state.withLock { $0.number = 1 }
    #expect(early.wait { $0.contains("number 1") })
    let gone = try TestClient(port: server.port)
    try gone.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    #expect(gone.wait { $0.contains("number 1") })
    gone.close()
    state.withLock { $0.number = 2 }
    #expect(early.wait { $0.contains("number 2") })
    server.finish()
    #expect(early.wait { $0.contains("event: over") && $0.contains(">over<") })
    #expect(early.wait { _ in early.isClosed })
    #expect(throws: (any Error).self) { try TestClient(port: server.port) }
  }

  @Test("what is asked after a connection's last answer, in one packet and then closed, harms nobody")
  func pipelinedAfterTheLast() throws {
    try withServer { server, _ in
      let host = "Host: 127.0.0.1:\(server.port)\r\n"
      let events = "GET /events HTTP/1.1\r\n\(host)\r\n"
      let closing = "GET /live.js HTTP/1.1\r\n\(host)Connection: close\r\n\r\n"
      for requests in [events + events, events + closing, closing + events, events + "POST / HTTP/1.1\r\n\r\n"] {
        for waits in [false, true] {
          let client = try TestClient(port: server.port)
          try client.send(requests)
          if waits { #expect(client.wait { $0.contains("HTTP/1.1 200") }) }
          client.close()
        }
      }
      let client = try TestClient(port: server.port)
      try client.send(closing + events)
      #expect(client.wait { _ in client.isClosed })
      #expect(client.text.components(separatedBy: "HTTP/1.1 200").count == 2)
      #expect(status(try TestClient.get("/", port: server.port)) == 200)
    }
  }

  @Test("a connection that asks much and reads nothing holds one answer in memory")
  func pipelinedUnread() throws {
    try withServer { server, state in
      state.withLock { $0.bytes = 4 << 20 }
      let request = "GET /report HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n"
      let client = try TestClient(port: server.port, reads: false)
      defer { client.close() }
      let before = ResidentMemory.bytes
      try client.send(String(repeating: request, count: 30))
      // The answers would take 120 MB.
      for _ in 0..<20 {
        #expect(status(try TestClient.get("/live.js", port: server.port)) == 200)
        usleep(20_000)
      }
      #expect(ResidentMemory.bytes - before < 60 << 20)
    }
  }

  @Test("a client that does not read, one that stops in the middle, and too many of them do not keep others waiting")
  func badClients() throws {
    try withServer { server, state in
      state.withLock { $0.bytes = 4_000_000 }
      let deaf = try (0..<3).map { _ in try TestClient(port: server.port, reads: false) }
      for client in deaf {
        try client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
      }
      let half = try TestClient(port: server.port)
      try half.send("GET / HT")
      #expect(status(try TestClient.get("/metrics.jsonl", port: server.port)) == 200)

      let crowd = try (0..<40).map { _ in try TestClient(port: server.port) }
      let end = Date().addingTimeInterval(20)
      while Date() < end, !crowd.contains(where: \.isClosed) { usleep(5000) }
      let someClosed = crowd.contains { $0.isClosed }
      #expect(someClosed)
      for client in crowd + deaf + [half] { client.close() }
      var answer: Int?
      for _ in 0..<100 where answer != 200 {
        answer = status((try? TestClient.get("/metrics.jsonl", port: server.port)) ?? "")
        usleep(10_000)
      }
      #expect(answer == 200)
    }
  }

  @Test("a port that is taken, and an address of another machine, are refused with a reason")
  func noPort() throws {
    let server = try LiveServer(port: 0)
    defer { server.finish() }
    let error = #expect(throws: LiveServerError.self) { try LiveServer(port: server.port) }
    #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
    #expect(error?.description.contains("in use") == true)
    let elsewhere = #expect(throws: LiveServerError.self) { try LiveServer(host: "192.0.2.1", port: 0) }
    #expect(elsewhere?.description.contains("no such address") == true)
  }

  @Test("only addresses in numbers, localhost and the server's own name are answered to")
  func hostRule() {
    let rule = HostRule(listeningOn: "Trainer.example")
    for name in [
      "127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]", "[::1]:8080", "192.0.2.7:9000",
      "trainer.example:80",
    ] {
      #expect(rule.allows(name), "\(name)")
    }
    for name in [
      "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1:80x", "[::1",
      "[evil]:80", "localhost:8080:9", "127.0.0.1:1234567",
    ] {
      #expect(!rule.allows(name), "\(name)")
    }
  }
}

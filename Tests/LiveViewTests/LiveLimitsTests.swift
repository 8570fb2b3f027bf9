import Foundation
import LiveView
import NIOCore
import Records
import Reports
import TestSupport
import Testing

@Suite("The live view's limits", .serialized)
struct LiveLimitsTests {
  private static let host = "Host: 127.0.0.1\r\n"
  private static let ask = "GET /metrics.jsonl HTTP/1.1\r\n\(host)\r\n"

  /// Limits that nothing in a test comes near, but those that it sets.
  private static func limits(_ set: (inout LiveLimits) -> Void) -> LiveLimits {
    var limits = LiveLimits()
    for time in [\LiveLimits.silentTime, \.headTime, \.restTime, \.answerTime, \.behindTime] {
      limits[keyPath: time] = .hours(1)
    }
    limits.sweepTime = .milliseconds(10)
    limits.portionsPerSecond = 100_000
    limits.arrivalsPerSecond = 100_000
    // Pages of megabytes take a test's second to make, and the next one would be due in a minute.
    limits.pageRest = 0
    set(&limits)
    return limits
  }

  private func withServer(
    _ set: (inout LiveLimits) -> Void, _ body: (LiveServer, Locked<CountingSource.State>) throws -> Void
  ) throws {
    let state = Locked(CountingSource.State())
    let server = try LiveServer(port: 0, limits: Self.limits(set))
    defer { server.finish() }
    server.show { CountingSource(state) }
    try body(server, state)
  }

  private func expectServed(_ server: LiveServer) throws {
    #expect(TestClient.status(try TestClient.get("/live.js", port: server.port)) == 200)
  }

  @Test("beyond the number of connections, those that say nothing are closed for newcomers, the oldest first")
  func connections() throws {
    try withServer({ $0.connections = 6 }) { server, _ in
      let follower = try TestClient(port: server.port)
      try follower.send("GET /events HTTP/1.1\r\n\(Self.host)\r\n")
      #expect(follower.wait { $0.contains("number 0") })
      let resting = try TestClient(port: server.port)
      try resting.send(Self.ask)
      #expect(resting.wait { $0.hasSuffix("{}\n") })
      var silent = try (0..<4).map { _ in try TestClient(port: server.port) }
      for _ in 0..<30 {
        let newcomer = try TestClient(port: server.port)
        let oldest = silent.removeFirst()
        #expect(oldest.waitUntilClosed() && oldest.text.isEmpty)
        silent.append(newcomer)
        #expect(!silent.contains { $0.isClosed })
      }
      // One that asks has more claim than one that has been answered.
      for client in silent {
        try client.send(Self.ask)
        #expect(client.wait { $0.hasSuffix("{}\n") })
      }
      try expectServed(server)
      #expect(resting.waitUntilClosed() && !follower.isClosed)
    }
  }

  @Test("a request has to be whole within its time, however slowly and steadily its bytes come")
  func headTime() throws {
    try withServer({ $0.headTime = .milliseconds(150) }) { server, state in
      let client = try TestClient(port: server.port)
      var sent = 0
      for byte in ("GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 4000)).utf8 {
        guard !client.isClosed, (try? client.send(String(UnicodeScalar(byte)))) != nil else { break }
        sent += 1
        usleep(2000)
      }
      #expect(client.waitUntilClosed() && sent < 10_000)
      #expect(TestClient.status(client.text) == 408 && state.withLock { $0.pages } == 0)
      try expectServed(server)
    }
  }

  @Test("a connection that says nothing, at first or after an answer, is closed without a word")
  func silence() throws {
    try withServer({ $0.silentTime = .milliseconds(50) }) { server, _ in
      let client = try TestClient(port: server.port)
      #expect(client.waitUntilClosed() && client.text.isEmpty)
      // Empty lines are no beginning of a request.
      let empty = try TestClient(port: server.port)
      try empty.send("\r\n\r\n\n")
      #expect(empty.waitUntilClosed() && empty.text.isEmpty)
      try expectServed(server)
    }
    try withServer({ $0.restTime = .milliseconds(50) }) { server, _ in
      let client = try TestClient(port: server.port)
      try client.send(Self.ask)
      #expect(client.waitUntilClosed())
      #expect(client.text.hasSuffix("{}\n") && client.text.components(separatedBy: "HTTP/1.1").count == 2)
    }
  }

  @Test("a head of just so many bytes is read, one of a byte more is refused, in one piece or in many")
  func headBytes() throws {
    try withServer({ $0.headBytes = 2000 }) { server, _ in
      let start = "GET /metrics.jsonl HTTP/1.1\r\n\(Self.host)Connection: close\r\nX: "
      for (extra, expected) in [(0, 200), (1, 431), (5000, 431)] {
        let padding = String(repeating: "a", count: 2000 - start.utf8.count - 4 + extra)
        let request = start + padding + "\r\n\r\n"
        #expect(TestClient.status(try TestClient.exchange(request, port: server.port)) == expected, "\(extra)")
        let client = try TestClient(port: server.port)
        defer { client.close() }
        for piece in stride(from: 0, to: min(request.utf8.count, 3000), by: 500) {
          try? client.send(String(decoding: request.utf8.dropFirst(piece).prefix(500), as: UTF8.self))
        }
        #expect(client.wait { _ in client.isClosed } && TestClient.status(client.text) == expected, "\(extra)")
      }
      // Whoever still sends when the connection is closed may find that out before the answer.
      let large = start + String(repeating: "a", count: 1_000_000) + "\r\n\r\n"
      if let answer = try? TestClient.exchange(large, port: server.port), !answer.isEmpty {
        #expect(TestClient.status(answer) == 431)
      }
      try expectServed(server)
      let target = "GET /\(String(repeating: "a", count: 3000)) HTTP/1.1\r\n\(Self.host)\r\n"
      #expect(TestClient.status(try TestClient.exchange(target, port: server.port)) == 431)
    }
  }

  @Test("a connection has so many requests, and the last answer says that it ends")
  func requests() throws {
    try withServer({ $0.requestsPerConnection = 5 }) { server, _ in
      let client = try TestClient(port: server.port)
      try client.send(String(repeating: Self.ask, count: 9))
      #expect(client.waitUntilClosed())
      let answers = client.text.components(separatedBy: "HTTP/1.1 200").dropFirst()
      #expect(answers.count == 5)
      #expect(answers.map { $0.contains("connection: close") } == [false, false, false, false, true])
    }
  }

  @Test("requests that wait behind an answer that nobody reads are neither read nor answered")
  func unread() throws {
    try withServer({ $0.portionBytes = 16_384 }) { server, state in
      state.withLock { $0.bytes = 1 << 20 }
      _ = try TestClient.get("/", port: server.port)
      let before = ResidentMemory.bytes
      let clients = try (0..<20).map { _ in try TestClient(port: server.port, reads: false) }
      defer { for client in clients { client.close() } }
      for client in clients {
        try client.send(String(repeating: "GET /report HTTP/1.1\r\n\(Self.host)\r\n", count: 100))
      }
      for _ in 0..<20 {
        try expectServed(server)
        usleep(10_000)
      }
      // One page that all share, and what the system's buffers hold, rather than a copy for each of 2,000 requests.
      #expect(ResidentMemory.bytes - before < 80 << 20)
      #expect(state.withLock { $0.files } == 0)
    }
  }

  @Test("an answer that is not read in its time ends its connection, and so does a follower's page")
  func slowReaders() throws {
    try withServer({
      $0.answerTime = .milliseconds(100)
      $0.behindTime = .milliseconds(100)
      $0.answerBytesPerSecond = 1 << 30
    }) { server, state in
      // More than the system's buffers hold, and made in a moment.
      state.withLock { $0.bytes = 16 << 20 }
      for path in ["/report", "/events"] {
        let client = try TestClient(port: server.port, reads: false)
        try client.send("GET \(path) HTTP/1.1\r\n\(Self.host)\r\n")
        // Another's answer comes when the page has been made and this answer has begun; one more after a pause, when the
        // server has looked for those that are late.
        for _ in 0..<3 {
          usleep(150_000)
          try expectServed(server)
        }
        #expect(client.waitUntilClosed(reading: true), "\(path)")
        #expect(client.text.utf8.count < 16 << 20)
        try expectServed(server)
      }
      // One that reads gets all of it.
      state.withLock { $0.bytes = 1 << 20 }
      #expect(try TestClient.get("/report", port: server.port).utf8.count > 1 << 20)
    }
  }

  @Test(
    "so many follow; one that does not read goes for a newcomer, and where all read, the newcomer is told to come back")
  func followers() throws {
    try withServer({ $0.followers = 3 }) { server, state in
      state.withLock { $0.bytes = 6 << 20 }
      func follow(reads: Bool) throws -> TestClient {
        let client = try TestClient(port: server.port, reads: reads)
        try client.send("GET /events HTTP/1.1\r\n\(Self.host)\r\n")
        return client
      }
      let deaf = try follow(reads: false)
      try expectServed(server)
      let readers = try (0..<2).map { _ in try follow(reads: true) }
      for reader in readers { #expect(reader.wait { $0.contains("</section>") }) }
      let third = try follow(reads: true)
      #expect(third.wait { $0.contains("</section>") })
      #expect(deaf.waitUntilClosed(reading: true))
      // Small pages from here on, so that nobody is behind for long.
      state.withLock {
        $0.bytes = 0
        $0.number = 1
      }
      for reader in readers + [third] { #expect(reader.wait { $0.contains("number 1") }) }
      let fourth = try follow(reads: true)
      #expect(fourth.waitUntilClosed())
      #expect(TestClient.status(fourth.text) == 503 && fourth.text.contains("retry-after: 5"))
      #expect(!(readers + [third]).contains { $0.isClosed })
      readers[0].close()
      // Its place is free as soon as the server knows.
      var status: Int?
      for _ in 0..<200 where status != 200 {
        let again = try follow(reads: true)
        #expect(again.wait { $0.contains("\r\n\r\n") })
        status = TestClient.status(again.text)
        again.close()
      }
      #expect(status == 200)
    }
  }

  @Test("a follower that leaves its page unread is sent no other meanwhile")
  func behind() throws {
    try withServer({ $0.followers = 3 }) { server, state in
      state.withLock { $0.bytes = 4 << 20 }
      let deaf = try TestClient(port: server.port, reads: false)
      try deaf.send("GET /events HTTP/1.1\r\n\(Self.host)\r\n")
      let reader = try TestClient(port: server.port)
      try reader.send("GET /events HTTP/1.1\r\n\(Self.host)\r\n")
      for number in 1...3 {
        state.withLock { $0.number = number }
        #expect(reader.wait { $0.contains("number \(number)") })
      }
      state.withLock { $0.bytes = 0 }
      deaf.startReading()
      #expect(deaf.wait { $0.contains("</section>") })
      state.withLock { $0.number = 9 }
      #expect(deaf.wait { $0.contains("number 9") })
      #expect(!deaf.text.contains("number 1<") || !deaf.text.contains("number 2<"))
    }
  }

  @Test("a request that comes faster than the pace of answers waits for its turn and is not refused")
  func pace() throws {
    try withServer({
      $0.portionsPerSecond = 200
      $0.portionsAtOnce = 1
    }) { server, _ in
      let client = try TestClient(port: server.port)
      try client.send(String(repeating: Self.ask, count: 60))
      #expect(client.wait { $0.components(separatedBy: "HTTP/1.1 200").count == 61 })
    }
  }

  @Test("with hundreds of connections of every bad kind, a newcomer is served, and nothing is kept of them")
  func crowd() throws {
    try withServer({
      $0 = LiveLimits()
      $0.portionsPerSecond = 10_000
      $0.arrivalsPerSecond = 10_000
    }) { server, state in
      state.withLock { $0.bytes = 400_000 }
      let kinds = [
        "", "GET / HT", Self.ask + "GET /report HTTP/1.1\r\n\(Self.host)\r\n", String(repeating: Self.ask, count: 800),
        "GET /events HTTP/1.1\r\n\(Self.host)\r\n",
      ]
      let before = ResidentMemory.bytes
      var crowd: [TestClient] = []
      for round in 0..<100 {
        for (number, kind) in kinds.enumerated() {
          let client = try TestClient(port: server.port, reads: number == 4 && round.isMultiple(of: 2))
          try? client.send(kind)
          crowd.append(client)
        }
        if round.isMultiple(of: 10) { #expect(try TestClient.get("/", port: server.port).contains("</html>")) }
      }
      #expect(try TestClient.get("/", port: server.port).contains("</html>"))
      #expect(ResidentMemory.bytes - before < 80 << 20)
      for client in crowd { client.close() }
      #expect(try TestClient.get("/", port: server.port).contains("</html>"))
    }
  }
}

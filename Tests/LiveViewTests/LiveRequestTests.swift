import Foundation
import LiveView
import NIOCore
import TestSupport
import Testing

@Suite("What is no request for the live view", .serialized)
struct LiveRequestTests {
  private static let host = "Host: 127.0.0.1\r\n"

  private func withServer(_ body: (LiveServer) throws -> Void) throws {
    var limits = LiveLimits()
    limits.connections = 300
    limits.connectionsPerAddress = 300
    limits.headTime = .milliseconds(500)
    limits.silentTime = .milliseconds(100)
    limits.restTime = .milliseconds(500)
    limits.sweepTime = .milliseconds(10)
    limits.portionsPerSecond = 100_000
    limits.arrivalsPerSecond = 100_000
    let server = try LiveServer(port: 0, limits: limits)
    defer { server.finish() }
    server.show { CountingSource(Locked(CountingSource.State())) }
    try body(server)
  }

  @Test("is answered with the status that says what it is, and its connection ends")
  func statuses() throws {
    let get = "GET / HTTP/1.1\r\n"
    let cases: [(bytes: String, status: Int)] = [
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), ("PRI * HTTP/1.0\r\n\r\nSM\r\n\r\n", 505),
      ("GET /\r\n", 505), ("GET / HTTP/0.9\r\n\r\n", 505),
      ("GET / HTTP/1.2\r\n\r\n", 505), ("GET / HTTP/3\r\n\r\n", 505), ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", 400),
      ("\u{0}\u{0}\u{0}\u{0}", 400), ("GET /\u{0} HTTP/1.1\r\n\(Self.host)\r\n", 400),
      ("\(get)Host: a\u{0}b\r\n\r\n", 400),
      ("nonsense\r\n\r\n", 400), ("GET  HTTP/1.1\r\n\r\n", 400), (" GET / HTTP/1.1\r\n\(Self.host)\r\n", 400),
      ("GET / HTTP/1.1 \r\n\(Self.host)\r\n", 400), ("\(get)\(Self.host) folded: x\r\n\r\n", 400),
      ("\(get)\(Self.host)no colon\r\n\r\n", 400), ("\(get)\(Self.host): none\r\n\r\n", 400),
      ("\(get)\(Self.host)\(Self.host)\r\n", 400), ("\(get)Host:\r\n\r\n", 403), ("\(get)\r\n", 400),
      ("BREW / HTTP/1.1\r\n\(Self.host)\r\n", 501), ("get / HTTP/1.1\r\n\(Self.host)\r\n", 501),
      ("GE%54 / HTTP/1.1\r\n\(Self.host)\r\n", 400), ("CONNECT evil.example:443 HTTP/1.1\r\n\(Self.host)\r\n", 405),
      ("TRACE / HTTP/1.1\r\n\(Self.host)\r\n", 405), ("GET http://evil.example/ HTTP/1.1\r\n\(Self.host)\r\n", 403),
      ("\(get)\(Self.host)Content-Length: 5\r\n\r\nhello", 413), ("\(get)\(Self.host)Content-Length: 5\r\n\r\n", 413),
      ("\(get)\(Self.host)Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 413),
      ("\(get)\(Self.host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
      ("\(get)\(Self.host)Content-Length: -1\r\n\r\n", 400),
      ("\(get)\(Self.host)Content-Length: 99999999999999999999\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\n\(Self.host)Expect: 100-continue\r\nContent-Length: 10\r\n\r\n", 413),
      ("\(get)\(Self.host)" + (0..<400).map { "X\($0): y\r\n" }.joined() + "\r\n", 431), ("GET / HTTP/1.1", 408),
      ("\(get)\(Self.host)", 408),
    ]
    try withServer { server in
      for (bytes, status) in cases {
        let answer = try TestClient.exchange(bytes, port: server.port)
        #expect(TestClient.status(answer) == status, "\(bytes.debugDescription.prefix(90)): \(answer.prefix(40))")
        #expect(
          answer.contains("connection: close\r\n") && answer.components(separatedBy: "content-length: ").count == 2)
        #expect(answer.contains("content-security-policy: default-src 'none'"), "\(bytes.debugDescription)")
      }
    }
  }

  @Test("but what a proxy, an upgrade or an old client writes is one")
  func others() throws {
    try withServer { server in
      for request in [
        "GET http://127.0.0.1:\(server.port)/live.js HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n",
        "GET HTTP://localhost/live.js?x=1 HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n",
        "GET /live.js HTTP/1.1\r\n\(Self.host)Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
        "\r\n\n\r\nGET /live.js HTTP/1.0\r\n\(Self.host)\r\n",
        "GET /live.js HTTP/1.1\r\n\(Self.host)Content-Length: 0\r\nConnection: close\r\n\r\n",
      ] {
        let answer = try TestClient.exchange(request, port: server.port)
        #expect(TestClient.status(answer) == 200 && answer.hasSuffix("})();\n"), "\(request): \(answer.prefix(90))")
      }
    }
  }

  @Test("thousands of requests that were mangled at random: each is answered or closed, and the next one is served")
  func mangled() throws {
    let seeds = [
      "GET / HTTP/1.1\r\n\(Self.host)\r\n", "HEAD /report HTTP/1.0\r\n\(Self.host)Accept: */*\r\n\r\n",
      "GET /events HTTP/1.1\r\n\(Self.host)Accept: text/event-stream\r\n\r\n",
      "POST /metrics HTTP/1.1\r\n\(Self.host)Content-Length: 3\r\n\r\nabc",
      "PUT / HTTP/1.1\r\n\(Self.host)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "GET /metrics.jsonl?token=x HTTP/1.1\r\n\(Self.host)Cookie: isotherm-1=y; a=b\r\nAuthorization: Bearer z\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\n\(Self.host)Upgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ].map { Array($0.utf8) }
    var generator = SeededGenerator(seed: 77)
    let known: Set<Int> = [200, 400, 403, 404, 405, 408, 413, 431, 501, 503, 505]
    try withServer { server in
      for _ in 0..<30 {
        let clients = try (0..<100).map { _ in
          let client = try TestClient(port: server.port)
          try? client.send(Self.mangle(seeds, using: &generator))
          return client
        }
        #expect(TestClient.status(try TestClient.get("/live.js", port: server.port)) == 200)
        // All have the same time: most that stay open are valid requests that rest, and go on to rest together.
        let end = Date().addingTimeInterval(0.7)
        for client in clients {
          _ = client.wait(seconds: end.timeIntervalSinceNow) { $0.contains("text/event-stream") || client.isClosed }
          if let status = TestClient.status(client.text) {
            #expect(known.contains(status), "\(client.text.prefix(200))")
          }
          client.close()
        }
      }
    }
  }

  /// Some of the seeds behind one another, with bytes changed, dropped, doubled, put in and cut off.
  private static func mangle(_ seeds: [[UInt8]], using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = (0..<Int.random(in: 1...3, using: &generator)).flatMap { _ in
      seeds[Int.random(in: 0..<seeds.count, using: &generator)]
    }
    let special: [UInt8] = [0, 9, 10, 13, 32, 34, 37, 47, 58, 63, 127, 128, 255]
    for _ in 0..<Int.random(in: 0...6, using: &generator) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[place] = special[Int.random(in: 0..<special.count, using: &generator)]
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(special[Int.random(in: 0..<special.count, using: &generator)], at: place)
      case 4:
        let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      default: bytes.removeLast(bytes.count - place)
      }
    }
    return bytes
  }
}

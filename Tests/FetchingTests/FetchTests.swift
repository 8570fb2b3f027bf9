import Checkpoints
import Datasets
import Foundation
import TestSupport
import Testing

import Fetching

@Suite(
  "Fetching from a server that misbehaves",
  .enabled(if: TestServer.python != nil, "python3 is not on the path, so there is no server to fetch from"))
struct FetchTests {
  private static let bytes = noise(300_001)

  /// A server with one file, and a folder to fetch into.
  private func withServer(_ body: (TestServer, URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let (served, target) = (folder.appendingPathComponent("served"), folder.appendingPathComponent("target"))
      try FileManager.default.createDirectory(at: served, withIntermediateDirectories: true)
      try Data(Self.bytes).write(to: served.appendingPathComponent("file"))
      try body(try TestServer(folder: served), target)
    }
  }

  private func file(_ server: TestServer, _ behaviours: String...) -> RemoteFile {
    .plain("file", Self.bytes, behaviours.map { server.address($0, "file") })
  }

  private func expectWhole(_ target: URL, _ fetch: TestFetch, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(fetch.error == nil, sourceLocation: sourceLocation)
    #expect(names(in: target) == ["file"], "\(fetch.remarks)", sourceLocation: sourceLocation)
    let found = (try? Data(contentsOf: target.appendingPathComponent("file"))).map(Array.init)
    #expect(found == Self.bytes, sourceLocation: sourceLocation)
  }

  @Test(
    "a sound answer, a redirect, one without a length, two refusals for now, connections that break or stall: the file",
    arguments: [
      "ok", "redirect", "chunked", "twice503", "truncate", "stall", "ignorerange", "refuserange", "otherrange",
    ])
  func arrives(_ behaviour: String) throws {
    try withServer { server, target in
      let fetch = TestFetch(file(server, behaviour, "ok"), into: target)
      expectWhole(target, fetch)
      // The second mirror is asked only where the first contradicts itself, or sends on to it.
      #expect(server.requests(to: "ok").isEmpty == !["ok", "redirect", "otherrange"].contains(behaviour))
      // What is there is not fetched again.
      let before = server.requests.count
      let again = TestFetch(file(server, behaviour), into: target)
      #expect(again.events.contains(.finished(file: "file", wasThere: true)) && server.requests.count == before)
    }
  }

  @Test(
    "corruption, refusals, a page in the file's place, a loop of redirects, a redirect to a local file: the next mirror",
    arguments: [
      "corrupt", "403", "404", "503", "page", "loop", "tofile", "reset", "shorter", "longer", "truncateall",
      "trickle",
    ])
  func nextMirror(_ behaviour: String) throws {
    try withServer { server, target in
      let fetch = TestFetch(file(server, behaviour, "ok"), into: target)
      expectWhole(target, fetch)
      #expect(fetch.remarks.contains { $0.contains("/\(behaviour)/") && $0.contains("next mirror") })
      let attempts = server.requests(to: behaviour).count
      switch behaviour {
      case "503", "reset", "truncateall", "shorter", "trickle": #expect(attempts >= 3, "\(attempts) attempts")
      case "loop": #expect(attempts == 11)
      default: #expect(attempts == 1, "\(attempts) attempts")
      }
    }
  }

  @Test("where every mirror fails, the error says what each did, and nothing half-written has the file's name")
  func allFail() throws {
    try withServer { server, target in
      let fetch = TestFetch(file(server, "404", "corrupt", "503"), into: target)
      #expect(fetch.error is DataError)
      for words in ["404", "SHA-256", "503, 3 times", "--mirror"] {
        #expect(fetch.message.contains(words), "\(fetch.message)")
      }
      #expect(!names(in: target).contains("file"))
    }
  }

  @Test("a part that is there is asked for the rest; one that is spoiled is fetched again from the beginning")
  func resumes() throws {
    try withServer { server, target in
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      let part = target.appendingPathComponent("file.part")
      try Data(Self.bytes[..<100_000]).write(to: part)
      expectWhole(target, TestFetch(file(server, "ok"), into: target))
      #expect(server.requests == [["ok", "file", "bytes=100000-"]])

      try FileManager.default.removeItem(at: target.appendingPathComponent("file"))
      try Data([1] + Self.bytes[1..<100_000]).write(to: part)
      let spoiled = TestFetch(file(server, "ok"), into: target)
      expectWhole(target, spoiled)
      #expect(server.requests.suffix(2).map { $0[2] } == ["bytes=100000-", "-"])
      #expect(spoiled.remarks.contains { $0.contains("from the beginning") })

      // A whole part needs no request at all, a longer one is none.
      try FileManager.default.moveItem(at: target.appendingPathComponent("file"), to: part)
      let before = server.requests.count
      expectWhole(target, TestFetch(file(server, "ok"), into: target))
      #expect(server.requests.count == before)
      try FileManager.default.removeItem(at: target.appendingPathComponent("file"))
      try Data(Self.bytes + [0]).write(to: part)
      expectWhole(target, TestFetch(file(server, "ok"), into: target))
    }
  }

  @Test("a damaged file in the folder is said and replaced")
  func damagedFile() throws {
    try withServer { server, target in
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      try Data(Self.bytes.reversed()).write(to: target.appendingPathComponent("file"))
      let fetch = TestFetch(file(server, "ok"), into: target)
      expectWhole(target, fetch)
      #expect(fetch.remarks.contains { $0.contains("fetched again") })
    }
  }

  @Test("a mirror of one's own comes first: an address, a folder, a file:// address, with or without the set's name")
  func ownMirror() throws {
    try withServer { server, target in
      let remote = file(server, "404")
      expectWhole(target, TestFetch(remote, into: target, mirrors: ["http://127.0.0.1:\(server.port)/ok"]))
      #expect(server.requests.map { $0[0] } == ["ok"])
      for mirror in [server.folder.path, server.folder.absoluteString] {
        try FileManager.default.removeItem(at: target)
        expectWhole(target, TestFetch(remote, into: target, mirrors: [mirror]))
      }
      let named = server.folder.appendingPathComponent("mnist")
      try FileManager.default.createDirectory(at: named, withIntermediateDirectories: true)
      try FileManager.default.moveItem(
        at: server.folder.appendingPathComponent("file"), to: named.appendingPathComponent("file"))
      try FileManager.default.removeItem(at: target)
      expectWhole(target, TestFetch(remote, into: target, mirrors: [server.folder.path]))
      #expect(server.requests.count == 1)
    }
  }

  @Test("nobody at the address, a name that no server has, an address that is none: said, and no trap")
  func unreachable() throws {
    try withTemporaryFolder { folder in
      let addresses = [
        "http://127.0.0.1:1/file", "http://nowhere.invalid/file", "gopher://x/file", "not an address", "",
      ]
      let fetch = TestFetch(.plain("file", Self.bytes, addresses), into: folder.appendingPathComponent("target"))
      #expect(fetch.error is DataError)
      for address in addresses { #expect(fetch.message.contains("    \(address): "), "\(fetch.message)") }
    }
  }

  @Test("two fetches at once into one folder: both end well, and the file came once")
  func together() throws {
    try withServer { server, target in
      let remote = file(server, "ok")
      let (left, right) = (Locked<TestFetch?>(nil), Locked<TestFetch?>(nil))
      DispatchQueue.concurrentPerform(iterations: 2) { index in
        let result = TestFetch(remote, into: target)
        (index == 0 ? left : right).withLock { $0 = result }
      }
      for result in [left, right] { expectWhole(target, try #require(result.withLock { $0 })) }
      #expect(server.requests.count == 1)
    }
  }

  @Test("a folder that cannot be made or written to is named")
  func folders() throws {
    try withServer { server, target in
      try Data().write(to: target)
      let inTheWay = TestFetch(file(server, "ok"), into: target)
      #expect(inTheWay.error is CheckpointError && inTheWay.message.contains(target.path), "\(inTheWay.message)")
      let below = TestFetch(file(server, "ok"), into: target.appendingPathComponent("deeper"))
      #expect(below.error is CheckpointError, "\(below.message)")
      let system = TestFetch(file(server, "ok"), into: URL(fileURLWithPath: "/proc/none"))
      #expect(system.error is CheckpointError && system.message.contains("--to"), "\(system.message)")
    }
  }
}

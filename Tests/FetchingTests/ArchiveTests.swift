import Checkpoints
import Datasets
import Foundation
import TestSupport
import Testing

import Fetching

@Suite(
  "Archives", .enabled(if: TestServer.python != nil, "python3 is not on the path, so there is nobody to write archives")
)
struct ArchiveTests {
  private let one = (0..<5).flatMap { _ in (0...255).map { UInt8($0) } }
  private let two = (0..<100_000).flatMap { _ in Array("two".utf8) }

  /// A folder with the archives of Server/archives.py.
  private func withArchives(_ body: (URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(TestServer.python))
      process.arguments = [try TestServer.script("archives.py"), folder.path]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      try body(folder)
    }
  }

  private func remote(_ name: String, in folder: URL, digest: String? = nil) throws -> RemoteFile {
    let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    let members = [
      RemoteFile.Member(path: "data/one.bin", byteCount: one.count, sha256: digest ?? SHA256Digest.hex(of: one)),
      RemoteFile.Member(path: "data/two.bin", byteCount: two.count),
    ]
    return RemoteFile(
      name: name, addresses: [], byteCount: bytes.count, sha256: SHA256Digest.hex(of: bytes),
      content: .archive(name.hasSuffix("zip") ? .zip : .tarGzip, members: members))
  }

  @Test(
    "members are unpacked, nothing reaches another folder, and the archive is removed",
    arguments: ["good.tar.gz", "hostile.tar.gz", "good.zip"])
  func unpacks(_ name: String) throws {
    try withArchives { folder in
      let target = folder.appendingPathComponent("target")
      let fetch = TestFetch(try remote(name, in: folder), into: target, mirrors: [folder.path])
      #expect(fetch.error == nil, "\(fetch.message)")
      #expect(names(in: target) == ["one.bin", "two.bin"])
      #expect(Array(try Data(contentsOf: target.appendingPathComponent("one.bin"))) == one)
      #expect(Array(try Data(contentsOf: target.appendingPathComponent("two.bin"))) == two)
      #expect(!names(in: folder).contains("outside.bin"))
      // Both are there: the archive is not wanted again.
      let again = TestFetch(try remote(name, in: folder), into: target)
      #expect(again.error == nil && again.events.last == .finished(file: name, wasThere: true))
    }
  }

  @Test("an archive that lacks a member, or has another one, is refused by name, with no part of a file left")
  func refuses() throws {
    try withArchives { folder in
      let target = folder.appendingPathComponent("target")
      let lacking = TestFetch(try remote("lacking.tar.gz", in: folder), into: target, mirrors: [folder.path])
      #expect(lacking.error is DataError && lacking.message.contains("data/two.bin"), "\(lacking.message)")
      let damaged = TestFetch(try remote("damaged.zip", in: folder), into: target, mirrors: [folder.path])
      #expect(damaged.error is DataError && damaged.message.contains("data/two.bin"), "\(damaged.message)")
      let other = TestFetch(
        try remote("good.tar.gz", in: folder, digest: String(repeating: "0", count: 64)),
        into: folder.appendingPathComponent("other"), mirrors: [folder.path])
      #expect(other.error is DataError && other.message.contains("data/one.bin"), "\(other.message)")
      for name in names(in: target) + names(in: folder.appendingPathComponent("other")) {
        #expect(["lacking.tar.gz", "damaged.zip", "good.tar.gz", "one.bin"].contains(name), "\(name)")
      }
    }
  }

  @Test("every cut of an archive, and every kind of wrong header, is an error and no trap")
  func damage() throws {
    try withArchives { folder in
      let members = [RemoteFile.Member(path: "data/one.bin"), RemoteFile.Member(path: "data/two.bin")]
      let good = Array(try Data(contentsOf: folder.appendingPathComponent("good.tar.gz")))
      let path = folder.appendingPathComponent("cut.tar.gz").path
      let target = folder.appendingPathComponent("target")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      for length in [0, 1, 10, 100, good.count / 2] {
        try Data(good[..<length]).write(to: URL(fileURLWithPath: path))
        #expect(throws: DataError.self) { try TarArchive(path: path).unpack(members, into: target.path) { _ in } }
        #expect(throws: DataError.self) { try ZipArchive(path: path).unpack(members, into: target.path) { _ in } }
      }
      try Data(noise(5000)).write(to: URL(fileURLWithPath: path))
      #expect(throws: DataError.self) { try TarArchive(path: path).unpack(members, into: target.path) { _ in } }
    }
  }
}

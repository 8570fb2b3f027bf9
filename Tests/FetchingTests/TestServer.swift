import Checkpoints
import Datasets
import Foundation
import Testing

import Fetching

/// Server/server.py with a folder of files, and what tests ask of a fetch.
final class TestServer {
  /// The files that it serves.
  let folder: URL
  let port: Int
  private let process: Process
  private let input = Pipe()

  /// Where Python is; without it these tests are skipped.
  static let python: String? = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":")
    .map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  static func script(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Server", withExtension: nil)).appendingPathComponent(name).path
  }

  init(folder: URL) throws {
    self.folder = folder
    process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = [try Self.script("server.py"), folder.path]
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  func address(_ behaviour: String, _ name: String) -> String { "http://127.0.0.1:\(port)/\(behaviour)/\(name)" }

  /// Requests so far: behaviour, name, range.
  var requests: [[String]] {
    let text = (try? String(contentsOf: folder.appendingPathComponent("requests"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
  }

  func requests(to behaviour: String) -> [[String]] { requests.filter { $0[0] == behaviour } }
}

extension RemoteFile {
  /// A file of these bytes at these addresses.
  static func plain(_ name: String, _ bytes: [UInt8], _ addresses: [String]) -> RemoteFile {
    RemoteFile(
      name: name, addresses: addresses, byteCount: bytes.count, sha256: SHA256Digest.hex(of: bytes),
      content: .gzip(byteCount: bytes.count, sha256: nil))
  }
}

extension FetchSettings {
  /// Hasty ones.
  static var test: FetchSettings {
    var settings = FetchSettings()
    settings.attempts = 3
    settings.pauseSeconds = 0.01
    settings.mostPauseSeconds = 0.05
    settings.connectSeconds = 2
    settings.stallSeconds = 1
    return settings
  }
}

/// A fetch of one file into a folder, and what it told.
struct TestFetch {
  var events: [FetchEvent] = []
  var error: (any Error)?

  init(_ file: RemoteFile, into folder: URL, mirrors: [String] = []) {
    var events: [FetchEvent] = []
    do {
      try Fetch(
        Fetchable(MNISTSource.self, about: "", files: [file]), into: folder.path, mirrors: mirrors, settings: .test,
        report: { events.append($0) }
      ).run()
    } catch {
      self.error = error
    }
    self.events = events
  }

  var remarks: [String] {
    events.compactMap { if case .remark(let text) = $0 { text } else { nil } }
  }
  var message: String { error.map { "\($0)" } ?? "" }
}

/// Names in a folder, in order.
func names(in folder: URL) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
}

/// Bytes that no compression makes small, the same ones every time.
func noise(_ count: Int) -> [UInt8] {
  var word: UInt64 = 0x9E37_79B9_7F4A_7C15
  return (0..<count).map { _ in
    word ^= word << 13
    word ^= word >> 7
    word ^= word << 17
    return UInt8(truncatingIfNeeded: word >> 32)
  }
}

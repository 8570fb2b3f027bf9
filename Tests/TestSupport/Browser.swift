import Dispatch
import Foundation
import Testing

/// A browser without a window, where one is installed.
public enum Browser {
  /// Its program; `nil` where none is installed.
  public static let path = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].lazy
    .flatMap { name in ["/usr/bin/", "/usr/local/bin/"].map { $0 + name } }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// What it printed: the page on standard output, its console on standard error.
  public struct Result {
    public var output: String
    public var errors: String
    public var status: Int32
  }

  /// Runs the browser with the arguments on a page; it gets a profile of its own and is stopped after a minute.
  public static func run(_ arguments: [String], page: URL, in folder: URL) throws -> Result {
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("errors"))
    for url in [output, errors] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(path, "no browser is installed"))
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--hide-scrollbars", "--user-data-dir=\(folder.appendingPathComponent("profile").path)",
        "--enable-logging=stderr", "--log-level=0",
      ] + arguments + [page.absoluteString]
    // Files rather than pipes: a full pipe would stop the browser.
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let killer = DispatchWorkItem { process.terminate() }
    DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: killer)
    process.waitUntilExit()
    killer.cancel()
    return Result(
      output: try String(contentsOf: output, encoding: .utf8), errors: try String(contentsOf: errors, encoding: .utf8),
      status: process.terminationStatus)
  }
}

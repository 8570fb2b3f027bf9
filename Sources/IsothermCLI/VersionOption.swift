import Coordinator
import JSON
import Records
import ArgumentParser

/// `--version --json`, in either order: what this build is made of. `--version` alone is the argument parser's own.
enum VersionOption {
  /// Whether it was asked for.
  static func isAsked(_ arguments: [String]) -> Bool {
    arguments.count == 2 && Set(arguments) == ["--version", "--json"]
  }

  /// Prints the answer.
  static func run() { printResult(JSONText.pretty(VersionRecord.current(parts: parts))) }

  /// Optional parts of the package: its traits.
  private static var parts: [String: Bool] {
    #if LiveView
      ["liveView": true]
    #else
      ["liveView": false]
    #endif
  }
}

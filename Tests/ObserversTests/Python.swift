import Foundation
import TestSupport
import Testing

/// The scripts beside these tests, which read what the observers write.
enum Python {
  /// What a script prints.
  static func output(_ script: String, _ arguments: String...) throws -> Data {
    let folder = try #require(Bundle.module.url(forResource: "Python", withExtension: nil))
    let run = try Program.run(
      "/bin/sh", "-c", "exec \"$0\" \"$@\" \(arguments.map(quoted).joined(separator: " "))", Program.python,
      folder.appendingPathComponent(script).path)
    try #require(run.status == 0, "\(run.errors)")
    return Data(run.output.utf8)
  }

  /// What a script prints, as JSON.
  static func json(_ script: String, _ argument: String) throws -> Any {
    try JSONSerialization.jsonObject(with: try output(script, argument))
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}

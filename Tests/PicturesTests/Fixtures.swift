import Foundation
import Pictures
import Testing

/// The pictures of `make_fixtures.py`, and what they must become.
struct Golden: Decodable {
  var height: Int
  var width: Int
  var channels: Int
  var bytes: Data

  var picture: Picture { Picture(height: height, width: width, channels: channels, bytes: Array(bytes)) }

  /// All of them, by name.
  static let all: [String: Golden] = {
    let text = (try? Data(contentsOf: folder.appendingPathComponent("golden.json"))) ?? Data()
    return (try? JSONDecoder().decode([String: Golden].self, from: text)) ?? [:]
  }()

  static let folder = Bundle.module.resourceURL!.appendingPathComponent("Fixtures")

  /// The names of files that must be decoded.
  static let files = all.keys.filter { !$0.contains(" ") }.sorted()

  static func file(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }
}

/// Expects two pictures of one geometry, no byte of which differs by more than `levels`.
func expectAlike(
  _ one: Picture, _ other: Picture, levels: Int, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  guard (one.height, one.width, one.channels) == (other.height, other.width, other.channels) else {
    Issue.record(
      """
      \(name): \(one.height) × \(one.width) × \(one.channels), expected \(other.height) × \(other.width) × \
      \(other.channels)
      """, sourceLocation: sourceLocation)
    return
  }
  let difference = zip(one.bytes, other.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
  #expect(difference <= levels, "\(name) differs by \(difference)", sourceLocation: sourceLocation)
}

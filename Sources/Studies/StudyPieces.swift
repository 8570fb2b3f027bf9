import Checkpoints
import Coordinator
import Foundation
import JSON

/// What a long study has measured so far, each piece in a file of its own in the study's directory: whoever stops it, or kills
/// it, loses at most the pieces that were under way.
///
/// Pieces are there until the study is over. A file's first line is the digest of the rest; one that is damaged counts as not
/// measured.
package struct StudyPieces: Sendable {
  /// The folder's name in the study's directory.
  package static let folderName = "pieces"
  private static let suffix = ".json"

  private let study: StudyFolder
  private var folder: String { study.path + "/" + Self.folderName }

  /// The pieces of a study, none at first.
  ///
  /// - Throws: `CheckpointError` if the folder cannot be made.
  package init(of study: StudyFolder) throws {
    self.study = study
    try NewFolder.makeFolder(folder)
    AtomicFile.removeStale(in: folder)
  }

  /// The piece of a name, if it was measured.
  package static func read<Piece: Decodable>(_ type: Piece.Type, _ name: String, ofStudyIn path: String) -> Piece? {
    guard let data = FileManager.default.contents(atPath: "\(path)/\(folderName)/\(name)\(suffix)") else { return nil }
    let parts = data.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
    guard parts.count == 2, SHA256Digest.hex(of: [UInt8](parts[1])) == String(decoding: parts[0], as: UTF8.self) else {
      return nil
    }
    return try? JSONText.state(type, from: String(decoding: parts[1], as: UTF8.self))
  }

  /// The piece of a name, if it was measured.
  package func read<Piece: Decodable>(_ type: Piece.Type, _ name: String) -> Piece? {
    Self.read(type, name, ofStudyIn: study.path)
  }

  /// Keeps a piece; safe from several threads for different names.
  ///
  /// - Throws: `CheckpointError` if it cannot be written, or the study's directory is not where it was.
  package func write(_ piece: some Encodable, _ name: String) throws {
    try study.requirePlace()
    let text = JSONText.state(piece)
    try AtomicFile.write(
      SHA256Digest.hex(of: Array(text.utf8)) + "\n" + text, to: "\(folder)/\(name)\(Self.suffix)")
  }

  /// Removes all pieces, that of this name first: without it none of the others counts.
  package func remove(first name: String) throws {
    try study.requirePlace()
    unlink("\(folder)/\(name)\(Self.suffix)")
    try AtomicFile.synchronize(folder: folder)
    try? FileManager.default.removeItem(atPath: folder)
  }
}

/// Numbers in a piece: the bits of each, whatever it is, in base64, which is a fifth of the work and a third of the length of
/// digits.
struct PackedNumbers: Codable, Sendable, Equatable {
  var values: [Double]

  init(_ values: [Double]) { self.values = values }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let bytes = [UInt8](try container.decode(Data.self))
    guard bytes.count.isMultiple(of: 8) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(bytes.count) bytes")
    }
    values = stride(from: 0, to: bytes.count, by: 8).map { first in
      Double(bitPattern: (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[first + $1]) << (8 * UInt64($1)) })
    }
  }

  func encode(to encoder: any Encoder) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 * values.count)
    for value in values {
      for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64(place)))) }
    }
    var container = encoder.singleValueContainer()
    try container.encode(Data(bytes))
  }
}

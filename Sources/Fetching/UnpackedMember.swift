import Checkpoints
import Datasets

/// Puts one file of an archive into a folder: whole and verified, or not at all.
enum UnpackedMember {
  /// Writes what `body` hands over, at most the known length of it, and compares length and digest before the file gets
  /// its name.
  static func write(
    _ member: RemoteFile.Member, from archive: String, to folder: String, byteCount: Int,
    _ body: (_ output: ([UInt8]) throws -> Void) throws -> Void
  ) throws {
    if let expected = member.byteCount, byteCount != expected {
      throw DataError(
        file: archive, found: "\(member.path) of \(byteCount) bytes", allowed: "\(expected) bytes",
        remedy: "fetch it again")
    }
    let hasher = SHA256Hasher()
    var failure: (any Error)?
    do {
      try AtomicFile.write(to: folder + "/" + member.name) { output throws(CheckpointError) in
        do {
          try body { bytes in
            hasher.update(bytes)
            try output.append(bytes)
          }
          let digest = hasher.hex()
          guard member.sha256 == nil || member.sha256 == digest else {
            throw DataError(
              file: archive, found: "\(member.path) with the SHA-256 \(digest)", allowed: member.sha256 ?? "",
              remedy: "fetch it again")
          }
        } catch {
          failure = error
          throw CheckpointError(path: archive, found: "cannot be unpacked", remedy: "Fetch it again")
        }
      }
    } catch {
      throw failure ?? error
    }
  }

  /// The archive lacks a file.
  static func missing(_ member: RemoteFile.Member, in archive: String) -> DataError {
    DataError(
      file: archive, found: "there is no \(member.path) in it", allowed: "the archive as its makers publish it",
      remedy: "fetch it again")
  }
}

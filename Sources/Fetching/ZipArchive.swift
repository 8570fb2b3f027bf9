import CZip
import Checkpoints
import Datasets

/// A zip archive, read through libzip.
package final class ZipArchive {
  let path: String
  private let archive: OpaquePointer

  package init(path: String) throws(DataError) {
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
      throw DataError(
        file: path, found: "is not a zip archive (libzip error \(code))", allowed: "a sound zip archive",
        remedy: "fetch it again")
    }
    self.path = path
    self.archive = archive
  }

  deinit { zip_discard(archive) }

  /// Writes members into a folder, each whole or not at all, under the last part of its name. libzip compares each one's
  /// CRC-32.
  package func unpack(_ members: [RemoteFile.Member], into folder: String, _ progress: (Int) throws -> Void) throws {
    var done = 0
    for member in members {
      var status = zip_stat_t()
      guard zip_stat(archive, member.path, 0, &status) == 0, let byteCount = Int(exactly: status.size) else {
        throw UnpackedMember.missing(member, in: path)
      }
      let stored = Int(clamping: status.comp_size)
      guard byteCount <= UnpackingLimit.mostBytes(stored: stored) else {
        throw UnpackingLimit.error(file: "\(path): \(member.path)", stored: stored, isMember: true)
      }
      try UnpackedMember.write(member, from: path, to: folder, byteCount: byteCount) { output in
        try read(member, byteCount) { bytes in
          try output(bytes)
          done += bytes.count
          try progress(done)
        }
      }
    }
  }

  private func read(_ member: RemoteFile.Member, _ byteCount: Int, _ use: ([UInt8]) throws -> Void) throws {
    guard let file = zip_fopen(archive, member.path, 0) else { throw damaged(member) }
    defer { zip_fclose(file) }
    var total = 0
    while true {
      var bytes = [UInt8](repeating: 0, count: 1 << 18)
      let got = Int(zip_fread(file, &bytes, UInt64(bytes.count)))
      guard got >= 0, total + got <= byteCount else { throw damaged(member) }
      if got == 0 { break }
      bytes.removeLast(bytes.count - got)
      total += got
      try use(bytes)
    }
    guard total == byteCount else { throw damaged(member) }
  }

  private func damaged(_ member: RemoteFile.Member) -> DataError {
    DataError(
      file: path, found: "\(member.path) in it is damaged", allowed: "a sound zip archive", remedy: "fetch it again")
  }
}

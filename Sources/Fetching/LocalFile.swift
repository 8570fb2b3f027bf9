import Checkpoints
import Foundation

/// Files of a data set that are in a folder already.
enum LocalFile {
  /// The path of a file that is there: under its name, or without `.gz`, in the folder or in one of its subfolders.
  static func find(_ name: String, in folder: String, subfolders: [String]) -> String? {
    var names = [name]
    if name.hasSuffix(".gz") { names.append(String(name.dropLast(3))) }
    for place in [folder] + subfolders.map({ folder + "/" + $0 }) {
      for name in names {
        let path = place + "/" + name
        if let bytes = byteCount(path), bytes > 0 { return path }
      }
    }
    return nil
  }

  /// The length of a regular file; `nil` where there is none.
  static func byteCount(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// The SHA-256 of a file's bytes.
  static func digest(of path: String) throws -> String {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let hasher = SHA256Hasher()
    while let data = try file.read(upToCount: 1 << 20), !data.isEmpty { hasher.update(Array(data)) }
    return hasher.hex()
  }

  /// The SHA-256 of what a gzip file unpacks to, or of a plain file's bytes; `nil` where it is damaged or longer than
  /// `limit`.
  static func contentDigest(of path: String, limit: Int) -> String? {
    guard let file = GzipFile(path: path) else { return nil }
    let hasher = SHA256Hasher()
    var total = 0
    while let bytes = try? file.read(upTo: 1 << 18) {
      if bytes.isEmpty { return hasher.hex() }
      total += bytes.count
      guard total <= limit else { return nil }
      hasher.update(bytes)
    }
    return nil
  }

  /// Whether what lies at `path` is the remote file, or what is kept of it.
  static func isSound(_ path: String, _ file: RemoteFile) -> Bool {
    switch file.content {
    case .gzip(let contentBytes, let sha256):
      if byteCount(path) == file.byteCount, (try? digest(of: path)) == file.sha256 { return true }
      guard let sha256 else { return false }
      return contentDigest(of: path, limit: contentBytes) == sha256
    case .archive:
      return byteCount(path) == file.byteCount && (try? digest(of: path)) == file.sha256
    }
  }

  /// Whether what lies at `path` is the archive's member.
  static func isSound(_ path: String, _ member: RemoteFile.Member) -> Bool {
    guard let bytes = byteCount(path), bytes > 0, member.byteCount.map({ $0 == bytes }) ?? true else { return false }
    return member.sha256.map { $0 == (try? digest(of: path)) } ?? true
  }
}

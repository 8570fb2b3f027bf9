import Foundation
import Pictures

/// A picture's file: its bytes, and what is said where they are no picture.
enum PictureFile {
  /// No picture is larger; a file that is would fill the memory before it is looked at.
  private static let mostBytes = 1 << 30

  /// The whole file.
  static func bytes(of path: String) throws(DataError) -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw unreadable(path) }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0 else { throw unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) <= mostBytes else {
      let isFile = status.st_mode & S_IFMT == S_IFREG
      throw DataError(
        file: path, found: isFile ? "a file of \(grouped(Int(status.st_size))) bytes" : "is not a regular file",
        allowed: "a picture's file of at most 1 GiB", remedy: "name a picture")
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = fread(&bytes, 1, bytes.count, file)
    guard count == bytes.count || ferror(file) == 0 else { throw unreadable(path) }
    // A file that has become shorter is looked at as it is now.
    return count == bytes.count ? bytes : Array(bytes.prefix(count))
  }

  private static func unreadable(_ path: String) -> DataError {
    DataError(
      file: path, found: "cannot be read: \(String(cString: strerror(errno)))", allowed: "a picture that can be read",
      remedy: "check the path and its permissions")
  }

  /// The refusal of a file that is no picture.
  static func refusal(of path: String, _ error: PictureError) -> DataError {
    DataError(
      file: path, found: "\(error)", allowed: "a JPEG, PNG or WebP picture",
      remedy: "replace or remove the file; data.onBadSample \"skip\" trains without such files and counts them")
  }
}

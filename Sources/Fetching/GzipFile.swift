import CZlib
import Datasets

/// Reads a file through zlib from front to back, plain or gzip.
final class GzipFile {
  private let path: String
  private let file: gzFile
  private let storedBytes: Int
  /// Bytes read so far, unpacked.
  private var position = 0

  /// `nil` where the file cannot be opened.
  init?(path: String) {
    guard let file = gzopen(path, "rb") else { return nil }
    _ = gzbuffer(file, 1 << 18)
    self.path = path
    self.file = file
    storedBytes = PartialFile.byteCount(path)
  }

  deinit { gzclose(file) }

  /// The next bytes, at most so many; none at the end.
  func read(upTo count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = Int(gzread(file, &bytes, UInt32(count)))
    var code: Int32 = 0
    if got < count { _ = gzerror(file, &code) }
    guard got >= 0, code == Z_OK || code == Z_STREAM_END else {
      throw DataError(
        file: path, found: "the gzip stream is damaged or breaks off", allowed: "a sound gzip file",
        remedy: "fetch it again")
    }
    if got < count { bytes.removeLast(count - got) }
    position += got
    // An archive of other files than the known ones could be passed over for hours.
    guard gzdirect(file) == 1 || position <= UnpackingLimit.mostBytes(stored: storedBytes) else {
      throw UnpackingLimit.error(file: path, stored: storedBytes)
    }
    return bytes
  }

  /// Exactly so many bytes; fewer are an error.
  func read(exactly count: Int) throws(DataError) -> [UInt8] {
    let bytes = try read(upTo: count)
    guard bytes.count == count else {
      throw DataError(
        file: path, found: "the archive ends inside a file", allowed: "a whole archive", remedy: "fetch it again")
    }
    return bytes
  }
}

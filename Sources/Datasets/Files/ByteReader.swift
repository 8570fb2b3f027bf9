import CZlib
import Foundation

/// Reads a file from front to back, plain or gzip (told apart by content, not by name), in bounded memory.
///
/// A gzip stream that is cut off, altered or fails its checksum is an error at the place where that shows.
final class ByteReader {
  /// The file as the user named it.
  let path: String
  /// Size of the file on disk.
  let storedBytes: Int
  /// Bytes read so far, after decompression.
  private(set) var position = 0
  private let file: gzFile
  private let progress: (LoadingProgress) -> Void
  /// Large enough that a call costs nothing, small enough for the second-level cache.
  static let chunkBytes = 1 << 18

  /// Opens the file; `progress` hears of every chunk.
  init(path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) {
    self.path = path
    self.progress = progress
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      throw DataError(
        file: path, found: "cannot be opened: \(reason)", allowed: "a file that can be read",
        remedy: DataError.checkPath(path))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw DataError(
        file: path, found: isFolder ? "is a folder" : "is no regular file", allowed: "a file, plain or gzip",
        remedy: "name the file itself")
    }
    storedBytes = Int(status.st_size)
    guard storedBytes > 0 else {
      throw DataError(
        file: path, found: "the file is empty", allowed: "a file with data", remedy: DataError.copyAgain)
    }
    guard let opened = gzopen(path, "rb") else {
      throw DataError(
        file: path, found: "cannot be opened: \(String(cString: strerror(errno)))", allowed: "a file that can be read",
        remedy: "check the permissions of the file")
    }
    file = opened
    _ = gzbuffer(file, UInt32(Self.chunkBytes))
  }

  deinit { gzclose(file) }

  /// The most bytes that the file can unpack to: deflate cannot shrink data more than 1032 times.
  ///
  /// A plain file reports the same generous bound until its size is compared exactly.
  var plausibleBytes: Int {
    gzdirect(file) == 1 ? storedBytes : storedBytes.multipliedReportingOverflow(by: 1032).partialValue
  }

  /// The next `count` bytes, fewer only at the end of the file.
  func read(upTo count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    errno = 0
    let got = Int(gzread(file, &bytes, UInt32(count)))
    if got < count { try requireHealthy() }
    if got < count { bytes.removeLast(count - max(0, got)) }
    position += bytes.count
    progress(LoadingProgress(file: path, fraction: min(1, Double(gzoffset(file)) / Double(storedBytes))))
    return bytes
  }

  /// The next `count` bytes; `part` says what they are when the file ends before them.
  func read(exactly count: Int, part: String) throws(DataError) -> [UInt8] {
    let bytes = try read(upTo: count)
    guard bytes.count == count else {
      throw DataError(
        file: path, found: "the file ends at byte \(position), inside \(part)",
        allowed: "at least \(position - bytes.count + count) bytes", remedy: DataError.copyAgain)
    }
    return bytes
  }

  /// Calls `body` with the next `count` bytes in chunks of a multiple of `unit` bytes, and requires that the file ends
  /// after them. `part` names what they are.
  func readToEnd(
    count: Int, unit: Int, part: String, _ body: (_ chunk: [UInt8], _ offset: Int) throws(DataError) -> Void
  ) throws(DataError) {
    let chunkBytes = max(1, Self.chunkBytes / unit) * unit
    let start = position
    while position - start < count {
      let offset = position - start
      let chunk = try read(upTo: min(chunkBytes, count - offset))
      guard chunk.count == min(chunkBytes, count - offset) else {
        throw DataError(
          file: path, found: "the file ends after \(grouped(position - start)) bytes of \(part)",
          allowed: "\(grouped(count)) bytes, as its header says", remedy: DataError.copyAgain)
      }
      try body(chunk, offset)
    }
    // Reading past the end also makes zlib compare the checksum.
    guard try read(upTo: 1).isEmpty else {
      throw DataError(
        file: path, found: "the file goes on after the \(grouped(count)) bytes of \(part)",
        allowed: "nothing behind what the header announces", remedy: DataError.copyAgain)
    }
  }

  /// Refuses a header whose array the file cannot hold, before any memory is taken.
  func requirePlausible(_ array: MemoryDemand) throws(DataError) {
    guard let bytes = array.bytes, bytes <= plausibleBytes else {
      throw DataError(
        file: path,
        found: "the header announces \(array.shape) elements of \(array.elementBytes * 8) bits, "
          + "the file has \(grouped(storedBytes)) bytes",
        allowed: "a header that fits the file's size", remedy: DataError.copyAgain)
    }
  }

  private func requireHealthy() throws(DataError) {
    var code: Int32 = 0
    let text = gzerror(file, &code)
    switch code {
    case Z_OK, Z_STREAM_END: return
    case Z_BUF_ERROR:
      throw DataError(
        file: path, found: "the gzip stream breaks off after \(grouped(position)) unpacked bytes",
        allowed: "a complete gzip file", remedy: DataError.copyAgain)
    case Z_ERRNO:
      throw DataError(
        file: path, found: "cannot be read: \(String(cString: strerror(errno)))", allowed: "a file that can be read",
        remedy: "check the disk and the permissions of the file")
    default:
      let reason = text.map { String(cString: $0) } ?? "error \(code)"
      throw DataError(
        file: path, found: "the gzip stream is damaged (\(reason))", allowed: "a sound gzip file",
        remedy: DataError.copyAgain)
    }
  }
}

/// A number with commas between groups of three digits.
func grouped(_ number: Int) -> String {
  let digits = String(number.magnitude)
  var text = number < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
    text.append(digit)
  }
  return text
}

import CZlib
import Foundation
import Kernels

/// Bytes from front to back, of whatever holds them: what a ``ByteReader`` reads.
protocol ByteStream: AnyObject {
  /// The most bytes that can follow from the start, after decompression.
  var plausibleBytes: Int { get }
  /// The most bytes that it may unpack to; see ``UnpackingLimit``.
  var mostBytes: Int { get }
  /// The part that has been read, 0…1.
  var fraction: Double { get }
  /// Where the bytes lie in a file as they are; `nil` for those that are packed.
  var place: FilePlace? { get }

  /// Fills `bytes` from the front, completely unless the end comes first.
  ///
  /// - Parameter position: how many bytes have been read before, for messages.
  /// - Returns: how many were read.
  /// - Throws: where the stream breaks off, is damaged or fails its checksum.
  func read(into bytes: inout [UInt8], position: Int) throws(DataError) -> Int
}

/// Where a run of bytes lies in a file, as they are.
struct FilePlace: Equatable {
  /// The file.
  let path: String
  /// Its first byte.
  var offset: Int
  /// How many there are.
  var count: Int
}

/// The bytes of a file, unpacked if it is a gzip file: told apart by content, not by name.
final class GzipStream: ByteStream {
  private let path: String
  private let storedBytes: Int
  private let file: gzFile

  /// Opens a regular file of `storedBytes` bytes.
  init(path: String, storedBytes: Int) throws(DataError) {
    self.path = path
    self.storedBytes = storedBytes
    guard let opened = gzopen(path, "rb") else {
      throw DataError(
        file: path, found: "cannot be opened: \(String(cString: strerror(errno)))", allowed: "a file that can be read",
        remedy: "check the permissions of the file")
    }
    file = opened
    _ = gzbuffer(file, UInt32(ByteReader.chunkBytes))
  }

  deinit { gzclose(file) }

  /// Deflate cannot shrink data more than 1032 times.
  var plausibleBytes: Int {
    gzdirect(file) == 1 ? storedBytes : Int.saturatingProduct(storedBytes, 1032)
  }

  var mostBytes: Int { gzdirect(file) == 0 ? UnpackingLimit.mostBytes(stored: storedBytes) : .max }

  var fraction: Double { min(1, Double(gzoffset(file)) / Double(max(1, storedBytes))) }

  var place: FilePlace? {
    gzdirect(file) == 1 ? FilePlace(path: path, offset: 0, count: storedBytes) : nil
  }

  func read(into bytes: inout [UInt8], position: Int) throws(DataError) -> Int {
    errno = 0
    let got = Int(gzread(file, &bytes, UInt32(bytes.count)))
    if got < bytes.count { try requireHealthy(position: position + max(0, got)) }
    guard position + max(0, got) <= mostBytes else { throw UnpackingLimit.error(file: path, stored: storedBytes) }
    return max(0, got)
  }

  private func requireHealthy(position: Int) throws(DataError) {
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

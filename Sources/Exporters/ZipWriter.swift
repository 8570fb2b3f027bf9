import CZip
import Checkpoints
import Foundation

/// Makes a ZIP archive in memory, by libzip.
enum ZipWriter {
  /// The bytes of an archive whose entries are stored, not deflated.
  ///
  /// - Parameter path: where the archive shall lie, for errors.
  static func archive(
    _ entries: [(name: String, bytes: [UInt8])], for path: String
  ) throws(CheckpointError) -> [UInt8] {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    func failure(_ reason: UnsafePointer<CChar>?) -> CheckpointError {
      CheckpointError(
        path: path, found: "the archive cannot be made: \(reason.map { String(cString: $0) } ?? "no reason is given")",
        remedy: "Free memory, or export safetensors")
    }
    guard let source = zip_source_buffer_create(nil, 0, 0, &error) else { throw failure(zip_error_strerror(&error)) }
    // The archive takes one reference and gives it up at its end; this one keeps the bytes until they are read.
    zip_source_keep(source)
    defer { zip_source_free(source) }
    guard let archive = zip_open_from_source(source, ZIP_TRUNCATE, &error) else {
      zip_source_free(source)
      throw failure(zip_error_strerror(&error))
    }
    for entry in entries where !add(entry.bytes, as: entry.name, to: archive) {
      let error = failure(zip_strerror(archive))
      zip_discard(archive)
      throw error
    }
    guard zip_close(archive) == 0 else {
      let error = failure(zip_strerror(archive))
      zip_discard(archive)
      throw error
    }
    guard let bytes = bytes(of: source) else { throw failure(zip_error_strerror(zip_source_error(source))) }
    return bytes
  }

  /// Adds an entry, of whose bytes libzip gets a copy of its own.
  private static func add(_ bytes: [UInt8], as name: String, to archive: OpaquePointer) -> Bool {
    guard let copy = malloc(max(1, bytes.count)) else { return false }
    bytes.withUnsafeBytes { copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: bytes.count) }
    // 1: libzip frees the copy.
    guard let source = zip_source_buffer(archive, copy, UInt64(bytes.count), 1) else {
      free(copy)
      return false
    }
    let index = zip_file_add(archive, name, source, UInt32(ZIP_FL_ENC_UTF_8))
    guard index >= 0 else {
      zip_source_free(source)
      return false
    }
    // The first day that an archive knows, so that the same model always gives the same bytes.
    let firstOfJanuary1980: UInt16 = 1 << 5 | 1
    return zip_set_file_compression(archive, UInt64(index), ZIP_CM_STORE, 0) == 0
      && zip_file_set_dostime(archive, UInt64(index), 0, firstOfJanuary1980, 0) == 0
  }

  /// All bytes that an archive has left in its source.
  private static func bytes(of source: OpaquePointer) -> [UInt8]? {
    var status = zip_stat_t()
    guard zip_source_stat(source, &status) == 0, let count = Int(exactly: status.size), zip_source_open(source) == 0
    else { return nil }
    defer { zip_source_close(source) }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        zip_source_read(source, $0.baseAddress! + filled, UInt64(count - filled))
      }
      guard got > 0 else { return nil }
      filled += Int(got)
    }
    return bytes
  }
}

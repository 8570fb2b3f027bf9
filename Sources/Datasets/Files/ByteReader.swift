import Foundation

/// Reads a file from front to back, plain or gzip (told apart by content, not by name), or a member of an archive, in
/// bounded memory.
///
/// A stream that is cut off, altered or fails its checksum is an error at the place where that shows.
final class ByteReader {
  /// The file as the user named it; for a member of an archive, with the member's name.
  let path: String
  /// The archive that the bytes are a member of; `nil` for a file of its own.
  let archivePath: String?
  /// Size on disk.
  let storedBytes: Int
  /// Bytes read so far, after decompression.
  private(set) var position = 0
  private let stream: any ByteStream
  private let progress: (LoadingProgress) -> Void
  /// Large enough that a call costs nothing, small enough for the second-level cache.
  static let chunkBytes = 1 << 18

  /// Opens a file; `progress` hears of every chunk.
  convenience init(path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) {
    let bytes = try Self.size(ofFile: path)
    self.init(
      path: path, storedBytes: bytes, stream: try GzipStream(path: path, storedBytes: bytes), progress: progress)
  }

  /// Reads the standard input, plain or gzip.
  static func standardInput() throws(DataError) -> ByteReader {
    let name = InputLocation.standardInput.description
    return ByteReader(
      path: name, storedBytes: 0, stream: try PipeStream(descriptor: dup(STDIN_FILENO), name: name),
      progress: { _ in })
  }

  /// Reads what another stream gives.
  init(
    path: String, archivePath: String? = nil, storedBytes: Int, stream: any ByteStream,
    progress: @escaping (LoadingProgress) -> Void
  ) {
    self.path = path
    self.archivePath = archivePath
    self.storedBytes = storedBytes
    self.stream = stream
    self.progress = progress
  }

  /// The size of a regular file that is not empty.
  static func size(ofFile path: String) throws(DataError) -> Int {
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
        file: path, found: isFolder ? "is a folder" : "is not a regular file", allowed: "a file, plain or gzip",
        remedy: "name the file itself")
    }
    guard status.st_size > 0 else {
      throw DataError(
        file: path, found: "the file is empty", allowed: "a file with data", remedy: DataError.copyAgain)
    }
    return Int(status.st_size)
  }

  /// The most bytes that the file can unpack to. A plain file reports its size, header and all.
  var plausibleBytes: Int { stream.plausibleBytes }

  /// Where the bytes that have not been read lie in a file as they are; `nil` where they are packed.
  var rest: FilePlace? {
    guard var place = stream.place, place.count >= position else { return nil }
    place.offset += position
    place.count -= position
    return place
  }

  /// The next `count` bytes, fewer only at the end of the file.
  func read(upTo count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try stream.read(into: &bytes, position: position)
    if got < count { bytes.removeLast(count - got) }
    position += got
    progress(LoadingProgress(file: path, fraction: stream.fraction))
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
    try requireEnd(after: count, part: part)
  }

  /// Requires that the file ends here, after `count` bytes of `part`.
  func requireEnd(after count: Int, part: String) throws(DataError) {
    // Reading past the end also makes zlib compare the checksum.
    guard try read(upTo: 1).isEmpty else {
      throw DataError(
        file: path, found: "the file continues after the \(grouped(count)) bytes of \(part)",
        allowed: "nothing behind what the header announces", remedy: DataError.copyAgain)
    }
  }

  /// Refuses a header whose array the file cannot hold or may not unpack to, before any memory is taken.
  func requirePlausible(_ array: MemoryDemand) throws(DataError) {
    if let bytes = array.bytes, bytes <= plausibleBytes, bytes > stream.mostBytes {
      throw UnpackingLimit.error(file: path, stored: storedBytes)
    }
    guard let bytes = array.bytes, bytes <= plausibleBytes else {
      throw DataError(
        file: path,
        found: "the header announces \(array.shape) elements of \(array.elementBytes * 8) bits, "
          + "the file has \(grouped(storedBytes)) bytes",
        allowed: "a header that fits the file's size", remedy: DataError.copyAgain)
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

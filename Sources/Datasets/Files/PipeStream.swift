import CZlib
import Foundation
import Kernels

/// The bytes of a pipe, unpacked if they begin as a gzip file does.
///
/// Of a pipe nobody knows how much is still to come, so what has come bounds what it may have unpacked to by then: the
/// ``UnpackingLimit`` of each moment is that of a file which ends there. zlib's own reading of files does not tell how
/// much of a pipe it has read.
final class PipeStream: ByteStream {
  private let path: String
  private let descriptor: Int32
  /// Bytes of the pipe, of which those up to `next` are done with.
  private var held: [UInt8] = []
  private var next = 0
  /// Bytes of the pipe before `held`.
  private var before = 0
  /// `nil` for bytes that are not packed.
  private var inflater: Inflater?
  /// Whether the inflater is within a gzip stream; behind one another may follow.
  private var isInside = true
  private var isOver = false

  /// - Parameters:
  ///   - descriptor: is read, and closed in the end.
  ///   - name: what messages call it.
  init(descriptor: Int32, name: String) throws(DataError) {
    path = name
    self.descriptor = descriptor
    guard descriptor >= 0 else { throw unreadable(errno) }
    if try beginsPacked() { inflater = Inflater() }
  }

  deinit { close(descriptor) }

  var plausibleBytes: Int { inflater == nil ? .max : Int.saturatingProduct(stored, 1032) }
  var mostBytes: Int { inflater == nil ? .max : UnpackingLimit.mostBytes(stored: stored) }
  var fraction: Double { 0 }
  var place: FilePlace? { nil }

  /// Bytes of the pipe that are done with.
  private var stored: Int { before + next }

  func read(into bytes: inout [UInt8], position: Int) throws(DataError) -> Int {
    var count = 0
    while count < bytes.count, !isOver {
      if next == held.count, try !receive() {
        if inflater != nil, isInside { throw cutOff(position + count) }
        break
      }
      if let inflater {
        count += try unpack(inflater, into: &bytes, from: count)
      } else {
        let part = min(bytes.count - count, held.count - next)
        bytes.replaceSubrange(count..<count + part, with: held[next..<next + part])
        (count, next) = (count + part, next + part)
      }
      guard position + count <= mostBytes else { throw UnpackingLimit.error(file: path, stored: stored) }
    }
    return count
  }

  private func unpack(_ inflater: Inflater, into bytes: inout [UInt8], from start: Int) throws(DataError) -> Int {
    if !isInside {
      // What follows a stream and begins none is left alone, as gzip does.
      guard try beginsPacked() else {
        isOver = true
        return 0
      }
      inflater.begin()
      isInside = true
    }
    let (used, made, code) = inflater.run(held[next...], into: &bytes, from: start)
    next += used
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END: isInside = false
    default:
      throw DataError(
        file: path, found: "the gzip stream is damaged (\(inflater.message ?? "error \(code)"))",
        allowed: "a sound gzip file", remedy: DataError.copyAgain)
    }
    return made
  }

  /// Whether the next bytes are those that a gzip stream begins with.
  private func beginsPacked() throws(DataError) -> Bool {
    while held.count - next < 2 {
      guard try receive() else { return false }
    }
    return held[next] == 0x1F && held[next + 1] == 0x8B
  }

  /// Takes what the pipe has next.
  ///
  /// - Returns: whether there was more.
  private func receive() throws(DataError) -> Bool {
    before += next
    held.removeFirst(next)
    next = 0
    var more = [UInt8](repeating: 0, count: ByteReader.chunkBytes)
    while true {
      let got = Foundation.read(descriptor, &more, more.count)
      if got > 0 { held += more[..<got] }
      if got >= 0 { return got > 0 }
      guard errno == EINTR else { throw unreadable(errno) }
    }
  }

  private func unreadable(_ code: Int32) -> DataError {
    DataError(
      file: path, found: "cannot be read: \(String(cString: strerror(code)))", allowed: "data",
      remedy: "hand data over with | or <, or name a file")
  }

  private func cutOff(_ position: Int) -> DataError {
    DataError(
      file: path, found: "the gzip stream breaks off after \(grouped(position)) unpacked bytes",
      allowed: "a complete gzip file", remedy: DataError.copyAgain)
  }
}

/// zlib's state, which must not move.
private final class Inflater {
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  /// Windows of any size, with the header of gzip.
  private static let windowBits: Int32 = 15 + 16

  init() {
    stream.initialize(to: z_stream())
    _ = inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The next stream begins.
  func begin() { inflateReset(stream) }

  /// What zlib says of the last error.
  var message: String? { stream.pointee.msg.map { String(cString: $0) } }

  /// Unpacks bytes, as far as they go or there is room from `start` on.
  func run(
    _ packed: ArraySlice<UInt8>, into bytes: inout [UInt8], from start: Int
  ) -> (used: Int, made: Int, code: Int32) {
    var packed = packed
    return packed.withUnsafeMutableBufferPointer { input in
      bytes.withUnsafeMutableBufferPointer { output in
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress.map { $0 + start }
        stream.pointee.avail_out = UInt32(output.count - start)
        let code = inflate(stream, Z_NO_FLUSH)
        return (
          input.count - Int(stream.pointee.avail_in), output.count - start - Int(stream.pointee.avail_out), code
        )
      }
    }
  }
}

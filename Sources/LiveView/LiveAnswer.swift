import Foundation
import NIOCore
import NIOHTTP1

/// Something to send back: what it is, and its bytes, which are fetched portion by portion.
struct LiveAnswer {
  var status = HTTPResponseStatus.ok
  var type = "text/plain; charset=utf-8"
  /// Headers of this answer alone.
  var extra: [(name: String, value: String)] = []
  private var body: Body
  /// Bytes that have not been fetched yet.
  private(set) var bytesLeft: Int

  private enum Body {
    /// Shared with everybody who is sent the same.
    case memory(ByteBuffer)
    /// Read while it is sent: a long file takes no memory.
    case file(FileHandle)
  }

  /// Bytes in memory.
  init(_ bytes: ByteBuffer, _ type: String) {
    self.type = type
    body = .memory(bytes)
    bytesLeft = bytes.readableBytes
  }

  /// A text.
  init(_ text: String, _ type: String) { self.init(ByteBuffer(string: text), type) }

  /// A file as it is now; what is added to it meanwhile is left out.
  ///
  /// - Throws: if it cannot be read.
  init(file: URL, _ type: String) throws {
    let handle = try FileHandle(forReadingFrom: file)
    bytesLeft = Int(clamping: try handle.seekToEnd())
    try handle.seek(toOffset: 0)
    self.type = type
    body = .file(handle)
  }

  /// A refusal, with its reason.
  static func refusal(_ status: HTTPResponseStatus, _ words: String) -> LiveAnswer {
    var answer = LiveAnswer(words + "\n", "text/plain; charset=utf-8")
    answer.status = status
    if status == .methodNotAllowed { answer.extra.append(("allow", "GET, HEAD")) }
    if status == .serviceUnavailable { answer.extra.append(("retry-after", "5")) }
    return answer
  }

  /// The next bytes; `nil` after the last one.
  ///
  /// - Throws: if a file has fewer than were announced.
  mutating func next(_ most: Int) throws -> ByteBuffer? {
    guard bytesLeft > 0 else { return nil }
    let count = min(most, bytesLeft)
    bytesLeft -= count
    switch body {
    case .memory(var bytes):
      let slice = bytes.readSlice(length: count)
      body = .memory(bytes)
      return slice
    case .file(let handle):
      guard let data = try handle.read(upToCount: count), data.count == count else { throw ChannelError.eof }
      return ByteBuffer(bytes: data)
    }
  }
}

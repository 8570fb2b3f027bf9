import NIOHTTP1

/// What is wrong with bytes that should be a request, before anything of it is looked at.
enum RequestFault: Sendable {
  /// Longer than a request's first line and headers may be.
  case tooLong
  /// No request at all: the greeting of another protocol, or noise.
  case notHTTP
  /// A request of another version: HTTP/0.9 has none, HTTP/2 begins with `PRI * HTTP/2.0`, and parsers wait for more
  /// behind that word.
  case otherVersion
  /// It has begun, and not ended in time.
  case tooSlow

  var status: HTTPResponseStatus {
    switch self {
    case .tooLong: .requestHeaderFieldsTooLarge
    case .notHTTP: .badRequest
    case .otherVersion: .httpVersionNotSupported
    case .tooSlow: .requestTimeout
    }
  }

  var words: String {
    switch self {
    case .tooLong: "The request's first line and headers are too long."
    case .notHTTP: "This is not an HTTP/1.1 request; the page is at http, not https."
    case .otherVersion: "HTTP/1.0 and HTTP/1.1 are answered."
    case .tooSlow: "The request did not end in time."
    }
  }

  /// Looks at the first line, or what there is of it.
  ///
  /// - Returns: `nil` while it may still be one of HTTP/1.
  static func find(inHead bytes: some RandomAccessCollection<UInt8>) -> RequestFault? {
    // Methods are words; the greeting of TLS begins with 22, and other protocols' with what they like.
    let method = bytes.prefix { isLetter($0) }.count
    if method == 0 || method > 32 { return bytes.isEmpty ? nil : .notHTTP }
    if method < bytes.count, bytes[bytes.index(bytes.startIndex, offsetBy: method)] != UInt8(ascii: " ") {
      return .notHTTP
    }
    guard let end = bytes.firstIndex(of: 0x0A) else { return bytes.contains(0) ? .notHTTP : nil }
    var line = bytes[..<end]
    if line.last == 0x0D { line = line.dropLast() }
    if line.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return .notHTTP }
    guard let space = line.lastIndex(of: UInt8(ascii: " ")) else { return .notHTTP }
    if line.starts(with: "PRI ".utf8) { return .otherVersion }
    let version = line[line.index(after: space)...]
    if version.elementsEqual("HTTP/1.1".utf8) || version.elementsEqual("HTTP/1.0".utf8) { return nil }
    if version.starts(with: "HTTP/".utf8) { return .otherVersion }
    if version.isEmpty { return .notHTTP }
    return line.prefix(4).elementsEqual("GET ".utf8) ? .otherVersion : .notHTTP
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) || byte == 0x2D }
}

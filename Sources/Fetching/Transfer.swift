import CCurl
import Foundation

/// One request of libcurl: an address, from some byte on, to a sink.
///
/// Redirects are followed, ten at most and to http and https alone. The environment's proxies count (`http_proxy`,
/// `https_proxy`, `no_proxy`).
struct Transfer {
  /// What a server said before the bytes.
  struct Answer {
    /// HTTP's; 0 for a file.
    var status = 0
    var contentLength: Int?
    var contentType: String?
    /// The first byte that comes, where the server sends a part: `Content-Range: bytes FIRST-LAST/TOTAL`.
    var firstByte: Int?
    /// The length of the whole, where it sends a part.
    var totalBytes: Int?
    /// Seconds that the server asks to wait for.
    var retryAfter: Double?
  }

  /// How it ended, other than by an error of the sink.
  enum Outcome {
    case done
    /// The connection failed or fell silent, or the server is not well: later it may go on.
    case transient(String)
    /// No connection: once more, then elsewhere.
    case unreachable(String)
    /// Nothing is to be had at this address.
    case refused(String)
  }

  var address: String
  /// Bytes of the file that are there already.
  var offset: Int
  var settings: FetchSettings

  /// What the callbacks share; used by one thread.
  fileprivate final class State {
    var answer = Answer()
    var hasBegun = false
    var failure: (any Error)?
    let begin: (Answer) throws -> Void
    let write: ([UInt8]) throws -> Void
    let tick: () throws -> Void

    init(
      begin: @escaping (Answer) throws -> Void, write: @escaping ([UInt8]) throws -> Void,
      tick: @escaping () throws -> Void
    ) {
      (self.begin, self.write, self.tick) = (begin, write, tick)
    }

    /// Whether `body` went well; its error ends the transfer.
    func attempt(_ body: () throws -> Void) -> Bool {
      do {
        try body()
        return true
      } catch {
        failure = failure ?? error
        return false
      }
    }
  }

  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - begin: hears what the server says, before the first byte of a success.
  ///   - write: gets the bytes.
  ///   - tick: is called at least once a second.
  /// - Throws: what the closures throw; the transfer ends then.
  func run(
    begin: @escaping (Answer) throws -> Void, write: @escaping ([UInt8]) throws -> Void,
    tick: @escaping () throws -> Void
  ) throws -> (Outcome, Answer) {
    guard Self.isReady, let handle = curl_easy_init() else { return (.refused("libcurl cannot start"), Answer()) }
    defer { curl_easy_cleanup(handle) }
    let state = State(begin: begin, write: write, tick: tick)
    let code = perform(handle, state)
    if let failure = state.failure { throw failure }
    if code == CURLE_OK, !state.hasBegun {
      // An answer without a byte.
      guard state.attempt({ try begin(state.answer) }) else { throw state.failure! }
    }
    return (Self.outcome(code, state.answer), state.answer)
  }

  private func perform(_ handle: UnsafeMutableRawPointer, _ state: State) -> CURLcode {
    func set(_ option: CURLoption, _ value: Int) { _ = isotherm_curl_set_long(handle, option, value) }
    func set(_ option: CURLoption, _ value: String) { _ = isotherm_curl_set_string(handle, option, value) }
    set(CURLOPT_URL, address)
    set(CURLOPT_USERAGENT, "isotherm")
    set(CURLOPT_FOLLOWLOCATION, 1)
    set(CURLOPT_MAXREDIRS, 10)
    set(CURLOPT_FAILONERROR, 1)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_NOPROGRESS, 0)
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectSeconds * 1000))
    set(CURLOPT_LOW_SPEED_LIMIT, FetchSettings.fewestBytesPerSecond)
    set(CURLOPT_LOW_SPEED_TIME, max(1, Int(settings.stallSeconds)))
    if offset > 0 { set(CURLOPT_RANGE, "\(offset)-") }
    _ = isotherm_curl_set_protocols(handle)
    // libcurl calls these on this thread, before `curl_easy_perform` returns: the state outlives them.
    let context = Unmanaged.passUnretained(state).toOpaque()
    _ = isotherm_curl_set_header(handle, receiveHeader, context)
    _ = isotherm_curl_set_write(handle, receiveBytes, context)
    _ = isotherm_curl_set_progress(handle, hearProgress, context)
    return withExtendedLifetime(state) { curl_easy_perform(handle) }
  }

  private static func outcome(_ code: CURLcode, _ answer: Answer) -> Outcome {
    let words = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_OK: return .done
    case CURLE_HTTP_RETURNED_ERROR:
      let text = "HTTP status \(answer.status)"
      return [408, 425, 429].contains(answer.status) || answer.status >= 500 ? .transient(text) : .refused(text)
    case CURLE_OPERATION_TIMEDOUT: return .transient("no answer or no bytes for a while (\(words))")
    case CURLE_COULDNT_CONNECT: return .unreachable(words)
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING,
      CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_HTTP3, CURLE_QUIC_CONNECT_ERROR,
      CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
      return .transient(words)
    case CURLE_TOO_MANY_REDIRECTS: return .refused("more than ten redirects")
    case CURLE_FILE_COULDNT_READ_FILE: return .refused("no such file, or not readable")
    default: return .refused(words)
    }
  }
}

// MARK: Callbacks

private func state(_ context: UnsafeMutableRawPointer?) -> Transfer.State? {
  context.map { Unmanaged<Transfer.State>.fromOpaque($0).takeUnretainedValue() }
}

private func copied(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> [UInt8] {
  guard let bytes, count > 0 else { return [] }
  return [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
}

/// A header's line; each answer of a chain of redirects begins with `HTTP/`.
private func receiveHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  let line = String(decoding: copied(bytes, size * count), as: UTF8.self).trimmingCharacters(
    in: .whitespacesAndNewlines)
  state(context)?.answer.read(line)
  return size * count
}

private func receiveBytes(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let state = state(context) else { return 0 }
  let isGood = state.attempt {
    if !state.hasBegun {
      state.hasBegun = true
      try state.begin(state.answer)
    }
    try state.write(copied(bytes, size * count))
  }
  return isGood ? size * count : 0
}

private func hearProgress(
  _ context: UnsafeMutableRawPointer?, _: curl_off_t, _: curl_off_t, _: curl_off_t, _: curl_off_t
) -> Int32 {
  guard let state = state(context) else { return 1 }
  return state.attempt(state.tick) ? 0 : 1
}

extension Transfer.Answer {
  /// Takes in one line of a header.
  mutating func read(_ line: String) {
    if line.hasPrefix("HTTP/") {
      self = Transfer.Answer()
      let words = line.split(separator: " ")
      status = words.count > 1 ? Int(words[1]) ?? 0 : 0
      return
    }
    guard let colon = line.firstIndex(of: ":") else { return }
    let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    switch line[..<colon].lowercased() {
    case "content-length": contentLength = Int(value)
    case "content-type": contentType = String(value.prefix(60))
    case "retry-after": retryAfter = Double(value)
    case "content-range":
      guard let match = value.firstMatch(of: /^bytes (\d+)-(\d+)\/(\d+|\*)/) else { return }
      firstByte = Int(match.1)
      totalBytes = Int(match.3)
    default: break
    }
  }
}

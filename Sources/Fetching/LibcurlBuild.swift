import CCurl

/// The library that fetches data in this process.
package enum LibcurlBuild {
  /// Such as `7.88.1`.
  package static var version: String? {
    // "libcurl/7.88.1 OpenSSL/3.0.17 …"
    guard let text = curl_version().map({ String(cString: $0) }), let first = text.split(separator: " ").first else {
      return nil
    }
    return first.split(separator: "/").last.map(String.init)
  }
}

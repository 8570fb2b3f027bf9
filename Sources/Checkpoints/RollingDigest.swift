import CCrypto

/// A digest that follows a sequence: d ← SHA-256(d ‖ entry), beginning with 32 zeros. It can be put down and taken up
/// again as its 64 hexadecimal digits, and allocates nothing for an entry.
package final class RollingDigest {
  private let context: OpaquePointer
  private let algorithm: OpaquePointer
  private var digest = [UInt8](repeating: 0, count: 32)

  /// A digest of no entry.
  package init() {
    guard let context = EVP_MD_CTX_new(), let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
      // Only without memory, or where a system's policy forbids SHA-256.
      preconditionFailure("libcrypto offers no SHA-256")
    }
    self.context = context
    self.algorithm = algorithm
    restart()
  }

  deinit {
    EVP_MD_CTX_free(context)
    EVP_MD_free(algorithm)
  }

  /// Forgets all entries.
  package func restart() { for index in digest.indices { digest[index] = 0 } }

  /// Follows an entry.
  package func absorb(_ entry: [UInt8]) {
    let isDone =
      EVP_DigestInit_ex(context, algorithm, nil) == 1
      && EVP_DigestUpdate(context, digest, digest.count) == 1
      && EVP_DigestUpdate(context, entry, entry.count) == 1
      && EVP_DigestFinal_ex(context, &digest, nil) == 1
    precondition(isDone, "libcrypto refused \(entry.count) bytes")
  }

  /// The digest as 64 hexadecimal digits in lower case; what is set goes on from there. Anything else is as no entry.
  package var hex: String {
    get { SHA256Digest.hex(digits: digest) }
    set {
      restart()
      let digits = Array(newValue.utf8)
      guard digits.count == 2 * digest.count else { return }
      for index in digest.indices {
        let pair = String(decoding: digits[2 * index..<2 * index + 2], as: UTF8.self)
        digest[index] = UInt8(pair, radix: 16) ?? 0
      }
    }
  }
}

import CCrypto

/// A digest that follows a sequence: d ← SHA-256(d ‖ entry), beginning with 32 zeros. It can be put down and taken up
/// again as its 64 hexadecimal digits, and allocates nothing for an entry.
package final class RollingDigest {
  private var digest = [UInt8](repeating: 0, count: 32)
  /// Where the next digest is made: not where the last one is read.
  private var next = [UInt8](repeating: 0, count: 32)

  /// A digest of no entry.
  package init() {}

  /// Forgets all entries.
  package func restart() { for index in digest.indices { digest[index] = 0 } }

  /// Follows an entry.
  package func absorb(_ entry: [UInt8]) {
    ccrypto_sha256_of_two(digest, digest.count, entry, entry.count, &next)
    swap(&digest, &next)
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

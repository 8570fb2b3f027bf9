import CCrypto
import Kernels

/// SHA-256 digests as 64 hexadecimal digits in lower case.
package enum SHA256Digest {
  /// Digest of the tensors' bytes, little-endian and one after the other in name order: a run's `weightsSHA256`.
  ///
  /// Names are compared by their UTF-8 bytes. They, the shapes and the order of `tensors` do not enter.
  package static func hex(of tensors: [SafetensorsTensor]) -> String {
    let scratch = Buffer<Float>(count: tensors.map(\.scratchCount).max() ?? 0)
    let hasher = SHA256Hasher()
    for tensor in tensors.sorted(by: { precedes($0.name, $1.name) }) {
      tensor.forEachChunk(scratch: scratch.view) { hasher.update($0) }
    }
    return hasher.hex()
  }

  /// Digest of some bytes.
  package static func hex(of bytes: [UInt8]) -> String {
    let hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.hex()
  }

  /// Bytes as hexadecimal digits.
  static func hex(digits bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0" + digits : digits
    }.joined()
  }
}

/// A SHA-256 over bytes that come in pieces, computed by the system's libcrypto (with the CPU's own instructions where
/// it has them).
package final class SHA256Hasher {
  private let context: OpaquePointer
  private static let digestBytes = 32

  /// A hasher that has seen no byte.
  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      // Only without memory, or where a system's policy forbids SHA-256.
      preconditionFailure("libcrypto offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes the next bytes.
  package func update(_ bytes: [UInt8]) {
    precondition(EVP_DigestUpdate(context, bytes, bytes.count) == 1, "libcrypto refused \(bytes.count) bytes")
  }

  /// The digest of all bytes; the hasher takes none after it.
  package func hex() -> String { SHA256Digest.hex(digits: bytes()) }

  /// The same as 32 bytes.
  package func bytes() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Self.digestBytes)
    precondition(EVP_DigestFinal_ex(context, &digest, nil) == 1, "libcrypto gave no digest")
    return digest
  }
}

import Crypto
import Kernels

/// SHA-256 digests as 64 hexadecimal digits in lower case.
public enum SHA256Digest {
  /// Digest of the tensors' bytes, little-endian and one after the other in name order: a run's `weightsSHA256`.
  ///
  /// Names are compared by their UTF-8 bytes. They, the shapes and the order of `tensors` do not enter.
  public static func hex(of tensors: [SafetensorsTensor]) -> String {
    let scratch = Buffer<Float>(count: tensors.map(\.scratchCount).max() ?? 0)
    var hasher = SHA256()
    withExtendedLifetime(scratch) {
      for tensor in tensors.sorted(by: { precedes($0.name, $1.name) }) {
        tensor.forEachChunk(scratch: scratch.view) { hasher.update(data: $0) }
      }
    }
    return hex(hasher)
  }

  /// Digest of some bytes.
  public static func hex(of bytes: [UInt8]) -> String {
    var hasher = SHA256()
    hasher.update(data: bytes)
    return hex(hasher)
  }

  static func hex(_ hasher: SHA256) -> String {
    hasher.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count < 2 ? "0" + digits : digits
    }.joined()
  }
}

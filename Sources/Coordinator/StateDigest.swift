import Checkpoints
import Kernels
import Tracing
import Workers

/// SHA-256 of all that a run goes on from: parameters, running statistics, optimizer state and what follows the weights.
///
/// Pieces of 64 Ki floats are digested by whichever worker is free, then the digests of all pieces in order: the result
/// depends on no thread. It is over the vectors as memory holds them, quicker than `weightsSHA256`, which is over files'
/// layout.
final class StateDigest {
  private static let pieceCount = 1 << 16
  private static let digestBytes = 32
  private let pieces: [Floats]
  private let digests: Buffer<UInt8>
  private let pool: WorkerPool

  init(of vectors: [Floats], pool: WorkerPool) {
    pieces = vectors.flatMap { vector in
      stride(from: 0, to: vector.count, by: Self.pieceCount).map {
        vector[$0..<min($0 + Self.pieceCount, vector.count)]
      }
    }
    digests = Buffer(count: pieces.count * Self.digestBytes)
    self.pool = pool
  }

  /// The digest of the vectors as they are now.
  func hex() -> String {
    let (pieces, digests) = (pieces, digests)
    pool.run(pieces.count, as: .other) { _, index in
      let hasher = SHA256Hasher()
      hasher.update(pieces[index].byteArray())
      let first = index * Self.digestBytes
      digests.view[first..<first + Self.digestBytes].copy(from: hasher.bytes())
    }
    return SHA256Digest.hex(of: digests.view.array())
  }
}

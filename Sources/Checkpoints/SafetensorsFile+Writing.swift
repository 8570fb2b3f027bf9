import Kernels

extension SafetensorsFile {
  /// Writes `tensors` and `metadata` to `path`, atomically and with digests; see ``AtomicFile``.
  ///
  /// Names are unique and not `__metadata__`; keys of `metadata` do not begin with `sha256.`. The tensors are streamed
  /// and hashed on the way: memory holds 1 MiB of them, and one tensor where its elements must be made.
  package static func write(
    _ tensors: [SafetensorsTensor], metadata: [String: String] = [:], to path: String
  ) throws(CheckpointError) {
    let names = tensors.map(\.name)
    precondition(Set(names).count == names.count, "two tensors of one name among \(names.sorted())")
    precondition(!names.contains(SafetensorsHeader.metadataKey), "no tensor may be named __metadata__")
    precondition(
      !metadata.keys.contains { $0.hasPrefix(digestPrefix) }, "metadata under \(digestPrefix) belongs to the digests")

    // Digests all have one length: the header is written with blank ones and again at the end with the true ones.
    let blank = String(repeating: "0", count: 64)
    var header = SafetensorsHeader(tensors, metadata: metadata)
    for name in names { header.metadata[digestPrefix + name] = blank }
    header.metadata[headerDigestKey] = blank

    let scratch = Buffer<Float>(count: tensors.map(\.scratchCount).max() ?? 0)
    try AtomicFile.write(to: path) { output throws(CheckpointError) in
      try output.append(header.encoded())
      for tensor in SafetensorsHeader.fileOrder(tensors) {
        let hasher = SHA256Hasher()
        try tensor.forEachChunk(scratch: scratch.view) { bytes throws(CheckpointError) in
          hasher.update(bytes)
          try output.append(bytes)
        }
        header.metadata[digestPrefix + tensor.name] = hasher.hex()
      }
      header.metadata[headerDigestKey] = headerDigest(header)
      try output.overwrite(header.encoded(), at: 0)
    }
  }
}

import Kernels

/// An open safetensors file.
///
/// Weights are read from F32, F16 and BF16 without loss, and from F64 rounded to single precision. Tensors of other types
/// may lie beside them.
///
/// The layout (github.com/huggingface/safetensors): 8 bytes of header length, little-endian; the header, JSON; the
/// tensors' bytes without gaps. Files of this project also carry SHA-256 digests in the metadata: `sha256.NAME` of
/// each tensor's bytes, and `sha256.__metadata__` of the header without that key, so that no changed byte goes unseen.
/// Files of other programs have none and are read without them.
///
/// The file stays open, so replacing it meanwhile does no harm. Tensors are read one at a time.
package struct SafetensorsFile: Sendable {
  static let digestPrefix = "sha256."
  static let maximumHeaderBytes = 100_000_000

  /// Its path.
  package let path: String
  /// Its metadata but the digests.
  package let metadata: [String: String]
  /// Its tensors in name order.
  package let entries: [SafetensorsEntry]

  private let entriesByName: [String: SafetensorsEntry]
  private let file: OpenFile
  private let dataStart: Int

  /// Opens the file at `path`, checks its structure, and reads it all once to check its digests, if it has any.
  ///
  /// The error names the file, what is wrong with it (and the tensor), and what to do.
  package init(path: String) throws(CheckpointError) {
    let file = try OpenFile.reading(path)
    let fileBytes = try file.byteCount()
    guard fileBytes >= 8 else { throw Self.damage(path, "\(fileBytes) bytes are too short for a safetensors file") }
    let lengthBytes = try file.read(8, at: 0)
    let length = lengthBytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // Only a file that begins unlike a safetensors file is asked what else it is: a length may look like anything.
    guard length <= UInt64(min(Self.maximumHeaderBytes, fileBytes - 8)) else {
      if let refusal = try ForeignFile.refusal(of: file) { throw refusal }
      throw CheckpointError(
        path: path, found: "its header would have \(length) bytes, the file has \(fileBytes)",
        allowed: "a header has at most \(Self.maximumHeaderBytes) bytes", remedy: Self.damageRemedy)
    }
    let headerText = try file.read(Int(length), at: 8)
    let header: SafetensorsHeader
    do throws(HeaderFlaw) {
      header = try SafetensorsHeader(parsing: headerText)
    } catch {
      if headerText.first != UInt8(ascii: "{"), let refusal = try ForeignFile.refusal(of: file) { throw refusal }
      throw Self.damage(path, error.found)
    }
    let expectedBytes = Int.saturatingSum(8 + Int(length), header.dataByteCount)
    guard fileBytes == expectedBytes else {
      let words = fileBytes < expectedBytes ? "cut off" : "followed by other bytes"
      throw Self.damage(path, "\(words): \(fileBytes) bytes where its header says \(expectedBytes)")
    }
    self.path = path
    self.file = file
    dataStart = 8 + Int(length)
    metadata = header.metadata.filter { !$0.key.hasPrefix(Self.digestPrefix) }
    entries = header.entries.sorted { precedes($0.name, $1.name) }
    entriesByName = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0) })
    try checkDigests(of: header)
  }

  /// The tensor of that name.
  package func entry(_ name: String) -> SafetensorsEntry? { entriesByName[name] }

  /// Reads a tensor of weights, in the file's layout, into `floats`.
  ///
  /// An error if the file lacks the tensor, or if its type holds no weights, or its shape (where `shape` is given), or its
  /// count differs.
  package func read(_ name: String, shape: [Int]? = nil, into floats: Floats) throws(CheckpointError) {
    let entry = try self.entry(name, types: TensorType.weights)
    guard entry.shape == shape ?? entry.shape, entry.count == floats.count else {
      throw CheckpointError(
        path: path, found: "tensor '\(name)' has shape \(entry.shape)",
        allowed: shape.map { "here it must have shape \($0)" } ?? "here it must have \(floats.count) elements",
        remedy: "Use weights that were made with the same model")
    }
    var index = 0
    try forEachFloat(of: entry) { number in
      floats[index] = number
      index += 1
    }
  }

  /// Reads a tensor of weights.
  package func floats(_ name: String) throws(CheckpointError) -> [Float] {
    let entry = try entry(name, types: TensorType.weights)
    var result: [Float] = []
    result.reserveCapacity(entry.count)
    try forEachFloat(of: entry) { result.append($0) }
    return result
  }

  /// Reads a tensor of integers.
  package func integers(_ name: String) throws(CheckpointError) -> [Int64] {
    var result: [Int64] = []
    try forEachChunk(of: entry(name, types: [.int64])) { bytes throws(CheckpointError) in
      for offset in stride(from: 0, to: bytes.count, by: 8) {
        let pattern = bytes[offset..<offset + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        result.append(Int64(bitPattern: pattern))
      }
    }
    return result
  }

  private func entry(_ name: String, types: [TensorType]) throws(CheckpointError) -> SafetensorsEntry {
    guard let entry = entriesByName[name] else {
      throw CheckpointError(
        path: path, found: "has no tensor '\(name)'",
        allowed: "it has \(entries.prefix(8).map { "'\($0.name)'" }.joined(separator: ", "))"
          + (entries.count > 8 ? " and \(entries.count - 8) more" : ""),
        remedy: "Use weights that were made with the same model")
    }
    guard types.contains(entry.type) else {
      let names = types.map(\.name)
      let allowed = (names.count > 1 ? names.dropLast().joined(separator: ", ") + " or " : "") + names[names.count - 1]
      throw CheckpointError(
        path: path, found: "tensor '\(name)' has dtype \(entry.type.name)",
        allowed: "here it must have dtype \(allowed)", remedy: "Save it with that type")
    }
    return entry
  }

  private func forEachFloat(
    of entry: SafetensorsEntry, _ body: (Float) -> Void
  ) throws(CheckpointError) {
    var decoder = FloatDecoder(entry.type)
    try forEachChunk(of: entry) { bytes throws(CheckpointError) in decoder.decode(bytes, body) }
    guard decoder.overflows == 0 else {
      throw CheckpointError(
        path: path,
        found:
          "tensor '\(entry.name)' has \(decoder.overflows) number\(decoder.overflows == 1 ? "" : "s") beyond single "
          + "precision",
        allowed: "weights have a magnitude of at most 3.4e38", remedy: "Scale the model, or use other weights")
    }
  }

  private func forEachChunk(
    of entry: SafetensorsEntry, _ body: ([UInt8]) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let chunk = 1 << 20
    for start in stride(from: entry.bytes.lowerBound, to: entry.bytes.upperBound, by: chunk) {
      let count = min(chunk, entry.bytes.upperBound - start)
      try body(file.read(count, at: dataStart + start))
    }
  }

  /// SHA-256 of the whole file, for records that name it.
  package func sha256() throws(CheckpointError) -> String {
    let hasher = SHA256Hasher()
    let count = try file.byteCount()
    for start in stride(from: 0, to: count, by: 1 << 20) {
      hasher.update(try file.read(min(1 << 20, count - start), at: start))
    }
    return hasher.hex()
  }

  private func checkDigests(of header: SafetensorsHeader) throws(CheckpointError) {
    guard header.metadata.keys.contains(where: { $0.hasPrefix(Self.digestPrefix) }) else { return }
    guard header.metadata[Self.headerDigestKey] == Self.headerDigest(header) else {
      throw Self.damage(path, "its header does not match its SHA-256 digest")
    }
    for entry in entries {
      let hasher = SHA256Hasher()
      try forEachChunk(of: entry) { bytes throws(CheckpointError) in hasher.update(bytes) }
      guard header.metadata[Self.digestPrefix + entry.name] == hasher.hex() else {
        throw Self.damage(path, "tensor '\(entry.name)' does not match its SHA-256 digest")
      }
    }
  }

  static let headerDigestKey = digestPrefix + SafetensorsHeader.metadataKey

  /// Digest of the header as it would be without it.
  static func headerDigest(_ header: SafetensorsHeader) -> String {
    var bare = header
    bare.metadata[headerDigestKey] = nil
    return SHA256Digest.hex(of: Array(bare.json().utf8))
  }

  private static let damageRemedy = "The file is damaged or of another kind; use another copy"

  private static func damage(_ path: String, _ found: String) -> CheckpointError {
    CheckpointError(path: path, found: found, remedy: damageRemedy)
  }
}

extension ArrayFile {
  /// Opens an IDX file, plain or gzip: two zero bytes, a type, a rank, then the dimensions and all elements, big-endian
  /// (the format of MNIST: https://yann.lecun.com/exdb/mnist).
  static func idx(_ path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile {
    let reader = try ByteReader(path: path, progress: progress)
    let magic = try reader.read(exactly: 4, part: "the IDX header")
    let formats: [UInt8: (ElementFormat.Kind, Int)] = [
      0x08: (.unsigned, 1), 0x09: (.signed, 1), 0x0B: (.signed, 2), 0x0C: (.signed, 4), 0x0D: (.real, 4),
      0x0E: (.real, 8),
    ]
    guard magic[0] == 0, magic[1] == 0, let (kind, bytes) = formats[magic[2]], magic[3] > 0 else {
      let found = magic.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      throw DataError(
        file: path, found: "begins with the bytes \(found)",
        allowed: "an IDX header: 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and a rank from 1",
        remedy: "check that this is an IDX file, plain or gzip")
    }
    var dimensions: [Int] = []
    for _ in 0..<magic[3] {
      let dimension = try reader.read(exactly: 4, part: "the IDX header")
      dimensions.append(dimension.reduce(0) { $0 << 8 | Int($1) })
    }
    let format = ElementFormat(kind: kind, bytes: bytes, isBigEndian: true)
    return try ArrayFile(reader: reader, format: format, dimensions: dimensions)
  }
}

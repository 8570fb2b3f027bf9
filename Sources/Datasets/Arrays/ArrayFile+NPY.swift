extension ArrayFile {
  /// Opens a NumPy file (format versions 1 to 3, C or Fortran order; whole and real numbers of either byte order, text),
  /// plain or gzip. Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
  static func npy(_ path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile {
    try npy(try ByteReader(path: path, progress: progress))
  }

  /// The same of a reader at the first byte of such a file.
  static func npy(_ reader: ByteReader) throws(DataError) -> ArrayFile {
    let path = reader.path
    let preamble = try reader.read(exactly: 8, part: "the .npy header")
    guard preamble.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8)), (1...3).contains(preamble[6]) else {
      let isArchive = preamble.starts(with: [0x50, 0x4B])
      throw DataError(
        file: path,
        found: isArchive ? "is an archive (.npz, as numpy.savez writes it)" : "does not begin as a .npy file",
        allowed: "a .npy file of version 1, 2 or 3",
        remedy: isArchive
          ? "use \"dataset\": \"npz\"" : "write the array with numpy.save (numpy.savez makes another format)")
    }
    let lengthBytes = try reader.read(exactly: preamble[6] == 1 ? 2 : 4, part: "the .npy header")
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 20 else {
      throw DataError(
        file: path, found: "a header of \(grouped(length)) bytes", allowed: "at most 1,048,576 bytes",
        remedy: DataError.copyAgain)
    }
    let text = String(decoding: try reader.read(exactly: length, part: "the .npy header"), as: UTF8.self)
    let header = NPYHeader(text)
    guard let header else {
      throw DataError(
        file: path, found: "the header \(text.prefix(120).trimmed)",
        allowed: "a dictionary of 'descr', 'fortran_order' and 'shape'", remedy: "write the array with numpy.save")
    }
    guard let format = header.format else {
      let (found, remedy) = header.refusal
      throw DataError(
        file: path, found: found,
        allowed: "whole numbers (u1 … i8) or real numbers (f2, f4, f8); text (U, S) only as the names of classes",
        remedy: remedy)
    }
    return try ArrayFile(
      reader: reader, format: format, dimensions: header.shape, isFortranOrder: header.isFortranOrder)
  }
}

import Kernels

extension ArrayFile {
  /// The elements in the order of a data set: entry by entry, images row by row with the values of a pixel side by side.
  ///
  /// - Parameter isChannelsFirst: whether entries are [channels, height, width] in the file.
  func order(isChannelsFirst: Bool = false) -> ElementOrder {
    let order = ElementOrder(dimensions: dimensions, isFortranOrder: isFortranOrder)
    return isChannelsFirst ? order.permuted([0, 2, 3, 1]) : order
  }

  /// Calls `body` with the bytes of all elements in an order, a chunk of whole elements at a time and the number of those
  /// before it; requires that the file ends after them.
  ///
  /// - Parameter part: names what they are.
  func readElements(
    _ order: ElementOrder, part: String, _ body: (_ chunk: [UInt8], _ first: Int) throws(DataError) -> Void
  ) throws(DataError) {
    if order.isNatural {
      return try reader.readToEnd(count: bytes, unit: format.bytes, part: part) { (chunk, offset) throws(DataError) in
        try body(chunk, offset / format.bytes)
      }
    }
    if order.strides[0] == width {
      // Each entry is a run of the file, and only within it is the order another.
      let entry = ElementOrder(lengths: Array(order.lengths.dropFirst()), strides: Array(order.strides.dropFirst()))
      return try reader.readToEnd(count: bytes, unit: width * format.bytes, part: part) {
        (chunk, offset) throws(DataError) in
        let entries = Buffer(chunk).view
        let size = width * format.bytes
        for start in stride(from: 0, to: chunk.count, by: size) {
          let bytes = entries[start..<start + size].elements(0..<width, in: entry, bytes: format.bytes)
          try body(bytes, (offset + start) / format.bytes)
        }
      }
    }
    let whole = try wholeArray(part: part)
    let chunk = max(1, ByteReader.chunkBytes / format.bytes)
    for first in stride(from: 0, to: elements, by: chunk) {
      try body(whole.elements(first..<min(first + chunk, elements), in: order, bytes: format.bytes), first)
    }
  }

  /// All bytes of the array: mapped where the file has them as they are, else read.
  func wholeArray(part: String) throws(DataError) -> View<UInt8> {
    if let place, place.path == path { return try Buffer<UInt8>(mapping: place).view }
    try MemoryDemand(dimensions: dimensions, elementBytes: format.bytes).requireMemory(file: path)
    let buffer = Buffer<UInt8>(count: bytes)
    try reader.readToEnd(count: bytes, unit: 1, part: part) { (chunk, offset) throws(DataError) in
      buffer.view[offset..<offset + chunk.count].copy(from: chunk)
    }
    return buffer.view
  }
}

extension Buffer {
  /// A run of a file's bytes, mapped.
  convenience init(mapping place: FilePlace) throws(DataError) {
    do {
      try self.init(mapping: place.path, offset: place.offset, count: place.count / MemoryLayout<Element>.stride)
    } catch {
      throw DataError(
        file: error.path, found: error.reason, allowed: "a file that can be mapped into memory",
        remedy: "check the disk and the limits of this process (ulimit -v)")
    }
  }
}

import Kernels

/// An IDX or .npy file, or an array of an archive, whose header has been read: what the array is, and the reader at its
/// first element.
struct ArrayFile {
  let reader: ByteReader
  let format: ElementFormat
  /// The number of entries, then the shape of each.
  let dimensions: [Int]
  /// Whether the first dimension varies fastest in the file.
  let isFortranOrder: Bool

  /// An array whose header is sound: at least one dimension, none of them 0 or negative, and no more elements than the
  /// file can hold.
  init(
    reader: ByteReader, format: ElementFormat, dimensions: [Int], isFortranOrder: Bool = false
  ) throws(DataError) {
    guard !dimensions.isEmpty, dimensions.allSatisfy({ $0 > 0 }) else {
      let kind = dimensions.isEmpty ? " (a single number)" : dimensions[0] == 0 ? " (no entry)" : ""
      throw DataError(
        file: reader.path, found: "an array of shape \(dimensions)\(kind)",
        allowed: "at least one dimension, the first of them counting samples, and none of 0",
        remedy: "write the array again")
    }
    self.reader = reader
    self.format = format
    self.dimensions = dimensions
    self.isFortranOrder = isFortranOrder && dimensions.count > 1
    try reader.requirePlausible(MemoryDemand(dimensions: dimensions, elementBytes: format.bytes))
  }

  /// The file as the user named it.
  var path: String { reader.path }
  /// The file on disk: that of the archive for a member of one.
  var archivePath: String { reader.archivePath ?? reader.path }
  /// Number of entries.
  var count: Int { dimensions[0] }
  /// Elements of an entry.
  var width: Int { elements / count }
  /// Elements of the array.
  var elements: Int { dimensions.reduce(1, *) }
  /// Bytes of the array, as the file has them.
  var bytes: Int { elements * format.bytes }

  /// Where the elements lie in a file as they are; `nil` where they are packed, or the file is longer or shorter than its
  /// header says.
  var place: FilePlace? {
    guard let place = reader.rest, place.count == bytes else { return nil }
    return place
  }

  /// The shape and kind of the array for a message: `[100, 3] of 32-bit real numbers`.
  var summary: String {
    let kind =
      switch format.kind {
      case .unsigned: "\(8 * format.bytes)-bit whole numbers from 0"
      case .signed: "\(8 * format.bytes)-bit whole numbers"
      case .real, .brain: "\(8 * format.bytes)-bit real numbers"
      case .text, .bytes: "text"
      }
    return "\(dimensions) of \(kind)"
  }

  /// Refuses text where numbers are wanted.
  func requireNumbers() throws(DataError) {
    guard format.isText else { return }
    throw DataError(
      file: path, found: "an array of text", allowed: "numbers; text only as the labels of classes",
      remedy: "save array.astype('float32')")
  }
}

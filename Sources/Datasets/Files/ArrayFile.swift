import Kernels

/// An IDX or .npy file whose header has been read: what the array is, and the reader at its first element.
struct ArrayFile {
  let reader: ByteReader
  let format: ElementFormat
  /// The number of entries, then the shape of each.
  let dimensions: [Int]

  /// An array whose header is sound: at least one dimension, none of them 0 or negative, and no more elements than the
  /// file can hold.
  init(reader: ByteReader, format: ElementFormat, dimensions: [Int]) throws(DataError) {
    guard !dimensions.isEmpty, dimensions.allSatisfy({ $0 > 0 }) else {
      throw DataError(
        file: reader.path, found: "an array of shape \(dimensions)",
        allowed: "at least one dimension, the first of them counting samples, and none of 0",
        remedy: "write the array again")
    }
    self.reader = reader
    self.format = format
    self.dimensions = dimensions
    try reader.requirePlausible(MemoryDemand(dimensions: dimensions, elementBytes: format.bytes))
    try MemoryDemand(dimensions: dimensions, elementBytes: format.isByte ? 1 : MemoryLayout<Float>.stride)
      .requireMemory(file: reader.path)
  }

  /// Number of entries.
  var count: Int { dimensions[0] }
  private var elements: Int { dimensions.reduce(1, *) }

  /// The elements as samples: bytes as they are, all others as single-precision numbers.
  ///
  /// - Parameters:
  ///   - scale: what the floats shall stand for; `nil` for the numbers themselves.
  ///   - survey: is told of every number that is no byte, by channel.
  func samples(_ scale: StoredScale?, survey: inout ColumnSurvey) throws(DataError) -> Dataset.Samples {
    guard format.isByte else { return .floats(try values(scale, survey: &survey)) }
    let buffer = Buffer<UInt8>(count: elements)
    try reader.readToEnd(count: elements, unit: 1, part: "data") { (chunk, offset) throws(DataError) in
      buffer.view[offset..<offset + chunk.count].copy(from: chunk)
    }
    return .bytes(buffer)
  }

  /// The elements as single-precision numbers; the survey's columns take turns. NaN and infinity are refused.
  func values(_ scale: StoredScale? = nil, survey: inout ColumnSurvey) throws(DataError) -> Buffer<Float> {
    let buffer = Buffer<Float>(count: elements)
    let columns = survey.columnCount
    var column = 0
    try reader.readToEnd(count: elements * format.bytes, unit: format.bytes, part: "data") {
      (chunk, offset) throws(DataError) in
      let first = offset / format.bytes
      for index in 0..<chunk.count / format.bytes {
        let number = format.real(chunk, at: index * format.bytes)
        let value = scale?.stored(number, column: column) ?? Float(number)
        guard value.isFinite, Float(number).isFinite else { throw notFinite(number, element: first + index) }
        survey.add(number, column: column)
        column = column + 1 == columns ? 0 : column + 1
        buffer.view[first + index] = value
      }
    }
    return buffer
  }

  private func notFinite(_ number: Double, element: Int) -> DataError {
    let perEntry = elements / count
    return DataError(
      file: reader.path,
      found: "\(number) at element \(element % perEntry) of entry \(grouped(element / perEntry)) (from 0)",
      allowed: "finite single-precision numbers", remedy: "replace or remove such entries")
  }

  /// The elements as class numbers. The format is an integer's; what is no class number is refused by its index.
  func labels(below limit: Int, remedy: String) throws(DataError) -> Buffer<Int32> {
    let buffer = Buffer<Int32>(count: elements)
    try reader.readToEnd(count: elements * format.bytes, unit: format.bytes, part: "labels") {
      (chunk, offset) throws(DataError) in
      let first = offset / format.bytes
      for index in 0..<chunk.count / format.bytes {
        let label = format.integer(chunk, at: index * format.bytes)
        guard label >= 0, label < limit else {
          throw DataError(
            file: reader.path, found: "label \(label) at entry \(grouped(first + index)) (from 0)",
            allowed: "class numbers 0 to \(grouped(limit - 1))", remedy: remedy)
        }
        buffer.view[first + index] = Int32(label)
      }
    }
    return buffer
  }
}

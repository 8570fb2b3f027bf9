import Kernels

/// Records of the CIFAR data sets' binary versions: some bytes of labels, then 3,072 pixel bytes, planes R, G, B of
/// 32 × 32 (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version").
struct CIFARRecords {
  let name: String
  let classNames: [String]
  /// Bytes of labels in a record.
  let labelBytes: Int
  /// Which of them is the class, from 0.
  let label: Int
  private static let pixels = 32 * 32
  /// Records of a file: ten times those of the largest original one.
  private static let mostRecords = 500_000
  private var recordBytes: Int { labelBytes + 3 * Self.pixels }

  init(name: String, classNames: [String], labelBytes: Int, label: Int) {
    self.name = name
    self.classNames = classNames
    self.labelBytes = labelBytes
    self.label = label
  }

  /// The records of some files in turn. Files may hold any number of them.
  func read(_ paths: [String], _ progress: @escaping (LoadingProgress) -> Void) throws(DataError) -> Dataset {
    var records: [(path: String, bytes: [UInt8])] = []
    for path in paths { records.append((path, try content(of: path, progress))) }
    let count = records.reduce(0) { $0 + $1.bytes.count / recordBytes }
    let samples = Buffer<UInt8>(count: count * 3 * Self.pixels)
    let labels = Buffer<Int32>(count: count)
    var sample = 0
    for (path, bytes) in records {
      for first in stride(from: 0, to: bytes.count, by: recordBytes) {
        let found = bytes[first + label]
        guard found < classNames.count else {
          throw DataError(
            file: path, found: "label \(found) in record \(grouped(first / recordBytes)) (from 0)",
            allowed: "classes 0 to \(classNames.count - 1)", remedy: DataError.copyAgain)
        }
        labels.view[sample] = Int32(found)
        Self.interleave(
          bytes, from: first + labelBytes,
          into: samples.view[sample * 3 * Self.pixels..<(sample + 1) * 3 * Self.pixels])
        sample += 1
      }
    }
    return Dataset(
      name: name, shape: .image(height: 32, width: 32, channels: 3), samples: .bytes(samples),
      targets: .classes(labels, count: classNames.count), classNames: classNames)
  }

  private func content(
    of path: String, _ progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> [UInt8] {
    let reader = try ByteReader(path: path, progress: progress)
    var bytes: [UInt8] = []
    while true {
      let chunk = try reader.read(upTo: ByteReader.chunkBytes)
      bytes += chunk
      if chunk.count < ByteReader.chunkBytes { break }
      guard bytes.count <= Self.mostRecords * recordBytes else {
        throw DataError(
          file: path, found: "more than \(grouped(Self.mostRecords)) records of \(grouped(recordBytes)) bytes",
          allowed: "at most so many in a file (10,000 or 50,000 in an original one)",
          remedy: "divide the file, or use \"dataset\": \"npy\"")
      }
    }
    guard !bytes.isEmpty, bytes.count.isMultiple(of: recordBytes) else {
      throw DataError(
        file: path, found: "\(grouped(bytes.count)) bytes, which are not a whole number of records",
        allowed: "records of \(grouped(recordBytes)) bytes (10,000 or 50,000 of them in an original file)",
        remedy: DataError.copyAgain)
    }
    return bytes
  }

  /// Planes to pixels: [3, 32 · 32] to [32 · 32, 3].
  private static func interleave(_ bytes: [UInt8], from first: Int, into pixelsOut: View<UInt8>) {
    for pixel in 0..<pixels {
      pixelsOut[3 * pixel] = bytes[first + pixel]
      pixelsOut[3 * pixel + 1] = bytes[first + pixels + pixel]
      pixelsOut[3 * pixel + 2] = bytes[first + 2 * pixels + pixel]
    }
  }
}

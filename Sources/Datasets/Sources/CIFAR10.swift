import Kernels

/// CIFAR-10's binary version: records of a label byte and 3,072 pixel bytes, planes R, G, B of 32 × 32
/// (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version").
package struct CIFAR10Source: NamedSource {
  package let path: String?
  package init(path: String?) { self.path = path }

  package static let name = "cifar10"
  package static let contents =
    "data_batch_1.bin to data_batch_5.bin and test_batch.bin, plain or .gz (the \"binary version\", unpacked)"
  package static let homepage = "https://www.cs.toronto.edu/~kriz/cifar.html"

  /// Both splits: five training batches in turn, and the test batch. Batches may hold any number of records.
  package func load(_ request: LoadingRequest) throws(DataError) -> DataSplits {
    let location = DataLocation(Self.self, path: path)
    var training: [String] = []
    for batch in 1...5 { training.append(try Self.file("data_batch_\(batch).bin", in: location)) }
    let test = try Self.file("test_batch.bin", in: location)
    return try request.normalized(
      train: Self.read(training, request.progress), test: Self.read([test], request.progress))
  }
}

extension NamedDataset {
  public static let cifar10 = NamedDataset(CIFAR10Source.self)
}

extension CIFAR10Source {
  private static let pixels = 32 * 32
  private static let recordBytes = 1 + 3 * pixels
  private static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// The folder may also be the one that the archive was unpacked in.
  private static func file(_ name: String, in location: DataLocation) throws(DataError) -> String {
    try location.file([name], subfolders: ["cifar-10-batches-bin"])
  }

  private static func read(
    _ paths: [String], _ progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> Dataset {
    var records: [(path: String, bytes: [UInt8])] = []
    for path in paths { records.append((path, try content(of: path, progress))) }
    let count = records.reduce(0) { $0 + $1.bytes.count / recordBytes }
    let samples = Buffer<UInt8>(count: count * 3 * pixels)
    let labels = Buffer<Int32>(count: count)
    var sample = 0
    for (path, bytes) in records {
      for first in stride(from: 0, to: bytes.count, by: recordBytes) {
        guard bytes[first] < classes.count else {
          throw DataError(
            file: path, found: "label \(bytes[first]) in record \(grouped(first / recordBytes)) (from 0)",
            allowed: "classes 0 to 9", remedy: DataError.copyAgain)
        }
        labels.view[sample] = Int32(bytes[first])
        interleave(bytes, from: first + 1, into: samples.view[sample * 3 * pixels..<(sample + 1) * 3 * pixels])
        sample += 1
      }
    }
    return Dataset(
      name: name, shape: .image(height: 32, width: 32, channels: 3),
      samples: .bytes(samples), targets: .classes(labels, count: classes.count), classNames: classes)
  }

  private static func content(
    of path: String, _ progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> [UInt8] {
    let reader = try ByteReader(path: path, progress: progress)
    var bytes: [UInt8] = []
    while true {
      let chunk = try reader.read(upTo: ByteReader.chunkBytes)
      bytes += chunk
      if chunk.count < ByteReader.chunkBytes { break }
    }
    guard !bytes.isEmpty, bytes.count.isMultiple(of: recordBytes) else {
      throw DataError(
        file: path, found: "\(grouped(bytes.count)) bytes, which are no whole number of records",
        allowed: "records of 3,073 bytes (30,730,000 bytes in an original file)", remedy: DataError.copyAgain)
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

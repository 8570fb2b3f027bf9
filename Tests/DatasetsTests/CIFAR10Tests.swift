import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct CIFAR10Tests {
  /// A record whose pixel p of plane c is (p + 7c + label) mod 251.
  private func record(_ label: UInt8) -> [UInt8] {
    [label] + (0..<3).flatMap { plane in (0..<1024).map { UInt8(($0 + 7 * plane + Int(label)) % 251) } }
  }

  private func write(_ folder: URL, last: [UInt8]? = nil) throws {
    for batch in 1...5 {
      let records = record(UInt8(batch)) + record(0)
      // Some plain, some compressed: both are read.
      if batch.isMultiple(of: 2) {
        try DataFiles.writeCompressed(records, "data_batch_\(batch).bin.gz", in: folder)
      } else {
        try DataFiles.write(records, "data_batch_\(batch).bin", in: folder)
      }
    }
    try DataFiles.write(last ?? record(9), "test_batch.bin", in: folder)
  }

  @Test("planes become pixels, and batches follow one another", arguments: ["", "cifar-10-batches-bin"])
  func layout(subfolder: String) throws {
    try withTemporaryFolder { root in
      let folder = root.appendingPathComponent(subfolder)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try write(folder)
      let splits = try DataFiles.load(.named(.cifar10, path: root.path))
      #expect(splits.train.labels == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0])
      #expect(splits.test.labels == [9])
      #expect(splits.train.classNames[3] == "cat")
      #expect(splits.train.shape == .image(height: 32, width: 32, channels: 3))
      let numbers = splits.train.numbers
      for (sample, pixel, channel) in [(0, 0, 0), (0, 1023, 2), (5, 33, 1), (8, 500, 2)] {
        let expected = (pixel + 7 * channel + splits.train.labels[sample]) % 251
        #expect(numbers[(sample * 1024 + pixel) * 3 + channel] == Float(expected))
      }
    }
  }

  @Test("a cut record and a label of 10 are refused by file and record")
  func damage() throws {
    try withTemporaryFolder { folder in
      try write(folder, last: Array(record(9).dropLast()))
      expectRefusal("test_batch.bin", "3,072 bytes", "3,073") {
        try DataFiles.load(.named(.cifar10, path: folder.path))
      }
      try write(folder, last: record(9) + record(10))
      expectRefusal("test_batch.bin", "label 10 in record 1", "0 to 9") {
        try DataFiles.load(.named(.cifar10, path: folder.path))
      }
      try FileManager.default.removeItem(at: folder.appendingPathComponent("data_batch_3.bin"))
      expectRefusal("no data_batch_3.bin") { try DataFiles.load(.named(.cifar10, path: folder.path)) }
    }
  }
}

import CZlib
import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Files that unpack to far more than they have")
struct UnpackingTests {
  /// A gzip file of so many MiB of one byte, as one stream behind another, behind a head.
  private func write(_ head: [UInt8], _ byte: UInt8, mebibytes: Int, _ name: String, in folder: URL) throws -> String {
    let start = try DataFiles.writeCompressed(head, "start", in: folder)
    let piece = try DataFiles.writeCompressed([UInt8](repeating: byte, count: 1 << 20), "piece", in: folder)
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: start)))
    let more = Array(try Data(contentsOf: URL(fileURLWithPath: piece)))
    for _ in 0..<mebibytes { bytes += more }
    return try DataFiles.write(bytes, name, in: folder)
  }

  /// Where an archive's directory begins.
  private func directory(of bytes: [UInt8]) -> Int? {
    (0..<bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 1, 2]) }
  }

  @Test("are refused while they are unpacked, with the limits and what to do")
  func whileUnpacking() throws {
    try withTemporaryFolder { folder in
      for batch in 1...5 {
        try DataFiles.write([UInt8](repeating: 1, count: 3073), "data_batch_\(batch).bin", in: folder)
      }
      _ = try write([0], 0, mebibytes: 257, "test_batch.bin", in: folder)
      expectRefusal("test_batch.bin", "more than 268,435,456 bytes", "256 MiB, or 300 times", "gunzip") {
        try DataFiles.load(.named(.cifar10, path: folder.path))
      }
    }
  }

  @Test("are refused by what their header announces, before any of it is unpacked")
  func byHeader() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(seed: 9)
      let noise = (0..<400_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let idx = DataFiles.idx([400_000_000], noise)
      let path = try DataFiles.writeCompressed(idx, "inputs.idx.gz", in: folder)
      expectRefusal("inputs.idx.gz", "unpacks to more than 268,435,456", "gunzip") { try DataFiles.loadIDX(path, path) }
      let plain = try DataFiles.write(idx, "plain.idx", in: folder)
      expectRefusal("plain.idx", "the header announces 400,000,000 elements") { try DataFiles.loadIDX(plain, plain) }
    }
  }

  @Test("and members of archives, whose directory says both sizes")
  func members() throws {
    try withTemporaryFolder { folder in
      let names = ["x_train", "y_train", "x_test", "y_test"]
      let members = names.map { ($0 + ".npy", DataFiles.npy("|u1", "(4,)", [0, 1, 1, 0])) }
      var bytes = DataFiles.zip(members)
      // The first member becomes one of 300 MiB in as many bytes as before, in its own header and in the directory.
      let directory = try #require(self.directory(of: bytes))
      for start in [4, directory + 6] {
        bytes[start + 4] = 8
        bytes.replaceSubrange(start + 18..<start + 22, with: DataFiles.littleEndian(UInt32(300 << 20)))
      }
      let path = try DataFiles.write(bytes, "bomb.npz", in: folder)
      expectRefusal("bomb.npz: x_train", "unpacks to more than", "numpy.savez") { try DataFiles.load(.npz(path)) }
    }
  }

  @Test("and archives whose members lie over one another")
  func overlapping() throws {
    try withTemporaryFolder { folder in
      let whole = DataFiles.zip([("x_train.npy", [UInt8](repeating: 7, count: 4000))])
      let directory = try #require(self.directory(of: whole))
      let end = whole.count - 22
      // The directory's only entry, ten times, each with a name of its own.
      var bytes = Array(whole[..<directory])
      for number in UInt8(0)..<10 {
        var entry = Array(whole[directory..<end])
        entry[46] = UInt8(ascii: "a") + number
        bytes += entry
      }
      let size = DataFiles.littleEndian(UInt32(bytes.count - directory))
      bytes +=
        [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 10, 0, 10, 0] + size + DataFiles.littleEndian(UInt32(directory)) + [0, 0]
      let path = try DataFiles.write(bytes, "overlapping.npz", in: folder)
      expectRefusal("overlapping.npz", "40,000 packed bytes of 10 members", "do not overlap") {
        try DataFiles.load(.npz(path))
      }
    }
  }

  @Test("and rows of cells without end, in any place")
  func cells() throws {
    try withTemporaryFolder { folder in
      let commas = String(repeating: ",", count: 1 << 20)
      let table = CSVConfiguration(labels: [.index(-1)])
      let late = "a,b\n" + String(repeating: "1,2\n", count: 12) + "\(commas),\n"
      for (text, row) in [("1\(commas),2\n", 1), (late, 14)] {
        let path = try DataFiles.writeCompressed(Array(text.utf8), "table.csv.gz", in: folder)
        expectRefusal("table.csv.gz", "more than 1,048,576 cells in row \(row)") {
          try DataFiles.load(.csv(path: path, testShare: 0.5, table))
        }
      }
    }
  }
}

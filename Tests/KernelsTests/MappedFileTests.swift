import Foundation
import Kernels
import TestSupport
import Testing

@Suite("A mapped file") struct MappedFileTests {
  /// Bytes that differ from page to page, a few pages and a half of them.
  private let content = (0..<3 * 4096 + 2050).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

  private func file(in folder: URL) throws -> String {
    let url = folder.appendingPathComponent("numbers")
    try Data(content).write(to: url)
    return url.path
  }

  @Test(
    "holds the file's bytes, from any byte on",
    arguments: [(0, 14_338), (0, 1), (1, 4096), (4095, 2), (4096, 4096), (8191, 6147), (14_338, 0)])
  func bytes(offset: Int, count: Int) throws {
    try withTemporaryFolder { folder in
      let buffer = try Buffer<UInt8>(mapping: file(in: folder), offset: offset, count: count)
      #expect(buffer.array() == Array(content[offset..<offset + count]))
      #expect(buffer.view.isMappedFile == (count > 0))
    }
  }

  @Test("holds floats as they lie in the file")
  func floats() throws {
    try withTemporaryFolder { folder in
      let buffer = try Buffer<Float>(mapping: file(in: folder), offset: 4100, count: 1000)
      #expect(buffer.view.byteArray() == Array(content[4100..<8100]))
    }
  }

  @Test("stays as long as a view of it, even if the file is removed")
  func lifetime() throws {
    try withTemporaryFolder { folder in
      let path = try file(in: folder)
      let part: View<UInt8>
      do { part = try Buffer<UInt8>(mapping: path, offset: 5000, count: 9000).view[100..<200] }
      try FileManager.default.removeItem(atPath: path)
      #expect(part.array() == Array(content[5100..<5200]))
    }
  }

  @Test("is the same whatever the system was told of its use")
  func advice() throws {
    try withTemporaryFolder { folder in
      let buffer = try Buffer<UInt8>(mapping: file(in: folder), offset: 3, count: 14_000)
      let wanted = Array(content[3..<14_003])
      for pattern in [AccessPattern.random, .sequential, .normal] {
        buffer.view.expectAccess(pattern)
        buffer.view[5000..<5001].willNeed()
        buffer.view.willNeed()
        #expect(buffer.array() == wanted)
        buffer.view.release()
        #expect(buffer.array() == wanted)
      }
      let memory = Buffer<Float>([1, 2, 3])
      memory.view.willNeed()
      memory.view.release()
      memory.view.expectAccess(.random)
      #expect(memory.array() == [1, 2, 3])
      #expect(!memory.view.isMappedFile)
    }
  }

  @Test("has what the file has, or there is an error")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let path = try file(in: folder)
      func reason(_ path: String, _ offset: Int, _ count: Int) -> String {
        do {
          _ = try Buffer<Float>(mapping: path, offset: offset, count: count)
          return "mapped"
        } catch {
          return error.reason
        }
      }
      #expect(reason(path, 0, 3585) == "has 14338 bytes, which end before byte 14340")
      #expect(reason(path, 14_340, 0) == "has 14338 bytes, which end before byte 14340")
      #expect(reason(path, 2, 1) == "byte 2 is no multiple of 4, an element's alignment")
      #expect(reason(path, -4, 1) == "no file has 1 elements from byte -4 on")
      #expect(reason(path, 0, -1) == "no file has -1 elements from byte 0 on")
      #expect(reason(path, 0, Int.max / 2) == "no file has \(Int.max / 2) elements from byte 0 on")
      #expect(reason(path, Int.max - 3, 1) == "no file has 1 elements from byte \(Int.max - 3) on")
      #expect(reason(folder.path, 0, 1) == "is no regular file")
      #expect(reason(path + ".none", 0, 1) == "cannot be mapped: No such file or directory")
    }
  }
}

import Coordinator
import Dispatch
import Foundation
import TestSupport
import Testing

@Suite("New directories for results")
struct NewFolderTests {
  @Test("of one name and one second are different ones, however many processes ask at once")
  func exclusive() throws {
    try withTemporaryFolder { folder in
      let paths = Locked<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 160) { _ in
        guard let path = try? NewFolder.make(stem: folder.path + "/runs/digits") else { return }
        paths.withLock { $0.append(path) }
      }
      let made = paths.withLock { $0 }
      #expect(made.count == 160 && Set(made).count == 160)
      let found = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/runs")
      #expect(found.count == 160)
    }
  }

  @Test("may be there before if they are empty; a file or a directory with something in it is refused")
  func existing() throws {
    try withTemporaryFolder { folder throws in
      try NewFolder.make(folder.path + "/a/b")
      try NewFolder.make(folder.path + "/a/b")
      for path in ["/a", "/a/b/file"] {
        try "x".write(toFile: folder.path + "/a/b/file", atomically: true, encoding: .utf8)
        let refused = #expect(throws: RunFolderError.self) { try NewFolder.make(folder.path + path) }
        #expect(refused?.isUsage == true)
      }
      #expect(throws: RunFolderError.self) { try NewFolder.make("/proc/none/run") }
    }
  }
}

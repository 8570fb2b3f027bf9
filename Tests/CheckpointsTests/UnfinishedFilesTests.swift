import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Files that mean nothing once the process has ended")
struct UnfinishedFilesTests {
  @Test(
    "are removed without an allocation: a signal may come while its thread has the heap's lock",
    .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func allocations() async {
    // In a process of its own, where no other test allocates.
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        UnfinishedFiles.prepare()
        let names = (0..<5).map { "a folder with a name that no register holds \($0)" }
        let paths = names.map { folder.path + "/" + $0 }
        let locks = try paths.map { path in
          try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
          return try FolderLock(folder: path)
        }
        let allocations = AllocationCounter.count { UnfinishedFiles.removeAll() }
        try #require(allocations == 0, "\(allocations) allocations")
        for path in paths {
          try #require(!FileManager.default.fileExists(atPath: path + "/" + FolderLock.fileName), "\(path)")
        }
        withExtendedLifetime(locks) {}
      }
    }
  }
}

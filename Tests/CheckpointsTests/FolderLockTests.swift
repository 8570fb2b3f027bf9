import Checkpoints
import Dispatch
import Foundation
import TestSupport
import Testing

@Suite("The lock of a folder")
struct FolderLockTests {
  private func path(_ folder: URL) -> String { folder.path + "/" + FolderLock.fileName }

  @Test("keeps a second one out and names the holder, until the first lets go; then nothing is left of it")
  func twice() throws {
    try withTemporaryFolder { folder in
      do {
        let first = try FolderLock(folder: folder.path)
        let refused = #expect(throws: FolderInUse.self) { try FolderLock(folder: folder.path) }
        #expect(refused?.holder?.process == ProcessInfo.processInfo.processIdentifier)
        #expect(refused?.holder?.host == ProcessInfo.processInfo.hostName)
        #expect(refused?.description.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
        withExtendedLifetime(first) {}
      }
      #expect(!FileManager.default.fileExists(atPath: path(folder)))
      _ = try FolderLock(folder: folder.path)
    }
  }

  @Test("that a process left behind when it was killed is free, whatever its text says")
  func stale() throws {
    try withTemporaryFolder { folder in
      for text in [#"{"process":1,"host":"elsewhere","since":"2026-01-01T00:00:00Z"}"#, "", "half a li"] {
        try text.write(toFile: path(folder), atomically: false, encoding: .utf8)
        _ = try FolderLock(folder: folder.path)
      }
    }
  }

  @Test("is had by one alone of many that want it at the same time")
  func race() throws {
    try withTemporaryFolder { folder in
      let holders = Locked(0)
      let most = Locked(0)
      let taken = Locked(0)
      DispatchQueue.concurrentPerform(iterations: 200) { _ in
        guard let lock = try? FolderLock(folder: folder.path) else { return }
        let now = holders.withLock { count in
          count += 1
          return count
        }
        most.withLock { $0 = max($0, now) }
        taken.withLock { $0 += 1 }
        // Counted out before the lock is let go.
        holders.withLock { $0 -= 1 }
        withExtendedLifetime(lock) {}
      }
      #expect(most.withLock { $0 } == 1)
      #expect(taken.withLock { $0 } >= 1)
    }
  }

  @Test("knows when its folder was moved, removed or replaced, and leaves another one's lock alone")
  func displaced() throws {
    try withTemporaryFolder { folder in
      let files = FileManager.default
      let (place, other) = (folder.path + "/run", folder.path + "/elsewhere")
      try files.createDirectory(atPath: place, withIntermediateDirectories: false)
      var lock: FolderLock? = try FolderLock(folder: place)
      try lock?.requireFolder()
      try files.moveItem(atPath: place, toPath: other)
      let moved = #expect(throws: CheckpointError.self) { try lock?.requireFolder() }
      #expect(moved?.path == place && moved?.found.contains("was moved") == true, "\(String(describing: moved))")

      // Somebody else works in a folder of the old name.
      try files.createDirectory(atPath: place, withIntermediateDirectories: false)
      do {
        let others = try FolderLock(folder: place)
        #expect(throws: CheckpointError.self) { try lock?.requireFolder() }
        try others.requireFolder()
        lock = nil
        #expect(!files.fileExists(atPath: other + "/" + FolderLock.fileName))
        #expect(files.fileExists(atPath: place + "/" + FolderLock.fileName))
        #expect(throws: FolderInUse.self) { try FolderLock(folder: place) }
        withExtendedLifetime(others) {}
      }
      let last = try FolderLock(folder: place)
      try files.removeItem(atPath: place)
      let removed = #expect(throws: CheckpointError.self) { try last.requireFolder() }
      #expect(removed?.found.contains("was removed") == true, "\(String(describing: removed))")
    }
  }

  @Test("cannot be had where nothing can be written, and the error says where")
  func unwritable() {
    let error = #expect(throws: CheckpointError.self) { try FolderLock(folder: "/proc/none") }
    #expect(error?.path == "/proc/none/run.lock")
  }
}

import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Atomic files")
struct AtomicFileTests {
  @Test("a file is created and replaced, and nothing else is left")
  func replace() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/summary.json"
      try AtomicFile.write("old", to: path)
      try AtomicFile.write("new and longer", to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "new and longer")
      try AtomicFile.write([], to: path)
      #expect(try contents(path) == [])
      #expect(try names(in: folder.path) == ["summary.json"])
    }
  }

  @Test("the old file is there, whole, while the new one is written, and after a failure")
  func oldUntilDone() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/file"
      try AtomicFile.write("old", to: path)
      let failure = CheckpointError(path: "elsewhere", found: "broke", remedy: "none")
      let error = checkpointError {
        try AtomicFile.write(to: path) { output throws(CheckpointError) in
          try output.append(Array("new".utf8))
          #expect((try? String(contentsOfFile: path, encoding: .utf8)) == "old")
          throw failure
        }
      }
      #expect(error == failure)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      #expect(try names(in: folder.path) == ["file"])
    }
  }

  @Test("bytes can be written over before the file is in place")
  func overwrite() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/file"
      try AtomicFile.write(to: path) { output throws(CheckpointError) in
        try output.append(Array("....tail".utf8))
        try output.overwrite(Array("head".utf8), at: 0)
        try output.append(Array("!".utf8))
        #expect(output.byteCount == 9)
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "headtail!")
    }
  }

  @Test("a missing folder, a file in its place, a folder in the way and a system folder are refused in words")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      let missing = checkpointError { try AtomicFile.write("x", to: folder.path + "/none/file") }
      #expect(missing?.path == folder.path + "/none/file")
      #expect(missing?.found == "cannot be created: No such file or directory")
      try AtomicFile.write("x", to: folder.path + "/file")
      let inside = checkpointError { try AtomicFile.write("x", to: folder.path + "/file/inside") }
      #expect(inside?.found == "cannot be created: Not a directory")
      let parent = checkpointError { try AtomicFile.write("x", to: folder.path) }
      #expect(parent?.found == "a folder is in the way")
      #expect(try names(in: folder.path) == ["file"])
    }
    #expect(checkpointError { try AtomicFile.write("x", to: "/proc/weights") } != nil)
    let device = checkpointError { try AtomicFile.write("x", to: "/dev/null") }
    #expect(device?.found == "a device or pipe is in the way")
  }

  @Test("stale temporary files are removed, those of a living writer and other files stay")
  func stale() throws {
    try withTemporaryFolder { folder in
      // What a killed process leaves: a part of the file under the temporary name, locked by nobody.
      try Data("part".utf8).write(to: folder.appendingPathComponent(".weights.safetensors.1f.partial"))
      try Data("mine".utf8).write(to: folder.appendingPathComponent("notes.partial"))
      try Data("mine".utf8).write(to: folder.appendingPathComponent(".hidden"))
      let path = folder.path + "/file"
      try AtomicFile.write(to: path) { output throws(CheckpointError) in
        try output.append([1])
        #expect(AtomicFile.removeStale(in: folder.path) == [".weights.safetensors.1f.partial"])
      }
      #expect(try names(in: folder.path) == [".hidden", "file", "notes.partial"])
      #expect(AtomicFile.removeStale(in: folder.path + "/none") == [])
    }
  }

  @Test(
    "on a full disk the old file stays, the temporary one goes, and the error says so",
    .enabled(if: TinyDisk.works, "no small disk can be mounted here"))
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      try TinyDisk.mounted(at: folder.path) {
        let path = folder.path + "/weights.safetensors"
        let small = [Float](repeating: 1, count: 100)
        let large = [Float](repeating: 1, count: 100_000)
        try SafetensorsFile.write([vector("w", small)], to: path)
        let error = checkpointError {
          try SafetensorsFile.write([vector("w", large)], to: path)
        }
        #expect(
          error?.description
            == "\(path): cannot be written: No space left on device. Free some space or choose another folder.")
        #expect(try names(in: folder.path) == ["weights.safetensors"])
        #expect(try SafetensorsFile(path: path).entry("w")?.shape == [100])
      }
    }
  }

  @Test(
    "in a read-only folder nothing changes and the error says so",
    .enabled(if: TinyDisk.works, "no small disk can be mounted here"))
  func readOnly() throws {
    try withTemporaryFolder { folder in
      try TinyDisk.mounted(at: folder.path) {
        let path = folder.path + "/summary.json"
        try AtomicFile.write("old", to: path)
        #expect(TinyDisk.mount("-o", "remount,ro", folder.path))
        let error = checkpointError { try AtomicFile.write("new", to: path) }
        #expect(
          error?.description
            == "\(path): cannot be created: Read-only file system. Choose a folder that you may write to.")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      }
    }
  }
}

/// A file system of 64 KiB in memory, which only root can mount.
enum TinyDisk {
  static let works: Bool =
    (try? withTemporaryFolder { folder in try mounted(at: folder.path) { true } }) ?? false

  private struct NotMounted: Error {}

  static func mounted<Result>(at path: String, _ body: () throws -> Result) throws -> Result {
    guard mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", path) else { throw NotMounted() }
    defer { run("/bin/umount", [path]) }
    return try body()
  }

  static func mount(_ arguments: String...) -> Bool { run("/bin/mount", arguments) }

  @discardableResult
  private static func run(_ tool: String, _ arguments: [String]) -> Bool {
    guard FileManager.default.isExecutableFile(atPath: tool) else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

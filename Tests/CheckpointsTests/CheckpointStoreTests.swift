import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Checkpoint store")
struct CheckpointStoreTests {
  private func withStore(keep: Int = 10, _ body: (CheckpointStore) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try body(CheckpointStore(folder: folder.path + "/checkpoints", keep: keep))
    }
  }

  private func save(_ store: CheckpointStore, _ steps: Int...) throws {
    for step in steps {
      try store.save(step: step, tensors: [vector("w", [Float(step), 1, 2])], metadata: ["config": "abc"])
    }
  }

  @Test("the newest save comes back with its step, tensors and metadata")
  func newest() throws {
    try withStore { store in
      #expect(store.newestValid().checkpoint?.step == nil)
      #expect(store.steps() == [])
      try save(store, 500, 1000, 99_999_999, 100_000_000)
      #expect(store.steps() == [500, 1000, 99_999_999, 100_000_000])
      #expect(store.path(step: 500).hasSuffix("/checkpoints/step-00000500.safetensors"))
      let search = store.newestValid()
      #expect(search.rejected == [])
      #expect(search.checkpoint?.step == 100_000_000)
      #expect(search.checkpoint?.file.metadata == ["config": "abc", "step": "100000000"])
      #expect(try search.checkpoint?.file.floats("w")[0] == 100_000_000)
    }
  }

  @Test("damaged saves are named with their reasons and the one before is used")
  func damaged() throws {
    try withStore { store in
      try save(store, 1, 2, 3, 4, 5)
      let newest = try contents(store.path(step: 5))
      try Data(newest.dropLast(2)).write(to: URL(fileURLWithPath: store.path(step: 5)))
      try corrupt(store.path(step: 4), at: newest.count - 5)
      try Data().write(to: URL(fileURLWithPath: store.path(step: 3)))
      let search = store.newestValid()
      #expect(search.checkpoint?.step == 2)
      #expect(search.rejected.map(\.path) == [5, 4, 3].map { store.path(step: $0) })
      #expect(search.rejected[0].found.hasPrefix("cut off"))
      #expect(search.rejected[1].found == "tensor 'w' does not match its SHA-256 digest")
      #expect(search.rejected[2].found.hasPrefix("0 bytes"))
    }
  }

  @Test("a save under another step's name and a folder are rejected")
  func impostors() throws {
    try withStore { store in
      try save(store, 7)
      try FileManager.default.copyItem(atPath: store.path(step: 7), toPath: store.path(step: 8))
      try FileManager.default.createDirectory(atPath: store.path(step: 9), withIntermediateDirectories: false)
      let search = store.newestValid()
      #expect(search.checkpoint?.step == 7)
      #expect(search.rejected.map(\.found) == ["not a regular file", "its metadata say step 7, its name 8"])
    }
  }

  @Test("a process killed while it saves leaves the older save, and the next save clears up")
  func killed() throws {
    try withStore { store in
      try save(store, 1)
      let whole = try contents(store.path(step: 1))
      let partial = store.folder + "/.step-00000002.safetensors.abc.partial"
      try Data(whole.prefix(whole.count / 2)).write(to: URL(fileURLWithPath: partial))
      #expect(store.newestValid().checkpoint?.step == 1)
      #expect(store.newestValid().rejected == [])
      try save(store, 2)
      #expect(try names(in: store.folder) == ["step-00000001.safetensors", "step-00000002.safetensors"])
    }
  }

  @Test("the last saves and the best stay, others go, foreign files are not touched")
  func pruning() throws {
    try withStore(keep: 2) { store in
      try save(store, 1)
      try store.saveBest(step: 1, tensors: [vector("w", [8])])
      try Data("mine".utf8).write(to: URL(fileURLWithPath: store.folder + "/step-mine.safetensors"))
      try save(store, 2, 3, 4)
      #expect(
        try names(in: store.folder) == [
          "best.safetensors", "step-00000003.safetensors", "step-00000004.safetensors", "step-mine.safetensors",
        ])
      #expect(try store.best()?.step == 1)
      #expect(try store.best()?.file.floats("w")[0] == 8)
    }
  }

  @Test("damaged later saves do not push out the good ones after a resume")
  func pruningAfterResume() throws {
    try withStore(keep: 2) { store in
      try save(store, 10, 20, 30)
      for step in [20, 30] { try Data().write(to: URL(fileURLWithPath: store.path(step: step))) }
      try save(store, 15)
      #expect(store.newestValid().checkpoint?.step == 15)
      try save(store, 20)
      #expect(store.newestValid().checkpoint?.step == 20)
      #expect(store.steps() == [15, 20, 30])
    }
  }

  @Test("the best is none before it is saved, and an error when it is damaged")
  func damagedBest() throws {
    try withStore { store in
      #expect(try store.best()?.step == nil)
      try store.saveBest(step: 3, tensors: [vector("w", [8])])
      try corrupt(store.bestPath, at: contents(store.bestPath).count - 1)
      #expect(checkpointError { _ = try store.best() }?.path == store.bestPath)
    }
  }

  @Test("the folder is made, but not the one that it is in: a run directory that was removed does not come back")
  func removedRun() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder.path + "/run/checkpoints", keep: 1)
      let error = checkpointError { try save(store, 1) }
      #expect(error?.path == store.folder && error?.found.contains("No such file") == true)
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
    }
  }

  @Test("a file in place of the folder is an error that names it")
  func fileInTheWay() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("x", to: folder.path + "/checkpoints")
      let store = CheckpointStore(folder: folder.path + "/checkpoints", keep: 1)
      let error = checkpointError { try save(store, 1) }
      #expect(error?.path == store.folder)
      #expect(error?.remedy == "Choose a folder that you may write to")
    }
  }
}

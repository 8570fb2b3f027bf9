import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import TestSupport
import Testing

@Suite("A run that begins with the weights of a file")
struct InitialWeightsTests {
  private let data = Runs.samples(.features(6), count: 60)

  private func trainer(hidden: Int = 9, folder: RunFolder? = nil, data: DataSplits? = nil) throws -> Trainer {
    try Trainer(RunPlan(configuration(hidden: hidden), splits: data ?? self.data, threads: 1), folder: folder)
  }

  private func configuration(hidden: Int = 9) -> RunConfiguration {
    Runs.configuration(.mlp(hidden: [hidden]), batch: 16, shards: 2, microbatch: 8, steps: 3)
  }

  /// A file with the tensors of a network after a few steps, changed as the test wants.
  private func write(
    _ path: String, _ trainer: Trainer, rename: (String) -> [String] = { [$0] }, except: Set<String> = []
  ) throws {
    let tensors = trainer.tensorsInFileLayout().filter { !except.contains($0.name) }.flatMap { tensor in
      let stored = trainer.plan.network.storedTensors.first { $0.name == tensor.name }
      return rename(tensor.name).map { name in
        SafetensorsTensor(name, shape: stored?.fileShape ?? []) { $0.copy(from: tensor.elements) }
      }
    }
    try SafetensorsFile.write(tensors, to: path)
  }

  private func trained(hidden: Int = 9) throws -> Trainer {
    let trainer = try trainer(hidden: hidden)
    for _ in 0..<3 { _ = trainer.takeStep() }
    return trainer
  }

  @Test(
    "takes one prefix off all names",
    arguments: ["module.", "_orig_mod.", "model.", "module.model.", "some.other.thing."])
  func prefixes(prefix: String) throws {
    try withTemporaryFolder { folder in
      let (path, source) = (folder.path + "/w.safetensors", try trained())
      try write(path, source, rename: { [prefix + $0] })
      let other = try trainer()
      let loaded = try other.loadWeights(from: path)
      #expect(other.fileWeights == source.fileWeights)
      #expect(loaded.notes.count == 1 && loaded.notes[0].contains("'\(prefix)' is taken off"))
    }
  }

  @Test("prefers names as they are, then a wrapper's prefix, and asks where there are several others")
  func severalPrefixes() throws {
    try withTemporaryFolder { folder in
      let (path, source) = (folder.path + "/w.safetensors", try trained())
      let other = try trainer()
      try write(path, source, rename: { [$0, "module." + $0, "ema." + $0] })
      #expect(try other.loadWeights(from: path).notes == [])
      try write(path, source, rename: { ["ema." + $0, "model." + $0] })
      #expect(try other.loadWeights(from: path).prefix == "model.")
      try write(path, source, rename: { ["a." + $0, "b." + $0] })
      let error = #expect(throws: CheckpointError.self) { try other.loadWeights(from: path) }
      #expect(error?.found.contains("under 'a.' and 'b.'") == true)
    }
  }

  @Test("names tensors that are missing or of another shape, and says that a part could be taken")
  func mismatches() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/w.safetensors"
      try write(path, trained(hidden: 8), rename: { ["module." + $0] }, except: ["2.bias"])
      let other = try trainer()
      let before = other.fileWeights
      let error = #expect(throws: CheckpointError.self) { try other.initialize(from: path, isPartial: true) }
      #expect(
        error?.found == "0.weight has shape [8, 6], the model's is [9, 6]; 0.bias has shape [8], the model's is [9]; "
          + "2.weight has shape [5, 8], the model's is [5, 9]; 2.bias is missing")
      #expect(other.fileWeights == before)

      try write(path, trained(), rename: { ["module." + $0] }, except: ["2.bias"])
      let whole = #expect(throws: CheckpointError.self) { try other.initialize(from: path) }
      #expect(whole?.found == "module.2.bias is missing" && whole?.remedy.contains("--init-partial") == true)
      let evaluated = #expect(throws: CheckpointError.self) { try other.loadWeights(from: path) }
      #expect(evaluated?.remedy.contains("--init-partial") == false)
      #expect(other.fileWeights == before)

      try SafetensorsFile.write([], to: path)
      let nothing = #expect(throws: CheckpointError.self) { try other.loadWeights(from: path) }
      #expect(nothing?.found == "has no tensors")
    }
  }

  @Test("in part takes what fits, leaves the last layer of other classes at its initial values, and records both")
  func partial() throws {
    try withTemporaryFolder { folder in
      let (path, source) = (folder.path + "/w.safetensors", try trained())
      try write(path, source)
      let seven = Runs.samples(.features(6), count: 60, classes: 7)
      let run = try RunFolder(creating: folder.path + "/run", configuration: configuration())
      let other = try trainer(folder: run, data: seven)
      let initial = other.tensorsInFileLayout()
      #expect(throws: CheckpointError.self) { try other.plan.requireWeights(from: path, isPartial: false) }
      try other.plan.requireWeights(from: path, isPartial: true)
      let loaded = try other.initialize(from: path, isPartial: true)
      #expect(loaded.taken == ["0.weight", "0.bias"])
      #expect(loaded.notes.count == 1 && loaded.notes[0].contains("2 of 4 tensors taken"))
      #expect(loaded.notes[0].contains("2.weight (has shape [5, 9], the model's is [7, 9])"))
      for (new, (old, first)) in zip(other.tensorsInFileLayout(), zip(source.tensorsInFileLayout(), initial)) {
        #expect(new.elements == (loaded.taken.contains(new.name) ? old.elements : first.elements), "\(new.name)")
      }

      let record = try #require(try other.train().summary.initializedFrom)
      #expect(record.file == path && record.prefix == nil && record.tensorsTaken == 2)
      #expect(record.tensorsLeft == ["2.weight", "2.bias"])
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(record.sha256 == SHA256Digest.hex(of: Array(bytes)))

      // A run directory is as good as the file in it; a run that goes on still knows what it began with.
      let third = try trainer(data: seven)
      #expect(try third.initialize(from: folder.path + "/run").path.hasSuffix("run/weights.safetensors"))
      #expect(third.fileWeights == other.fileWeights)
      withExtendedLifetime(run) {}
    }
  }

  @Test("a folder without weights is refused in words")
  func folderWithoutWeights() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: CheckpointError.self) { try trainer().loadWeights(from: folder.path) }
      #expect(error?.found == "a folder without weights.safetensors")
    }
  }
}

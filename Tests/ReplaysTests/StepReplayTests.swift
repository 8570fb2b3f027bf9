import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Keys
import Records
import Replays
import TestSupport
import Testing

/// Any step of a run is computed again and shown layer by layer.
@Suite struct StepReplayTests {
  @Test("loss, layers and tensors of a step are the recorded bits with any number of threads", arguments: [1, 2, 3, 7])
  func sameBits(threads: Int) throws {
    try withTemporaryFolder { folder in
      let splits = ReplayRuns.pictures()
      let path = folder.path + "/run"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.deep), splits, in: path)
      let reference = try StepReplayer(ReplayRuns.open(path, splits, threads: 2)).replay(step: 6).record
      let record = try StepReplayer(ReplayRuns.open(path, splits, threads: threads)).replay(step: 6).record
      #expect(record == reference)
      #expect(record.isSame == true)
      #expect(record.computedFrom == 4)
      #expect(record.layers.count >= 6)
      #expect(record.tensors.allSatisfy { $0.updateNorm ?? 0 > 0 })
    }
  }

  @Test("a step of a run with mixup has the recorded loss again")
  func mixup() throws {
    try withTemporaryFolder { folder in
      let splits = ReplayRuns.pictures()
      let path = folder.path + "/run"
      let configuration = try RunConfiguration.decode(
        ReplayRuns.configuration(ReplayRuns.deep).json(), file: "test",
        overrides: [.init(#"data.augment=[{"type": "flip"}, {"type": "mixup", "alpha": 1}]"#)])
      try ReplayRuns.train(configuration, splits, in: path)
      let record = try StepReplayer(ReplayRuns.open(path, splits, threads: 3)).replay(step: 6).record
      #expect(record.isSame == true)
    }
  }

  @Test("a step computed from the beginning is that computed from a save")
  func fromBeginning() throws {
    try withTemporaryFolder { folder in
      let splits = ReplayRuns.pictures()
      let path = folder.path + "/run"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.dense), splits, in: path)
      var saved = try StepReplayer(ReplayRuns.open(path, splits)).replay(step: 5).record
      try FileManager.default.removeItem(atPath: path + "/checkpoints")
      let record = try StepReplayer(ReplayRuns.open(path, splits)).replay(step: 5).record
      #expect((saved.computedFrom, record.computedFrom) == (4, 0))
      saved.computedFrom = 0
      #expect(record == saved)
    }
  }

  @Test("what is shown of a dense layer and of the loss is what their formulas give")
  func formulas() throws {
    try withTemporaryFolder { folder in
      let splits = ReplayRuns.pictures()
      let path = folder.path + "/run"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.dense), splits, in: path)
      let replayer = StepReplayer(
        try ReplayRuns.open(path, splits), .init(shard: 1, microbatch: 0), keeping: true)
      let result = try replayer.replay(step: 2)
      let file = folder.path + "/step.safetensors"
      try SafetensorsFile.write(result.tensors, to: file)
      let tensors = try SafetensorsFile(path: file)
      let (x, w, b) = try (
        tensors.floats("input"), tensors.floats("weights.1.weight"), tensors.floats("weights.1.bias")
      )
      var hidden: [Float] = []
      for row in 0..<5 {
        for unit in 0..<8 {
          var sum = b[unit]
          for input in 0..<36 { sum += x[row * 36 + input] * w[unit * 36 + input] }
          hidden.append(max(0, sum))
        }
      }
      expectClose(try tensors.floats("forward.1"), hidden)
      let logits = try tensors.floats("forward.3")
      let samples = try tensors.integers("samples")
      #expect(samples.map(Int.init) == result.record.samples)
      var gradient: [Float] = []
      for row in 0..<5 {
        let exponentials = (0..<3).map { exp(logits[row * 3 + $0]) }
        let sum = exponentials.reduce(0, +)
        let label = splits.train.label(of: Int(samples[row]))
        for output in 0..<3 { gradient.append(exponentials[output] / sum - (output == label ? 1 : 0)) }
      }
      expectClose(try tensors.floats("backward.3"), gradient)
      let layer = try #require(result.record.layers.first { $0.name == "1" })
      let given = try tensors.floats("forward.1")
      #expect(layer.forward.maximum == given.max().map { Double($0) })
      #expect(layer.forward.zeros == given.count { $0 == 0 })
    }
  }

  @Test("the losses of all microbatches shown add up to the step's")
  func lossesAddUp() throws {
    let splits = ReplayRuns.pictures()
    let trainer = try Trainer(RunPlan(ReplayRuns.configuration(ReplayRuns.deep), splits: splits, threads: 2))
    _ = trainer.takeStep()
    let passes = StepPasses(trainer)
    let recorder = PassRecorder(trainer.plan.network)
    for place in passes.places() { passes.run(place, recorder) }
    let step = try #require(trainer.takeStep())
    #expect(abs(recorder.loss.loss / 20 - step.loss) < 1e-12)
    #expect(recorder.loss.correct == step.correct)
  }

  @Test("looking at a step changes nothing that comes after it")
  func changesNothing() throws {
    let splits = ReplayRuns.pictures()
    let plan = try RunPlan(ReplayRuns.configuration(ReplayRuns.deep), splits: splits, threads: 3)
    let (observed, other) = (try Trainer(plan), try Trainer(plan))
    for _ in 0..<3 {
      let passes = StepPasses(observed)
      for place in passes.places() { passes.run(place, PassRecorder(plan.network)) }
      _ = observed.averageGradient()
      #expect(observed.takeStep()?.loss == other.takeStep()?.loss)
    }
    #expect(observed.hasSameState(as: other))
  }

  @Test("what the run does not have is refused: step, shard, microbatch, layer")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let splits = ReplayRuns.pictures()
      let path = folder.path + "/run"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.dense), splits, in: path)
      let run = try ReplayRuns.open(path, splits)
      for step in [0, -1, 7, .max] {
        #expect(throws: ReplayError.self) { try StepReplayer(run).replay(step: step) }
      }
      for selection in [
        StepReplayer.Selection(shard: 2), .init(shard: -1), .init(shard: 0, microbatch: 2), .init(microbatch: .max),
        .init(layer: "7"),
      ] {
        #expect(throws: ReplayError.self) { try StepReplayer(run, selection).replay(step: 2) }
      }
    }
  }
}

import Keys
import Models
import Observers
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Records
import Replays
import TestSupport
import Testing

/// A run that diverges leaves all that computes its failure again.
@Suite struct FailureBundleTests {
  /// The bundle of a run, carried to another place.
  private func bundle(of run: String, in folder: URL, threads: Int = 2) throws -> FailureBundle {
    let other = folder.path + "/elsewhere"
    try? FileManager.default.removeItem(atPath: other)
    try FileManager.default.copyItem(atPath: run + "/failure", toPath: other)
    return try #require(try FailureBundle(at: other, threads: threads))
  }

  private static func plant(_ value: Float) -> DataSplits {
    ReplayRuns.pictures { values, _ in values[37 * 36 + 4] = value }
  }

  @Test("a planted NaN is named: step, sample, element, class; with any number of threads", arguments: [1, 2, 3, 7])
  func plantedNaN(threads: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let result = try ReplayRuns.train(
        ReplayRuns.configuration(ReplayRuns.deep), Self.plant(.nan), in: path, threads: threads)
      #expect(result.outcome == .diverged)
      #expect(result.observerFailures.isEmpty)
      #expect(result.summary.divergence?.bundle == "failure")
      let bundle = try bundle(of: path, in: folder, threads: threads)
      let place = bundle.record.place
      #expect((place.part, place.sample, place.element, place.label) == (.input, 37, 4, 37 * 7 % 3))
      #expect(place.value == "NaN")
      let replay = try bundle.replay().0
      #expect(replay.isReproduced)
      #expect(replay.sameLayers == replay.layers.count && replay.layers.count >= 6)
      #expect(replay.oddities.map(\.sample) == [37])
      // Step, shard, microbatch and every range are those of one thread.
      let one = folder.path + "/one"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.deep), Self.plant(.nan), in: one, threads: 1)
      let single = try #require(try FailureBundle(at: one, threads: 1))
      #expect(single.record == bundle.record)
    }
  }

  @Test("a number that is finite but huge is followed to the layer that overflows, and named as the odd sample")
  func hugeInput() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let model = #"{ "type": "flatten" }, { "type": "dense", "units": 3 }"#
      try ReplayRuns.train(ReplayRuns.configuration(model), Self.plant(3e38), in: path) { trainer in
        trainer.state.parameters.view.fill(with: 100)
      }
      let replay = try bundle(of: path, in: folder).replay().0
      let place = replay.failure.place
      #expect((place.part, place.layer, place.sample) == (.forward, "1", 37))
      #expect(replay.isReproduced)
      #expect(replay.oddities.map(\.sample) == [37])
      #expect(replay.oddities.first?.far == 1 && replay.oddities.first?.element == 4)
    }
  }

  @Test("the bundle holds the microbatch as the network got it, and as the source has it")
  func samples() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let splits = Self.plant(.infinity)
      let configuration = try RunConfiguration.decode(
        ReplayRuns.configuration(ReplayRuns.dense).json(), file: "test",
        overrides: [.init(#"data.augment=[{"type": "flip"}, {"type": "padCrop", "padding": 1}]"#)])
      try ReplayRuns.train(configuration, splits, in: path)
      let file = try SafetensorsFile(path: path + "/failure/samples.safetensors")
      let (indices, inputs, plain) = try (file.integers("indices"), file.floats("inputs"), file.floats("unaugmented"))
      #expect(indices.contains(37) && inputs != plain)
      let expected = Buffer<Float>(count: 36)
      for (row, index) in indices.enumerated() {
        splits.train.write(Int(index), into: expected.view)
        #expect(plain[row * 36..<(row + 1) * 36].map(\.bitPattern) == expected.view.array().map(\.bitPattern))
      }
      #expect(try file.integers("labels").map(Int.init) == indices.map { splits.train.label(of: Int($0)) })
      #expect(try bundle(of: path, in: folder).replay().0.isReproduced)
    }
  }

  @Test("the bundle of a run with mixup has partners and shares, and replays the same bits", arguments: [1, 3])
  func mixup(threads: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let splits = Self.plant(3e38)
      let model = #"{ "type": "flatten" }, { "type": "dense", "units": 3 }"#
      let configuration = try RunConfiguration.decode(
        ReplayRuns.configuration(model).json(), file: "test",
        overrides: [
          .init(#"data.augment=[{"type": "flip"}, {"type": "mixup", "alpha": 2}]"#), .init("loss.labelSmoothing=0.1"),
        ])
      try ReplayRuns.train(configuration, splits, in: path, threads: threads) { trainer in
        trainer.state.parameters.view.fill(with: 100)
      }
      let file = try SafetensorsFile(path: path + "/failure/samples.safetensors")
      let (indices, partners, shares) = try (
        file.integers("indices"), file.integers("partners"), file.floats("shares")
      )
      #expect(indices.contains(37) && shares.count == indices.count && shares.contains { $0 > 0.1 && $0 < 0.9 })
      // Each is mixed with the one before it.
      #expect(Array(partners.dropFirst()) == Array(indices.dropLast()))
      #expect(try file.integers("partnerLabels").map(Int.init) == partners.map { splits.train.label(of: Int($0)) })
      let bundle = try bundle(of: path, in: folder, threads: threads)
      #expect(bundle.record.notes.contains { $0.hasPrefix("mixup: ") })
      let replay = try bundle.replay().0
      #expect(replay.isReproduced)
      #expect(replay.sameLayers == replay.layers.count && replay.layers.count >= 1)
    }
  }

  @Test("a rate that makes weights overflow is found in the step before it was noticed, from the state before it")
  func highRate() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let configuration = try ReplayRuns.configuration(
        ReplayRuns.dense, steps: 40,
        #", "learningRate": { "reference": 1e30, "scaling": "none", "warmup": { "kind": "none" } }"#)
      let result = try ReplayRuns.train(configuration, ReplayRuns.pictures(), in: path)
      #expect(result.outcome == .diverged)
      let bundle = try bundle(of: path, in: folder)
      let weights = try SafetensorsFile(path: bundle.folder + "/weights-before.safetensors")
      for entry in weights.entries { #expect(try weights.floats(entry.name).allSatisfy(\.isFinite)) }
      #expect(bundle.record.place.part != .weights)
      #expect(try bundle.replay().0.isReproduced)
    }
  }

  @Test(
    "a gradient that overflows under a finite loss stops a run that traps it before the update, else is found after it")
  func trap() throws {
    try withTemporaryFolder { folder in
      // Two steps an epoch: weights are not looked at between them.
      let inputs = (0..<40).map { Float($0 % 2 == 0 ? 1e20 : -1e20) }
      let splits = ReplayRuns.line(inputs, inputs.map { $0 * 2 })
      let configuration = try ReplayRuns.configuration(
        #"{ "type": "dense", "units": 1 }"#, steps: 2, #", "loss": { "kind": "meanSquaredError" }"#)
      for trapping in [true, false] {
        let path = folder.path + "/run-\(trapping)"
        let result = try ReplayRuns.train(configuration, splits, in: path, trapping: trapping)
        let divergence = try #require(result.summary.divergence)
        #expect(divergence.kind == (trapping ? .pass : .trainingLoss))
        #expect(divergence.step == (trapping ? 1 : 2))
        let bundle = try bundle(of: path, in: folder)
        #expect(bundle.record.step == 1)
        #expect((bundle.record.place.part, bundle.record.place.tensor) == (.gradient, "0.weight"))
        #expect(try bundle.replay().0.isReproduced)
      }
    }
  }

  @Test("goes when the run goes on and ends well, and stays until then")
  func ends() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let configuration = try ReplayRuns.configuration(ReplayRuns.dense, steps: 6)
      /// Goes on, or begins, to the end or not at all.
      func outcome(_ splits: DataSplits, begins: Bool = false, stops: Bool = false) throws -> RunOutcome {
        let plan = try RunPlan(configuration, splits: splits, threads: 2)
        let folder =
          try begins
          ? RunFolder(creating: path, configuration: plan.configuration)
          : RunFolder(resuming: path, configuration: plan.configuration)
        let trainer = try Trainer(plan, recordingIn: folder)
        if !begins { _ = try trainer.resume(acceptingChanges: true) }
        let stop = StopRequest()
        if stops { stop.raise() }
        let result = try trainer.train(stop: stop)
        #expect(result.observerFailures.isEmpty)
        return result.outcome
      }
      func hasFailure() throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: path).contains { $0.contains("failure") }
      }
      #expect(try outcome(ReplayRuns.pictures(), begins: true, stops: true) == .interrupted)
      #expect(try outcome(Self.plant(.nan)) == .diverged)
      #expect(try hasFailure())
      #expect(try outcome(ReplayRuns.pictures(), stops: true) == .interrupted)
      #expect(try hasFailure())
      #expect(try outcome(ReplayRuns.pictures()) == .completed)
      #expect(try !hasFailure())
    }
  }

  @Test("an optimizer's step that overflows is found, and computed again from the gradient")
  func update() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let inputs = (0..<20).map { Float($0 % 2 == 0 ? 1e15 : -1e15) }
      let configuration = try ReplayRuns.configuration(
        #"{ "type": "dense", "units": 1 }"#, steps: 1,
        #", "loss": { "kind": "meanSquaredError" }, "learningRate": { "reference": 1e12, "scaling": "none", "warmup": { "kind": "none" } }"#
      )
      let result = try ReplayRuns.train(configuration, ReplayRuns.line(inputs, inputs.map { $0 * 2 }), in: path)
      #expect(result.summary.divergence?.kind == .weights)
      let bundle = try bundle(of: path, in: folder)
      #expect((bundle.record.place.part, bundle.record.place.tensor) == (.update, "0.weight"))
      #expect(try bundle.replay().0.isReproduced)
    }
  }

  @Test("a test sample that no network can evaluate is named")
  func evaluation() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let good = ReplayRuns.pictures()
      let bad = Self.plant(.nan)
      let splits = DataSplits(train: good.train, test: bad.train)
      let result = try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.deep), splits, in: path)
      #expect(result.summary.divergence?.kind == .evaluation)
      let bundle = try bundle(of: path, in: folder)
      #expect((bundle.record.set, bundle.record.place.sample, bundle.record.place.element) == (.test, 37, 4))
      let replay = try bundle.replay().0
      #expect(replay.isReproduced && replay.sameLayers == replay.layers.count)
    }
  }

  @Test("a bundle whose samples are others is not reproduced")
  func altered() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.deep), Self.plant(.nan), in: path)
      let file = path + "/failure/samples.safetensors"
      let samples = try SafetensorsFile(path: file)
      let inputs = try samples.floats("inputs").map { $0.isNaN ? 0 : $0 }
      let others = try ["indices", "labels"].map {
        SafetensorsTensor($0, shape: [5], integers: try samples.integers($0))
      }
      let changed = SafetensorsTensor("inputs", shape: [5, 6, 6, 1], Buffer(inputs).view)
      try SafetensorsFile.write([changed] + others, metadata: samples.metadata, to: file)
      let replay = try bundle(of: path, in: folder).replay().0
      #expect(!replay.isReproduced && replay.place == nil)
    }
  }

  @Test("a bundle that is damaged is refused with a message")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.dense), Self.plant(.nan), in: path)
      let record = path + "/failure/failure.json"
      let text = try String(contentsOfFile: record, encoding: .utf8)
      for (before, after) in [
        ("\"trainingSamples\" : 60", "\"trainingSamples\" : 0"),
        ("\"trainingSamples\" : 60", "\"trainingSamples\" : 30"),
        ("\"shard\" : ", "\"shard\" : 9"), ("\"part\"", "\"apart\""), ("{", ""),
        ("\"microbatch\" : ", "\"microbatch\" : 9"),
      ] {
        let broken = text.replacing(before, with: after, maxReplacements: 1)
        #expect(broken != text, "\(before)")
        try broken.write(toFile: record, atomically: false, encoding: .utf8)
        #expect(throws: (any Error).self, "\(after)") { try self.bundle(of: path, in: folder).replay() }
      }
    }
  }

  @Test("a bundle whose data are said to be wider than its weights is refused before memory is taken for them")
  func wider() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      try ReplayRuns.train(ReplayRuns.configuration(ReplayRuns.dense), Self.plant(.nan), in: path)
      let record = path + "/failure/failure.json"
      let text = try String(contentsOfFile: record, encoding: .utf8)
      // Without samples the shape is the record's word alone.
      var fields = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      var data = try #require(fields["data"] as? [String: Any])
      data["shape"] = [8, 8, 1 << 14]
      (fields["data"], fields["set"]) = (data, nil)
      try JSONSerialization.data(withJSONObject: fields).write(to: URL(fileURLWithPath: record))
      let error = #expect(throws: ReplayError.self) { try self.bundle(of: path, in: folder).replay() }
      #expect(error?.message.contains("parameters") == true)
    }
  }

  @Test(
    "a NaN planted in one picture of MNIST is named from the bundle alone",
    .enabled(if: SharedData.hasMNIST, "no MNIST beside the checkout"))
  func mnist() throws {
    try withTemporaryFolder { folder in
      let configuration = try RunConfiguration.decode(
        """
        { "name": "mnist", "data": { "dataset": "mnist", "path": "\(SharedData.mnist.path)" },
          "model": { "preset": "logistic" }, "batch": { "size": 500 }, "epochs": 1 }
        """, file: "test")
      let splits = try RunData.load(configuration)
      let planted = DataSplits(train: PlantedNaN(splits.train, sample: 4711, element: 402), test: splits.test)
      let path = folder.path + "/run"
      #expect(try ReplayRuns.train(configuration, planted, in: path).outcome == .diverged)
      let replay = try bundle(of: path, in: folder).replay().0
      #expect(replay.isReproduced && replay.sameLayers == replay.layers.count)
      let place = try #require(replay.place)
      #expect((place.part, place.sample, place.element, place.className) == (.input, 4711, 402, "5"))
    }
  }
}

/// A training set with a NaN in one sample.
private struct PlantedNaN: SampleSource {
  private let base: any SampleSource
  private let sample: Int
  private let element: Int

  init(_ base: any SampleSource, sample: Int, element: Int) {
    self.base = base
    self.sample = sample
    self.element = element
  }

  var name: String { base.name }
  var shape: SampleShape { base.shape }
  var count: Int { base.count }
  var task: PredictionTask { base.task }

  func write(_ sample: Int, into input: Floats) {
    base.write(sample, into: input)
    if sample == self.sample { input[element] = .nan }
  }

  func label(of sample: Int) -> Int { base.label(of: sample) }

  func readContent(_ use: ([UInt8]) -> Void) {
    base.readContent(use)
    use(Array("NaN \(sample) \(element)".utf8))
  }
}

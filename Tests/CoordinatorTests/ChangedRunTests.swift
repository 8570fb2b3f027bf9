import Calendars
import Models
import Optimizers
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Dispatch
import Foundation
import Kernels
import Records
import TestSupport
import Testing

@Suite("A run that is resumed with something else than it began with")
struct ChangedRunTests {
  private let data = Runs.samples(.features(6), count: 80)

  private func configuration() -> RunConfiguration {
    var configuration = Runs.configuration(.mlp(hidden: [9]), batch: 16, shards: 2, microbatch: 8, steps: 12, rate: 0.1)
    configuration.checkpoint = CheckpointConfiguration(every: .steps(4), keep: 3)
    return configuration
  }

  /// A run directory that was left at step 6.
  private func interrupted(_ path: String) throws {
    let configuration = configuration()
    let stop = StopRequest()
    let trainer = try Trainer(
      RunPlan(configuration, splits: data, threads: 1), folder: RunFolder(creating: path, configuration: configuration))
    _ = try trainer.train(stop: stop) { event in if case .step(let step) = event, step.step == 6 { stop.raise() } }
  }

  private func resumed(
    _ path: String, _ configuration: RunConfiguration? = nil, data other: DataSplits? = nil, accepting: Bool = false
  ) throws -> (trainer: Trainer, remarks: [String]) {
    let plan = try RunPlan(configuration ?? self.configuration(), splits: other ?? data, threads: 1)
    let trainer = try Trainer(plan, folder: RunFolder(resuming: path, configuration: plan.configuration))
    return (trainer, try trainer.resume(acceptingChanges: accepting))
  }

  /// Expects that the change is refused with these words, and, when accepted, noted in the summary.
  private func expectNoticed(
    _ words: String, _ path: String, _ configuration: RunConfiguration? = nil, data: DataSplits? = nil
  ) throws {
    let refused = #expect(throws: RunFolderError.self) { try resumed(path, configuration, data: data) }
    #expect(refused?.description.contains(words) == true && refused?.isUsage == true, "\(refused?.description ?? "")")
    #expect(refused?.description.contains("--accept-changes") == true)
    let (trainer, remarks) = try resumed(path, configuration, data: data, accepting: true)
    #expect(remarks.contains { $0.contains(words) })
    let accepted = try trainer.train().summary.acceptedChanges ?? []
    #expect(accepted.contains { $0.contains(words) && $0.contains("step 7") })
  }

  @Test("other samples, another label, or other test samples are noticed; the same ones elsewhere are not")
  func otherData() throws {
    try withTemporaryFolder { folder in
      func changed(_ change: (inout [Float], inout [Int32]) -> Void, test: Bool = false) throws -> DataSplits {
        let old = (test ? data.test : data.train).stored
        guard case .floats(let samples) = old.samples, case .classes(let labels, let classes) = old.targets else {
          throw RunError(path: "", message: "other data than this test makes")
        }
        var (numbers, classNumbers) = (samples.array(), labels.array())
        change(&numbers, &classNumbers)
        let new = Dataset(
          name: "elsewhere", shape: old.shape, samples: .floats(Buffer(numbers)),
          targets: .classes(Buffer(classNumbers), count: classes))
        return DataSplits(train: test ? data.train : new, test: test ? new : data.test)
      }
      let changes = [
        try changed { numbers, _ in numbers[17].negate() },
        try changed { _, labels in labels[3] = (labels[3] + 1) % 5 },
        try changed({ numbers, _ in numbers.swapAt(0, 1) }, test: true),
      ]
      for (index, splits) in changes.enumerated() {
        let path = folder.path + "/run-\(index)"
        try interrupted(path)
        try expectNoticed("data: the samples", path, data: splits)
      }
      let path = folder.path + "/same"
      try interrupted(path)
      // Not within the macro: there this compiler (6.3.1) calls another of the closures above in this one's place.
      let same = try changed { _, _ in }
      #expect(try resumed(path, data: same).remarks == [])
    }
  }

  @Test("the digest of data is the same from any thread, whatever else goes on")
  func digest() {
    let expected = data.sha256
    DispatchQueue.concurrentPerform(iterations: 64) { [data] round in
      for _ in 0..<50 { #expect(data.sha256 == expected, "round \(round)") }
    }
  }

  @Test("an edited config is noticed, key by key")
  func editedConfiguration() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      try interrupted(path)
      var edited = configuration()
      edited.learningRate.reference = 0.05
      edited.seed = 6
      let refused = #expect(throws: RunFolderError.self) { try resumed(path, edited) }
      #expect(refused?.description.contains("seed: 6 in place of 5") == true)
      try expectNoticed("learningRate.reference: 0.05 in place of 0.1", path, edited)
    }
  }

  @Test("another family of kernels is noticed, since it rounds otherwise")
  func otherKernels() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      try interrupted(path)
      // The checkpoint as another machine would have written it.
      let name = path + "/checkpoints/step-00000006.safetensors"
      let file = try SafetensorsFile(path: name)
      var metadata = file.metadata
      #expect(metadata["isotherm.kernels"] == KernelPath.active.rawValue)
      metadata["isotherm.kernels"] = "sve"
      let tensors = try file.entries.map { entry in
        let values = try file.floats(entry.name)
        return SafetensorsTensor(entry.name, shape: entry.shape) { $0.copy(from: values) }
      }
      try SafetensorsFile.write(tensors, metadata: metadata, to: name)
      try expectNoticed("kernels: \(KernelPath.active.rawValue) in place of sve", path)
    }
  }
}

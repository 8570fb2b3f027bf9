import Calendars
import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import Optimizers
import TestSupport
import Testing

@Suite("Notes of a plan")
struct PlanNotesTests {
  private let data = Runs.samples(.features(9), count: 60)

  private func notes(_ splits: DataSplits? = nil, _ change: (inout RunConfiguration) -> Void = { _ in }) throws
    -> [String]
  {
    var configuration = Runs.configuration(.mlp(hidden: [8]), batch: 20, steps: 30)
    change(&configuration)
    return try RunPlan(configuration, splits: splits ?? data, threads: 1).notes
  }

  @Test("a rate that scaling makes lower is told with both, one that it raises is not")
  func rate() throws {
    let lower = try notes {
      $0.learningRate.reference = 0.02
      ($0.learningRate.referenceBatch, $0.learningRate.scaling) = (320, .linear)
    }
    #expect(lower.contains { $0.hasPrefix("the learning rate is 0.00125, not 0.02: ") && $0.contains("320") })
    for other in [(320, Scaling.none), (10, .linear), (20, .linear)] {
      let notes = try notes { ($0.learningRate.referenceBatch, $0.learningRate.scaling) = other }
      #expect(!notes.contains { $0.hasPrefix("the learning rate is") }, "\(notes)")
    }
  }

  @Test("linear scaling is told of rules whose own is the square root, and of no others")
  func scaling() throws {
    for (method, isTold) in [
      (OptimizerMethod.adamW(AdamConfiguration()), true), (.sgd(momentum: 0.9, nesterov: false), false),
    ] {
      let notes = try notes {
        $0.optimizer.method = method
        ($0.learningRate.referenceBatch, $0.learningRate.scaling) = (10, .linear)
      }
      #expect(notes.contains { $0.contains("Malladi") } == isTold)
    }
  }

  @Test("points of a decay behind the end of the run are told")
  func decay() throws {
    func points(_ points: [Int]) throws -> [String] {
      try notes { $0.learningRate.decay = .step(at: points.map { .steps($0) }, factor: 0.1) }.filter {
        $0.contains("learningRate.decay")
      }
    }
    #expect(try points([10, 29]).isEmpty)
    #expect(
      try points([10, 30, 99]) == [
        "2 of 3 points of learningRate.decay lie after the end of the run, after 30 steps, and have no effect"
      ])
    #expect(try points([30]).first?.hasPrefix("1 of 1 points of learningRate.decay lies after") == true)
  }

  @Test("a test set that is the training set is told; one of as many other samples is not")
  func sameSets() throws {
    func told(_ splits: DataSplits) throws -> Bool {
      try notes(splits).contains { $0.hasPrefix("the test set seems to be the training set") }
    }
    #expect(try !told(data))
    #expect(try told(DataSplits(train: data.train, test: data.train)))
    let other = Runs.samples(.features(9), count: 60, seed: 2)
    #expect(try !told(DataSplits(train: data.train, test: other.train)))
  }

  @Test("classes without a training sample are told")
  func classes() throws {
    func splits(_ labels: [Int32], classes: Int) -> DataSplits {
      func set(_ shift: Float) -> Dataset {
        Dataset(
          name: "set", shape: .features(2), samples: .floats(Buffer(labels.flatMap { [Float($0) + shift, 1] })),
          targets: .classes(Buffer(labels), count: classes))
      }
      return DataSplits(
        train: set(0).normalized(by: .identity(channels: 2)), test: set(0.5).normalized(by: .identity(channels: 2)))
    }
    func told(_ splits: DataSplits) throws -> [String] {
      try notes(splits) { ($0.batch.size, $0.learningRate.referenceBatch) = (4, 4) }.filter {
        $0.contains("training sample")
      }
    }
    #expect(try told(splits([0, 1, 2, 0, 1, 2], classes: 3)).isEmpty)
    // The same labels, and other samples.
    let unlike = try notes(splits([0, 1, 2, 0, 1, 2], classes: 3)) { $0.batch.size = 4 }
    #expect(!unlike.contains { $0.hasPrefix("the test set seems to be") })
    #expect(try told(splits([1, 2, 3, 1, 2, 3], classes: 4)).first?.hasPrefix("class 0 (\"0\") has no") == true)
    #expect(
      try told(splits([0, 1, 0, 1, 0, 1], classes: 4)) == ["2 of 4 classes have no training sample: \"2\", \"3\""])
  }
}

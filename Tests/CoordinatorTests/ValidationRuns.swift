import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Observers
import Optimizers
import Records
import TestSupport

/// Runs with a validation set whose rate jumps half way, so that the best evaluation is neither the first nor the last.
enum ValidationRuns {
  /// A training, a validation and a test set of one distribution, all of them parts of one set in memory. Few samples for
  /// validation, so that accuracies are often equal.
  static func splits(_ shape: SampleShape = .features(20), validation: Int = 13) -> DataSplits {
    let all = Runs.samples(shape, count: 240).train.stored
    // Interleaved, so that a set is no run of samples.
    let order = (0..<all.count).map { $0 * 77 % all.count }
    return DataSplits(
      train: all.selecting(Array(order[..<180])), validation: all.selecting(Array(order[180..<180 + validation])),
      test: all.selecting(Array(order[(180 + validation)...])))
  }

  /// The same with numbers to predict: sums of the inputs in units of their own.
  static func regressionSplits() -> DataSplits {
    var generator = SeededGenerator(seed: 3)
    let scale = TargetScale(names: ["sum"], means: [500], deviations: [8])
    func line(_ count: Int) -> Dataset {
      let inputs = generator.floats(count * 4)
      let targets = (0..<count).map { row -> Float in
        let input = Array(inputs[row * 4..<row * 4 + 4])
        let product: Float = input[0] * input[1]
        return input.reduce(0, +) + 0.3 * product
      }
      return Dataset(
        name: "line", shape: .features(4), samples: .floats(Buffer(inputs)),
        targets: .values(Buffer(targets), width: 1))
    }
    return DataSplits(
      train: line(180), validation: line(13), test: line(47), normalizer: .identity(channels: 4), targets: scale)
  }

  static func configuration(
    _ model: ModelConfiguration = .mlp(hidden: [16]), steps: Int = 40,
    loss: LossConfiguration = .crossEntropy(labelSmoothing: 0)
  ) -> RunConfiguration {
    var configuration = Runs.configuration(
      model, batch: 30, shards: 3, microbatch: 5, steps: steps, loss: loss, rate: 0.02)
    configuration.evaluate = EvaluationConfiguration(every: .steps(2))
    configuration.checkpoint = CheckpointConfiguration(every: .steps(3), keep: 3)
    configuration.learningRate.decay = .step(at: [.steps(steps / 2)], factor: 30)
    return configuration
  }

  /// A trainer whose run leaves its records in a folder.
  static func trainer(
    _ configuration: RunConfiguration, _ splits: DataSplits, in path: String, resuming: Bool = false, threads: Int = 2
  ) throws -> Trainer {
    try Trainer(
      RunPlan(configuration, splits: splits, threads: threads),
      recordingIn: resuming
        ? RunFolder(resuming: path, configuration: configuration)
        : RunFolder(creating: path, configuration: configuration))
  }

  /// One evaluation of a run, with the weights that it measured.
  struct Noted {
    var step: Int
    var evaluation: Evaluation
    var weights: [Float]
  }

  /// Evaluations on the way, in order.
  static func evaluations(
    _ configuration: RunConfiguration, _ splits: DataSplits, threads: Int = 1
  ) throws -> (noted: [Noted], result: RunResult) {
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threads))
    var noted: [Noted] = []
    let result = try trainer.train { event in
      if case .evaluated(let step, _, let evaluation) = event,
        evaluation.isValidation || splits.validation == nil
      {
        noted.append(Noted(step: step, evaluation: evaluation, weights: trainer.fileWeights))
      }
    }
    return (noted, result)
  }

  /// The rule of the documentation: higher accuracy, of equal ones the lower loss; without accuracies, the lower loss. Of
  /// equals the first counts.
  static func best(of noted: some Collection<Noted>) -> Noted? {
    noted.enumerated().min { one, other in
      let (mine, its) = (one.element.evaluation, other.element.evaluation)
      if mine.accuracy != its.accuracy { return mine.accuracy ?? 0 > its.accuracy ?? 0 }
      return mine.loss != its.loss ? mine.loss < its.loss : one.offset < other.offset
    }?.element
  }

  /// How the weights of a file measure by themselves: without a validation set, on the test set.
  static func measured(
    _ path: String, _ configuration: RunConfiguration, _ splits: DataSplits
  ) throws -> (evaluation: Evaluation, weights: [Float]) {
    let plain = DataSplits(train: splits.train, test: splits.test, preprocessing: splits.preprocessing)
    let trainer = try Trainer(RunPlan(configuration, splits: plain, threads: 1))
    try trainer.loadWeights(from: path)
    return (try trainer.evaluate(), trainer.fileWeights)
  }
}

/// Another source, which notes how often each of its samples is asked for.
struct CountedSource: SampleSource {
  let base: any SampleSource
  private let reads: Locked<[Int]>

  init(_ base: any SampleSource) {
    self.base = base
    reads = Locked(Array(repeating: 0, count: base.count))
  }

  /// How often each sample has been written.
  var counts: [Int] { reads.withLock { $0 } }

  var name: String { base.name }
  var shape: SampleShape { base.shape }
  var count: Int { base.count }
  var task: PredictionTask { base.task }
  func write(_ sample: Int, into input: Floats) {
    reads.withLock { $0[sample] += 1 }
    base.write(sample, into: input)
  }
  func label(of sample: Int) -> Int { base.label(of: sample) }
  func writeTarget(of sample: Int, into values: Floats) { base.writeTarget(of: sample, into: values) }
  func readContent(_ use: ([UInt8]) -> Void) { base.readContent(use) }
}

import Gradients
import Calendars
import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import Optimizers
import Records
import TestSupport

/// Short runs, and events of runs that nobody made.
enum Runs {
  /// Random numbers of three classes: ten steps an epoch.
  static let splits: DataSplits = {
    var generator = SeededGenerator(seed: 1)
    func dataset(_ count: Int) -> Dataset {
      Dataset(
        name: "numbers", shape: .features(7), samples: .floats(Buffer(generator.floats(7 * count))),
        targets: .classes(Buffer((0..<count).map { Int32($0 % 3) }), count: 3))
    }
    let train = dataset(80)
    return DataSplits(
      train: train, test: dataset(23),
      normalizer: Normalizer(scale: Array(repeating: 1, count: 7), shift: Array(repeating: 0, count: 7)))
  }()

  static func configuration(steps: Int, evaluateEvery: Int = 10, saveEvery: Int = 1000) -> RunConfiguration {
    RunConfiguration(
      name: "run", seed: 5, data: DataConfiguration(source: .digits, normalization: .none), model: .mlp(hidden: [5]),
      loss: .crossEntropy(labelSmoothing: 0),
      batch: BatchConfiguration(size: 8, shards: 2, microbatch: 4),
      optimizer: OptimizerConfiguration(method: .sgd(momentum: 0.9, nesterov: false)),
      learningRate: LearningRateConfiguration(
        reference: 0.05, referenceBatch: 8, scaling: .none, warmup: .none, decay: .none),
      length: .steps(steps), evaluate: EvaluationConfiguration(every: .steps(evaluateEvery)),
      checkpoint: CheckpointConfiguration(every: .steps(saveEvery), keep: 2), target: nil, threads: .count(1))
  }

  static func plan(steps: Int, evaluateEvery: Int = 10, saveEvery: Int = 1000) throws -> RunPlan {
    try RunPlan(
      configuration(steps: steps, evaluateEvery: evaluateEvery, saveEvery: saveEvery), splits: splits, threads: 1)
  }

  /// A step and an evaluation that a trainer really made, to be changed.
  private static let real: (step: StepRecord, evaluation: Evaluation) = {
    let trainer = try! Trainer(plan(steps: 10))
    return (trainer.takeStep()!, try! trainer.evaluate())
  }()

  /// Step `number` of 8 samples, 6 of them right, with loss 1 ÷ number, in 8 ms.
  static func step(_ number: Int) -> StepRecord {
    var step = real.step
    step.step = number
    step.epoch = Double(number) / 10
    step.loss = 1 / Double(number)
    step.correct = 6
    step.gradient.squaredNorm = 4
    (step.temperatureIndex, step.noiseScale) = (0.0625, nil)
    (step.gradientSeconds, step.reduceSeconds) = (0.005, 0.003)
    return step
  }

  static func evaluation(loss: Double) -> Evaluation {
    var evaluation = real.evaluation
    evaluation.loss = loss
    evaluation.accuracy = 0.5
    return evaluation
  }

  static func summary(steps: Int) -> RunSummary {
    RunSummary(
      outcome: .completed, steps: steps, epochs: Double(steps) / 10, samples: 8 * steps, trainLoss: 0.5,
      testLoss: 0.25, testAccuracy: 0.5, wallSeconds: 1, samplesPerSecond: 1000, peakMemoryBytes: 1, threads: 1,
      weightsSHA256: "ab")
  }
}

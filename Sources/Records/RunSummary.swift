/// `summary.json`: what a run did, reached and cost.
///
/// The first keys are the contract and always stand in the file, `null` where there is no number. The others stand
/// there when they are known.
public struct RunSummary: Codable, Sendable, Equatable {
  /// How the run ended.
  public var outcome: RunOutcome
  /// Optimizer updates since the start of the run, resumed parts included.
  public var steps: Int
  /// Passes over the training set.
  public var epochs: Double
  /// Training samples seen.
  public var samples: Int
  /// Mean loss over the last epoch, or over its part that was done.
  @NullIfMissing public var trainLoss: Double?
  /// Mean loss over the test set at the end.
  @NullIfMissing public var testLoss: Double?
  /// Share of the test set that is right at the end, 0…1; `nil` for a regression.
  @NullIfMissing public var testAccuracy: Double?
  /// Time of the whole run, evaluation and checkpoints included.
  public var wallSeconds: Double
  /// Training samples a second of the step loop, evaluation and checkpoints left out.
  public var samplesPerSecond: Double
  /// Largest resident memory of the process.
  public var peakMemoryBytes: Int
  /// Workers of a rank.
  public var threads: Int
  /// Processes that the run was spread over; `nil` in the files of older programs: one.
  public var ranks: Int?
  /// Names of the hosts of the ranks, in their order, where there were several ranks.
  public var rankHosts: [String]?
  /// Digest of all parameters and running statistics, in name order.
  public var weightsSHA256: String

  /// The config's name.
  public var name: String?
  /// The version that ran.
  public var isothermVersion: String?
  /// When the run began, ISO 8601.
  public var startedAt: String?
  /// The config's `data.dataset`.
  public var dataset: String?
  /// Samples of the training set.
  public var trainSamples: Int?
  /// Samples of the test set.
  public var testSamples: Int?
  /// Trainable numbers of the model.
  public var parameters: Int?
  /// B: samples of one step.
  public var batch: Int?
  /// k: parts of the batch with a gradient each.
  public var shards: Int?
  /// n: samples that go through the network at once.
  public var microbatch: Int?
  /// Key of the run's random numbers.
  public var seed: UInt64?
  /// Steps that the config asks for.
  public var plannedSteps: Int?
  /// Passes over the training set that the config asks for.
  public var plannedEpochs: Double?
  /// Steps of the schedule's warmup; 0 without.
  public var warmupSteps: Int?
  /// What the config's `target` asks for.
  public var target: TargetRecord?
  /// Step of the evaluation that reached the target.
  public var targetReachedAtStep: Int?
  /// Where the loss stopped being finite.
  public var divergence: DivergenceRecord?
  /// Greatest test accuracy of any evaluation.
  public var bestTestAccuracy: Double?
  /// Least test loss of any evaluation.
  public var bestTestLoss: Double?
  /// Samples of the validation set, where there is one.
  public var validationSamples: Int?
  /// Greatest accuracy of any evaluation on the validation set; ``testAccuracy`` is that of the weights which had it.
  public var bestValidationAccuracy: Double?
  /// Least loss of any evaluation on the validation set.
  public var bestValidationLoss: Double?
  /// The step at which evaluations had got no better for as long as `stop.patience` allows.
  public var stoppedEarlyAtStep: Int?
  /// Errors of predicted numbers on the test set at the end, in their units; `nil` for classes.
  public var regression: RegressionRecord?
  /// Step of the best evaluation.
  public var bestStep: Int?
  /// Step of the checkpoint that the run went on from.
  public var resumedFromStep: Int?
  /// Data, config or kernels that were not as before when the run was resumed, with `--accept-changes`.
  public var acceptedChanges: [String]?
  /// Where the run went on for another number of steps than it was planned for, in order.
  public var extendedFrom: [ExtensionRecord]?
  /// The file whose weights the run began with, if it did not begin with those of its seed.
  public var initializedFrom: InitialWeightsRecord?
  /// Shards that were computed twice, and agreed, where the config has a `guard`.
  public var guardedShards: Int?
  /// Time in the step loop.
  public var trainingSeconds: Double?
  /// Part of it in the gradients of shards.
  public var gradientSeconds: Double?
  /// Part of it in reduction and update.
  public var reduceSeconds: Double?
  /// Time on the test set, outside the step loop.
  public var evaluationSeconds: Double?
  /// Time in writing checkpoints.
  public var savingSeconds: Double?
  /// Energy that the machine's processor packages took during the run, other programs' included; `nil` where the system does
  /// not tell.
  public var energyJoules: Double?
  /// Lines of steps and evaluations that are missing in `metrics.jsonl`, since they could not be written; `nil` where none
  /// is.
  public var metricsLinesLost: Int?
  /// Names of the classes, by number.
  public var classNames: [String]?
  /// Share of each class's test samples that is right; `nil` for a class without samples.
  public var perClassAccuracy: [Double?]?
  /// Test samples by true class (row) and predicted class (column), up to a hundred classes; see ``ClassRecord``.
  public var confusionMatrix: [[Int]]?
  /// Test samples of each class, beyond a hundred classes.
  public var samplesPerClass: [Int]?
  /// The pairs of classes that are most often mistaken, most often first, beyond a hundred classes.
  public var mistakes: [ClassMistake]?
  /// How many different pairs are mistaken, beyond a hundred classes.
  public var mistakenPairs: Int?
  /// B_simple = trΣ ÷ |G|² over the last hundred steps, in samples: about the batch up to which a larger one
  /// pays. `nil` with a ``noiseScaleLow`` is infinite: |G|² came out as zero or less.
  public var noiseScale: Double?
  /// Lower and upper end of its 95 % interval; no upper end where |G|² could not be told from zero.
  public var noiseScaleLow: Double?
  public var noiseScaleHigh: Double?
  /// Greatest η ÷ (B(1 − m)) of any step, and that of the last one; `nil` for optimizers other than SGD.
  public var highestTemperatureIndex: Double?
  public var temperatureIndex: Double?
  /// Kernel family that ran: `avx512`, `avx2` or `portable`.
  public var kernels: String?
  /// Where the run took place.
  public var machine: MachineRecord?

  private enum CodingKeys: String, CodingKey {
    case outcome, steps, epochs, samples, trainLoss, testLoss, testAccuracy, wallSeconds, samplesPerSecond,
      peakMemoryBytes, threads, ranks, rankHosts, weightsSHA256, name, isothermVersion, startedAt, dataset,
      trainSamples,
      testSamples, parameters, batch, shards, microbatch, seed, plannedSteps, plannedEpochs, warmupSteps,
      target, targetReachedAtStep, divergence, bestTestAccuracy, bestTestLoss, bestStep, resumedFromStep,
      validationSamples, bestValidationAccuracy, bestValidationLoss, stoppedEarlyAtStep, regression,
      acceptedChanges, extendedFrom, initializedFrom, guardedShards, trainingSeconds, gradientSeconds,
      reduceSeconds = "updateSeconds", evaluationSeconds, savingSeconds, energyJoules, metricsLinesLost, classNames,
      perClassAccuracy, confusionMatrix, samplesPerClass, mistakes,
      mistakenPairs, noiseScale, noiseScaleLow, noiseScaleHigh, highestTemperatureIndex, temperatureIndex,
      kernels, machine
  }

  /// A summary with the contract's keys; the others are set afterwards.
  public init(
    outcome: RunOutcome, steps: Int, epochs: Double, samples: Int, trainLoss: Double?, testLoss: Double?,
    testAccuracy: Double?, wallSeconds: Double, samplesPerSecond: Double, peakMemoryBytes: Int, threads: Int,
    weightsSHA256: String
  ) {
    self.outcome = outcome
    self.steps = steps
    self.epochs = epochs
    self.samples = samples
    self.trainLoss = trainLoss
    self.testLoss = testLoss
    self.testAccuracy = testAccuracy
    self.wallSeconds = wallSeconds
    self.samplesPerSecond = samplesPerSecond
    self.peakMemoryBytes = peakMemoryBytes
    self.threads = threads
    self.weightsSHA256 = weightsSHA256
  }
}

extension RunSummary {
  /// What the summary says of the classes.
  public var classes: ClassRecord {
    get {
      var record = ClassRecord()
      record.classNames = classNames
      record.perClassAccuracy = perClassAccuracy
      record.confusionMatrix = confusionMatrix
      record.samplesPerClass = samplesPerClass
      record.mistakes = mistakes
      record.mistakenPairs = mistakenPairs
      return record
    }
    set {
      classNames = newValue.classNames
      perClassAccuracy = newValue.perClassAccuracy
      confusionMatrix = newValue.confusionMatrix
      samplesPerClass = newValue.samplesPerClass
      mistakes = newValue.mistakes
      mistakenPairs = newValue.mistakenPairs
    }
  }

  /// ``noiseScale``, infinity included; `nil` for a run that did not measure it.
  public var measuredNoiseScale: Double? { noiseScale ?? noiseScaleLow.map { _ in .infinity } }
}

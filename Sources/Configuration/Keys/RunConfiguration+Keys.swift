import Calendars
import Kernels
import Optimizers
import Datasets
import Models
import Keys

extension RunConfiguration {
  /// The form of a whole config.
  ///
  /// - Parameter defaultName: `name`, where the config has none.
  package static func format(defaultName: String) -> Format<RunConfiguration> {
    .object { section, value in
      _ = section.optional(
        "$schema", nil, .string("the address or path of a JSON Schema"),
        "The schema that an editor holds the config against, as `isotherm schema` writes it; a run does not look at it."
      )
      let name = section.key(
        "name", value?.name, .fileName, default: defaultName, "Names the run directory.",
        defaultRule: "the base name of the config file")
      let seed = section.key(
        "seed", value?.seed, .seed, default: 1, "Key of every random number of the run.")
      let data = section.required(
        "data", value?.data, .object(short: "dataset", DataConfiguration.keys),
        "Where samples come from and how they are drawn.")
      let (model, convolution, zeros) = section.required(
        "model", value.map { ($0.model, $0.convolution, $0.zeros) },
        .object(short: "preset", ModelConfiguration.keysWithMethods),
        "The network: a preset or a list of layers.")
      let loss = section.section("loss", value?.loss, short: "kind", "What training makes small.") {
        LossConfiguration.keys($0, $1, isRegression: data.source.isRegression)
      }
      let batch = section.section(
        "batch", value?.batch, short: "size", "How many samples a step takes and how they are divided.",
        BatchConfiguration.keys)
      let optimizer = section.section(
        "optimizer", value?.optimizer, short: "method", "How a gradient changes the weights.",
        OptimizerConfiguration.keys)
      let learningRate = section.section(
        "learningRate", value?.learningRate, short: "reference",
        "The learning rate, and how it follows the batch and time."
      ) {
        LearningRateConfiguration.keys($0, $1, method: optimizer.method)
      }
      let temperature = section.section(
        "temperature", value?.temperature, "What becomes of SGD's temperature when a resumed run changes its batch.",
        TemperatureConfiguration.keys)
      let length = section.alternatives(
        value?.length, default: .epochs(10),
        Span.cases(
          epochs: "epochs", "Passes over the training set; fractions are allowed. Default: 10, if there are no steps.",
          steps: "steps", "Optimizer updates, in place of epochs."))
      let evaluate = section.section(
        "evaluate", value?.evaluate,
        "How often the validation set, or without one the test set, is measured, besides at the end.",
        EvaluationConfiguration.keys)
      let checkpoint = section.section(
        "checkpoint", value?.checkpoint, "How often the run is saved, and how many saves stay.",
        CheckpointConfiguration.keys)
      let target = section.optional(
        "target", value?.target, .object(TargetConfiguration.keys),
        "Stops the run at the first evaluation that reaches it.")
      let stop = section.optional(
        "stop", value?.stop, .object(StopConfiguration.keys), "Stops the run early, when evaluations get no better.")
      let log = section.section(
        "log", value?.log, "Files that the run directory gets beside metrics.jsonl; they change no result.",
        LogConfiguration.keys)
      let receipt = section.optional(
        "receipt", value?.receipt, .object(ReceiptConfiguration.keys),
        "A chain of digests in receipt.jsonl, by which `isotherm audit` asks whether a run is what it claims.")
      let guarding = section.optional(
        "guard", value?.guarding, .object(GuardConfiguration.keys),
        "Shards that a second worker computes again: a core or memory that computes wrongly ends the run.")
      let ranks = section.optional(
        "ranks", value?.ranks, .object(RanksConfiguration.keys),
        "What a run over several processes sends, and when; a run of one process has no use for it.")
      let threads = section.key(
        "threads", value?.threads, .threads, default: .auto,
        "Worker threads; auto is the least of the physical cores by affinity, the cgroup quota and the work there is.")
      let isPinned = section.key(
        "pin", value?.isPinned, .flag, default: true,
        "Whether workers are held to cores, spread over L3 groups and memory nodes; it changes no result.")
      let arithmetic = section.key(
        "arithmetic", value?.arithmetic, .word, default: .machine,
        """
        Which machines repeat the run to the bit: machine takes what is fastest here, and those with the same kernels and \
        OpenBLAS do; portable takes Isotherm's own kernels alone, and every CPU does.
        """)
      var run = RunConfiguration(
        name: name, seed: seed, data: data, model: model, loss: loss, batch: batch, optimizer: optimizer,
        learningRate: learningRate, temperature: temperature, length: length, evaluate: evaluate,
        checkpoint: checkpoint, target: target, threads: threads, convolution: convolution)
      run.zeros = zeros
      run.arithmetic = arithmetic
      run.stop = stop
      run.log = log
      run.receipt = receipt
      run.guarding = guarding
      run.ranks = ranks
      run.isPinned = isPinned
      run.check(in: section)
      return run
    }
  }

  /// The rules that join several sections.
  private func check(in section: Section) {
    section.check(
      "loss.kind", with: ["loss", "data.task"],
      data.source.isRegression != true || loss.resolved(isClassification: false) == .meanSquaredError,
      "found \"crossEntropy\", but data.task is \"regression\"; allowed: \"meanSquaredError\"")
    let hasTemperature = optimizer.method.rule.temperatureMomentum != nil
    section.check(
      "temperature.hold", with: ["optimizer.method"], hasTemperature || !temperature.hold,
      "found true, but a temperature of η ÷ (B(1 − m)) is sgd's alone; allowed: false, or optimizer.method \"sgd\"")
    let batchGrows = if case .batch = learningRate.decay { true } else { false }
    section.check(
      "temperature.hold", with: ["learningRate"], !batchGrows || !temperature.hold,
      "found true, but learningRate.decay.kind \"batch\" changes the batch in order to cool; allowed: one of the two")
    checkShards(in: section)
    optimizer.method.rule.check(in: section, batch: batch.size, referenceBatch: learningRate.referenceBatch)
  }

  /// Every shard gets a microbatch of the largest batch: a run whose batch grows may have more shards than its first
  /// batch could fill, as its resolved config has.
  private func checkShards(in section: Section) {
    guard let shards = batch.shards else { return }
    let (size, microbatch) = (largestBatch, batch.microbatch ?? 1)
    let grows = size > batch.size
    let others = ["batch.size", "batch.microbatch", "learningRate.decay", "temperature.batches"]
    section.check(
      "batch.shards", with: others, shards <= size,
      "found \(shards); allowed: at most the \(grows ? "largest batch's" : "batch's") size, \(size)")
    guard shards <= size else { return }
    let microbatches = (size + microbatch - 1) / microbatch
    section.check(
      "batch.shards", with: others, shards <= microbatches,
      """
      found \(shards), but shards are dealt whole microbatches, and \(size) samples\(grows ? " of the largest batch" : "") \
      make \(microbatches) of \(microbatch); allowed: at most \(microbatches), or a smaller microbatch
      """)
  }
}

extension Format<String> {
  /// UTF-8 bytes of a name; the run directory's name has a date behind it, and file systems allow 255.
  package static let fileNameBytes = 100

  package static func isAllowedInFileName(_ scalar: Unicode.Scalar) -> Bool {
    scalar != "/" && scalar.value >= 0x20 && scalar.value != 0x7F
  }

  /// A name that can be part of a folder's name.
  fileprivate static var fileName: Format {
    string("a name of at most \(fileNameBytes) bytes without / and control characters") { name in
      name.utf8.count <= fileNameBytes && name.unicodeScalars.allSatisfy(isAllowedInFileName)
    }
  }
}

extension Format<ThreadCount> {
  fileprivate static var threads: Format {
    let range = 1...4096
    return Format(
      allowed: "\"auto\" or an integer \(range.phrase)", placeholder: .auto,
      schema: ["anyOf": [["const": "auto"], ["type": "integer", "minimum": 1, "maximum": 4096]]],
      write: { if case .count(let count) = $0 { .integer(count) } else { "auto" } },
      parse: { json in
        if json == "auto" { return .auto }
        return json.wholeNumber.flatMap { range.contains($0) ? .count($0) : nil }
      })
  }
}

extension EvaluationConfiguration {
  package static func keys(_ section: Section, _ value: EvaluationConfiguration?) -> EvaluationConfiguration {
    EvaluationConfiguration(
      every: section.alternatives(
        value?.every, default: .epochs(1),
        Span.cases(
          epochs: "everyEpochs", "Epochs between evaluations. Default: 1, if there is no everySteps.",
          steps: "everySteps", "Steps between evaluations.")),
      batchNormSamples: section.optional(
        "batchNormSamples", value?.batchNormSamples, .count,
        """
        Training samples over which batch norm's statistics are computed again for every evaluation, with the weights of \
        the moment and without augmentation. Left out: the running averages of training serve.
        """),
      views: section.optional(
        "views", value?.views, .object(EvaluationViews.keys),
        """
        Views of each image over which outputs are averaged before the loss and the class are taken, in every evaluation and \
        in predictions of the model (test-time augmentation). Left out: the image as it is.
        """))
  }
}

extension CheckpointConfiguration {
  package static func keys(_ section: Section, _ value: CheckpointConfiguration?) -> CheckpointConfiguration {
    // No span that a config can have, so that one left out is told from the same one given.
    let leftOut = Span.epochs(.infinity)
    let every = section.alternatives(
      value?.every, default: leftOut,
      Span.cases(
        epochs: "everyEpochs", "Epochs between checkpoints. Default: 1, if there is no everySteps.",
        steps: "everySteps", "Steps between checkpoints."))
    return CheckpointConfiguration(
      every: every == leftOut ? .epochs(1) : every,
      keep: section.key(
        "keep", value?.keep, .integer(1...10000), default: 3, "How many of the last checkpoints stay, besides the best."
      ),
      isPaced: section.key(
        "pace", value?.isPaced, .flag, default: every == leftOut,
        "Has saves wait where they would take more than a tenth of the time; the last one, and that of a stop, are always "
          + "made. Left out: true, unless everyEpochs or everySteps is given."))
  }
}

extension StopConfiguration {
  package static func keys(_ section: Section, _ value: StopConfiguration?) -> StopConfiguration {
    StopConfiguration(
      patience: section.required(
        "patience", value?.patience, .integer(1...1_000_000),
        """
        Evaluations in a row, none of them better than the best, after which the run ends: on the validation set, or \
        without one on the test set, which then no longer tells how good the result is.
        """))
  }
}

extension TargetConfiguration {
  package static func keys(_ section: Section, _ value: TargetConfiguration?) -> TargetConfiguration {
    section.alternatives(
      value,
      [
        Case("testAccuracy", "By accuracy.", { if case .testAccuracy(let share) = $0 { share } else { nil } }) {
          .testAccuracy(
            $0.required(
              "testAccuracy", $1, .number(.above(0, through: 1)),
              "At least this share right of the validation set, or without one of the test set."))
        },
        Case("testLoss", "By loss.", { if case .testLoss(let loss) = $0 { loss } else { nil } }) {
          .testLoss(
            $0.required(
              "testLoss", $1, .number(.from(0)),
              "At most this mean loss on the validation set, or without one on the test set."))
        },
      ])
  }
}

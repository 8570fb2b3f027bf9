import Optimizers
import Calendars
import Configuration
import Records

extension RunConfiguration {
  /// The config of one cell: its batch, seed, rule and multiple in place of the config's.
  ///
  /// Spans in steps are taken as epochs at the config's own batch, so that every batch sees the same samples.
  /// Microbatch and shards stay, as far as a small batch can hold them.
  func cell(_ cell: SweepCell, grid: SweepGrid, trainSamples: Int) -> RunConfiguration {
    var result = self
    let inEpochs = { (span: Span) in span.inEpochs(batch: batch.size, samples: trainSamples) }
    result.seed = cell.seed
    result.batch.size = cell.batch
    if let microbatch = batch.microbatch { result.batch.microbatch = min(microbatch, cell.batch) }
    if let shards = batch.shards {
      let largest = result.batch.microbatch.map { (cell.batch + $0 - 1) / $0 } ?? cell.batch
      result.batch.shards = min(shards, largest)
    }
    result.learningRate.reference *= cell.learningRate
    result.learningRate.scaling = Scaling(rawValue: cell.rule.scaling) ?? learningRate.scaling
    result.learningRate.warmup =
      switch cell.rule.warmup {
      case "gradual": .gradual(inEpochs(warmupSpan))
      case "constant": .constant(inEpochs(warmupSpan))
      case "ramp": learningRate.warmup
      default: .none
      }
    if case .step(let points, let factor) = learningRate.decay {
      result.learningRate.decay = .step(at: points.map(inEpochs), factor: factor)
    }
    result.length = .epochs(grid.epochs)
    // The sweep evaluates on a schedule of its own, and leaves no run directories.
    result.target = nil
    result.evaluate = EvaluationConfiguration(every: .steps(Int.max))
    result.checkpoint = CheckpointConfiguration(every: .steps(Int.max), keep: 1)
    return result
  }

  /// Length of the config's warmup; the schema's default where it has none.
  private var warmupSpan: Span {
    switch learningRate.warmup {
    case .gradual(let span), .constant(let span): span
    case .none, .ramp: .epochs(5)
    }
  }
}

extension Span {
  /// The span in passes over the training set.
  func inEpochs(batch: Int, samples: Int) -> Span { .epochs(epochCount(batch: batch, samples: samples)) }

  /// The span as a number of passes over `samples` training samples.
  package func epochCount(batch: Int, samples: Int) -> Double {
    switch self {
    case .epochs(let epochs): epochs
    case .steps(let steps): Double(steps) / Double(max(1, samples / batch))
    }
  }
}

extension Warmup {
  /// The word of the config.
  package var kind: String {
    switch self {
    case .none: "none"
    case .gradual: "gradual"
    case .constant: "constant"
    case .ramp: "ramp"
    }
  }
}

extension TargetRecord {
  /// The config's target.
  package init(_ target: TargetConfiguration) {
    switch target {
    case .testAccuracy(let accuracy): self.init(testAccuracy: accuracy)
    case .testLoss(let loss): self.init(testLoss: loss)
    }
  }
}

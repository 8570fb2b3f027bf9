import Calendars
import Gradients
import Configuration
import Models

/// What batch norm asks of a run, and what is said about it.
extension RunPlan {
  /// Refuses microbatches in which a batch norm would see a single value of each channel: its variance is 0, so the layer
  /// would put out β whatever goes in, and the running variance would be too small. Images have more values than that.
  ///
  /// Statistics can be taken anew where there are some, over samples that are there.
  static func checkBatchNorm(
    _ configuration: RunConfiguration, _ network: Network, _ division: BatchDivision, _ sizes: [StepCalendar.StepSize],
    samples: Int
  ) throws(RunError) {
    if let name = network.statistics.first(where: { $0.rows == 1 })?.name {
      let reason = "batch norm \(name) takes the variance of a channel, which wants at least 2 values"
      for size in sizes { try check(size, configuration, division, reason) }
      if configuration.evaluate.batchNormSamples == 1 {
        throw RunError(path: "evaluate.batchNormSamples", message: "found 1, but \(reason); use more samples")
      }
    }
    guard let wanted = configuration.evaluate.batchNormSamples else { return }
    let path = "evaluate.batchNormSamples"
    if !network.hasBatchNorm {
      throw RunError(path: path, message: "found \(wanted), but the model has no batchNorm layer; leave the key out")
    }
    if wanted > samples {
      throw RunError(
        path: path, message: "found \(wanted), but the training set has \(samples) samples; use at most \(samples)")
    }
  }

  private static func check(
    _ size: StepCalendar.StepSize, _ configuration: RunConfiguration, _ division: BatchDivision, _ reason: String
  ) throws(RunError) {
    guard division.dealing(count: size.samples).sizes.smallest == 1 else { return }
    if size.samples == 1, size.isLast {
      throw RunError(
        path: "data.lastBatch",
        message: "found \"keep\", but the last batch of an epoch has a single sample, and \(reason); use \"drop\", or "
          + "another batch.size")
    }
    if size.samples == 1 {
      let isFirst = configuration.batch.size == 1
      throw RunError(
        path: isFirst ? "batch.size" : "temperature.batches", message: "found 1, but \(reason); use a larger batch")
    }
    // Of three and more samples evenly dealt none is alone.
    let isEven = division.microbatch == 1 && size.samples.isMultiple(of: 2)
    let path = configuration.batch.microbatch == nil ? "batch.shards" : "batch.microbatch"
    let found =
      path == "batch.microbatch"
      ? "found \(division.microbatch)"
      : "found \(division.shards), which leaves microbatches of \(division.microbatch)"
    let remedy =
      path == "batch.microbatch"
      ? "use at least \(isEven ? 2 : 3)" : "use at most \(max(1, size.samples / 3)), or leave the key out"
    throw RunError(
      path: path,
      message: "\(found), but of \(size.samples) samples some would go through the network alone, and \(reason); "
        + remedy)
  }

  static func statisticsNotes(_ configuration: RunConfiguration, microbatch: Int) -> [String] {
    guard let samples = configuration.evaluate.batchNormSamples else { return [] }
    let whole = samples < microbatch ? samples : samples / microbatch * microbatch
    return [
      "each evaluation computes the statistics of batch norm again, over \(whole) training samples in microbatches of "
        + "\(min(microbatch, samples)); the run's weights are saved with them, checkpoints with the running averages of training"
    ]
  }

  /// Says which sizes microbatches have where n does not divide a batch, for batch norm has its statistics from them.
  static func dealingNotes(_ division: BatchDivision, _ sizes: [StepCalendar.StepSize]) -> [String] {
    guard division.dealsEvenly else { return [] }
    let uneven = sizes.filter { $0.samples > division.microbatch && $0.samples % division.microbatch != 0 }
    guard !uneven.isEmpty else { return [] }
    // A batch that grows may have many sizes; these show what is done.
    let parts = uneven.prefix(3).map { size in
      let (smallest, largest) = division.dealing(count: size.samples).sizes
      return "\(size.isLast ? "the last batch of an epoch, \(size.samples)," : "batch \(size.samples)") is dealt in "
        + "microbatches of \(smallest)" + (largest > smallest ? " and \(largest)" : "")
    }
    return [
      parts.joined(separator: "; ") + (uneven.count > parts.count ? "; others likewise" : "")
        + ": evenly for batch norm, whose statistics come from a microbatch, rather than in full ones of "
        + "\(division.microbatch) and a smaller last one"
    ]
  }
}

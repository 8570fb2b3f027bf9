import Calendars
import Models
import Datasets
import Kernels
import Tracing

extension Network {
  /// The statistics that every batch norm takes of one microbatch, without dropout and without a gradient.
  ///
  /// - Parameters:
  ///   - samples: at most `microbatch` positions in the batch.
  ///   - batch: where those positions are in the training order.
  ///   - packedWeights: what ``pack(_:weights:into:)`` made of the weights.
  ///   - result: `statisticsCount` floats that receive the means and the unbiased variances, layer by layer, as
  ///     ``statistics`` says.
  package func collectStatistics(
    _ samples: Range<Int>, of batch: BatchPosition, order: TrainingOrder, gatherer: SampleGatherer, weights: Floats,
    packedWeights: Floats, into result: Floats, workspace: Workspace
  ) {
    precondition(
      samples.count <= microbatch && result.count == statisticsCount,
      "\(samples.count) samples in a microbatch of \(microbatch), \(result.count) of \(statisticsCount) statistics")
    let pass = pass(
      .training, count: samples.count, in: workspace, weights: weights, packedWeights: packedWeights,
      statistics: result)
    let start = workspace.spans.start()
    gatherer.gather(
      .batch(batch, positions: samples, order: order), into: .inputs(pass.elements(inputValue.storage, input)))
    workspace.spans.end(.gather, count: samples.count, since: start)
    forward(pass, workspace.spans)
  }
}

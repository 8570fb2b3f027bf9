import Kernels
import Tracing

/// What one worker needs beside weights and gradients: an arena, labels and targets for a microbatch, and room to mix samples.
package final class Workspace: Sendable {
  /// Intermediate values, laid out by ``ArenaPlan``.
  package let arena: Buffer<Float>
  /// Class of each sample.
  package let labels: Buffer<Int32>
  /// Numbers to predict of each sample, [n, outputs].
  package let targets: Buffer<Float>
  /// Second class of each sample, where samples are mixed.
  private let secondLabels: Buffer<Int32>
  private let secondShares: Buffer<Float>
  /// Room for a sample that others are mixed with, where they are.
  package let partner: Buffer<Float>
  /// Where batch norm leaves statistics that nobody wants.
  package let statistics: Buffer<Float>
  /// Which zeros its passes may skip.
  package let zeros: ZeroTally
  /// Where the worker records what it does, while somebody traces it.
  package let spans: SpanLog

  /// Memory for microbatches of `network`.
  ///
  /// - Parameter spans: the log of the worker whose workspace it is; left out, nobody records anything.
  package init(for network: Network, spans: SpanLog = SpanLog()) {
    self.spans = spans
    arena = Buffer(count: network.arenaPlan.count)
    labels = Buffer(count: network.microbatch)
    targets = Buffer(count: network.loss == .meanSquaredError ? network.microbatch * network.outputs : 0)
    let mixtures = network.mixesSamples ? network.microbatch : 0
    (secondLabels, secondShares) = (Buffer(count: mixtures), Buffer(count: mixtures))
    partner = Buffer(count: network.mixesSamples ? network.input.count : 0)
    statistics = Buffer(count: network.statisticsCount)
    zeros = ZeroTally(layers: network.zeroLayers.count)
  }

  /// The second classes of `count` samples that are mixtures of two.
  package func mixedLabels(_ count: Int) -> MixedLabels {
    MixedLabels(labels: secondLabels.view.prefix(count), shares: secondShares.view.prefix(count))
  }

  /// Overwrites all intermediate values: no result may depend on what an arena held before.
  package func fill(with value: Float) { arena.view.fill(with: value) }

  /// Bytes that a workspace of `network` takes.
  package static func bytes(for network: Network) -> Int {
    let targets = network.loss == .meanSquaredError ? network.microbatch * network.outputs : 0
    let mixtures = network.mixesSamples ? 2 * network.microbatch + network.input.count : 0
    return 4 * (network.arenaPlan.count + network.microbatch + targets + mixtures + network.statisticsCount)
  }
}

import Kernels
import Tracing

/// What one worker needs beside weights and gradients: an arena, labels and targets for a microbatch.
package final class Workspace: Sendable {
  /// Intermediate values, laid out by ``ArenaPlan``.
  package let arena: Buffer<Float>
  /// Class of each sample.
  package let labels: Buffer<Int32>
  /// Numbers to predict of each sample, [n, outputs].
  package let targets: Buffer<Float>
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
    statistics = Buffer(count: network.statisticsCount)
    zeros = ZeroTally(layers: network.zeroLayers.count)
  }

  /// Overwrites all intermediate values: no result may depend on what an arena held before.
  package func fill(with value: Float) { arena.view.fill(with: value) }

  /// Bytes that a workspace of `network` takes.
  package static func bytes(for network: Network) -> Int {
    let targets = network.loss == .meanSquaredError ? network.microbatch * network.outputs : 0
    return 4 * (network.arenaPlan.count + network.microbatch + targets + network.statisticsCount)
  }
}

import Calendars
import Datasets
import Kernels

/// Where the samples of batches come from, and the key of dropout.
package struct TrainingSource: Sendable {
  package let order: TrainingOrder
  package let gatherer: SampleGatherer
  let dropout: Philox?

  /// The training samples in a run's order.
  ///
  /// - Parameter drops: whether dropout drops anything.
  package init(order: TrainingOrder, gatherer: SampleGatherer, seed: UInt64, drops: Bool = true) {
    self.order = order
    self.gatherer = gatherer
    dropout = drops ? Philox(seed: seed, purpose: .dropout) : nil
  }

  /// Tells the source of the samples of a batch that will be gathered soon. Nobody gathers meanwhile; allocates nothing.
  package func willRead(_ batch: BatchPosition) {
    order.prepare(batch)
    for index in 0..<batch.count { gatherer.source.willRead(order.sample(batch, index)) }
  }
}

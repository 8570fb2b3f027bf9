/// The running mean and variance of one batch norm: they follow the batches' own statistics, and no gradient.
///
/// A shard leaves the statistics of its microbatches in a vector that lies beside its gradient, laid out as this one:
/// for each batch norm `channels` means, then as many unbiased variances.
package struct RunningStatistics: Sendable {
  /// The share by which the averages move towards a batch's own statistics, where a layer has no other (Goyal et al.
  /// 2017, §3.1).
  package static let momentum = 0.1

  /// The share by which these averages do.
  package let momentum: Double

  /// Of the features that are normalised.
  package let channels: Int
  /// Values of a channel in one sample: the pixels of an image.
  package let rows: Int
  /// The running averages, in the vector of all statistics.
  package let mean: StoredTensor
  package let variance: StoredTensor

  init(
    name: String, first: Int, channels: Int, rows: Int, layout: any ParameterLayout,
    momentum: Double = RunningStatistics.momentum
  ) {
    self.momentum = momentum
    self.channels = channels
    self.rows = rows
    mean = StoredTensor(
      name: name + ".running_mean", fileShape: [channels], vector: .statistics, range: first..<first + channels,
      layout: layout)
    variance = StoredTensor(
      name: name + ".running_var", fileShape: [channels], vector: .statistics,
      range: first + channels..<first + 2 * channels, layout: layout)
  }

  /// Name of the batch norm in files.
  package var name: String { String(mean.name.dropLast(".running_mean".count)) }
  /// Place of the means among the statistics of all layers.
  package var means: Range<Int> { mean.range }
  /// Place of the variances among the statistics of all layers.
  package var variances: Range<Int> { variance.range }
}

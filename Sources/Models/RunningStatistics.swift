/// The running mean and variance of one batch norm: where they lie in the flat parameter vector, and where a
/// microbatch's own statistics lie among those of all layers.
public struct RunningStatistics: Sendable {
  /// Of the features that are normalised.
  public let channels: Int
  /// Values of a channel in one sample: the pixels of an image.
  public let rows: Int
  /// Place among the statistics of all layers: `channels` means, then as many unbiased variances.
  public let range: Range<Int>
  /// Places in the flat parameter vector.
  public let mean: Range<Int>
  public let variance: Range<Int>

  package init(first: Int, channels: Int, rows: Int, mean: Range<Int>, variance: Range<Int>) {
    self.channels = channels
    self.rows = rows
    range = first..<first + 2 * channels
    self.mean = mean
    self.variance = variance
  }

  /// Place of the means among the statistics of all layers.
  public var means: Range<Int> { range.lowerBound..<range.lowerBound + channels }
  /// Place of the variances among the statistics of all layers.
  public var variances: Range<Int> { range.lowerBound + channels..<range.upperBound }
}

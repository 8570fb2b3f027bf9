import CKernels

/// y = γ_c · (x − μ) ÷ √(σ² + ε) + β_c, where μ and σ² are mean and variance of one group of a sample's channels over all
/// pixels (Wu & He 2018).
///
/// Layer norm (Ba et al. 2016) over all values of a sample, with γ and β for each, is that of one pixel and one group. A
/// sample's results do not depend on the samples beside it, nor the sums for γ and β on how samples were cut into
/// microbatches.
package enum GroupNormalization {
  /// Images [batch, pixels, channels], the channels in groups of neighbours.
  package struct Shape: Sendable, Equatable {
    /// Samples.
    package let batch: Int
    /// Pixels of a sample; 1 for values that have no place.
    package let pixels: Int
    /// Numbers of a pixel, each with its own γ and β.
    package let channels: Int
    /// Groups, which divide the channels.
    package let groups: Int

    /// A shape of `groups` equal groups.
    package init(batch: Int, pixels: Int, channels: Int, groups: Int) {
      precondition(
        batch >= 0 && pixels > 0 && channels > 0 && groups > 0 && channels % groups == 0,
        "\(groups) groups of \(channels) channels in [\(batch), \(pixels), \(channels)]")
      self.batch = batch
      self.pixels = pixels
      self.channels = channels
      self.groups = groups
    }

    /// Layer norm of `count` values a sample.
    package static func layer(batch: Int, count: Int) -> Shape {
      Shape(batch: batch, pixels: 1, channels: count, groups: 1)
    }

    /// Elements of the input.
    package var count: Int { batch * pixels * channels }
    /// Elements of the saved means, and of the saved inverse deviations: [batch, groups].
    package var statisticsCount: Int { batch * groups }

    var sizes: GroupSizes { GroupSizes(batch: batch, pixels: pixels, channels: channels, groups: groups) }
  }

  /// ε, batch norm's.
  package static let epsilon = BatchNormalization.epsilon

  /// Normalises, and saves each group's mean and 1 ÷ √(variance + ε), [batch, groups], for the backward pass.
  ///
  /// γ (`scale`) and β (`shift`) are [channels]. `y` may be `x`, but then the backward pass has no input.
  package static func forward(
    _ x: Floats, shape: Shape, scale: Floats, shift: Floats, into y: Floats, mean: Floats, inverseDeviation: Floats,
    epsilon: Float = epsilon
  ) {
    defer { keep(x, scale, shift, y, mean, inverseDeviation) }
    check(shape, [x.count, y.count], [scale.count, shift.count], [mean.count, inverseDeviation.count])
    var sizes = shape.sizes
    KernelPath.table.pointee.group_normalization(
      x.base, &sizes, epsilon, scale.base, shift.base, y.base, mean.base, inverseDeviation.base)
  }

  /// dβ = Σ dy, dγ = Σ dy · x̂ over samples and pixels; dx = (γ·dy − mean(γ·dy) − x̂ · mean(γ·dy·x̂)) ÷ deviation, with means
  /// over the group.
  ///
  /// `mean` and `inverseDeviation` are the saved ones. `dx` may be `dy`. dγ and dβ are added on `accumulating`.
  package static func backward(
    input x: Floats, outputGradient dy: Floats, shape: Shape, scale: Floats, mean: Floats, inverseDeviation: Floats,
    into dx: Floats, scaleGradient: Floats, shiftGradient: Floats, accumulating: Bool
  ) {
    defer { keep(x, dy, scale, mean, inverseDeviation, dx, scaleGradient, shiftGradient) }
    check(
      shape, [x.count, dy.count, dx.count], [scale.count, scaleGradient.count, shiftGradient.count],
      [mean.count, inverseDeviation.count])
    var sizes = shape.sizes
    KernelPath.table.pointee.group_normalization_backward(
      x.base, dy.base, &sizes, scale.base, mean.base, inverseDeviation.base, dx.base, scaleGradient.base,
      shiftGradient.base, accumulating)
  }

  private static func check(_ shape: Shape, _ values: [Int], _ vectors: [Int], _ statistics: [Int]) {
    precondition(
      values.allSatisfy { $0 == shape.count } && vectors.allSatisfy { $0 == shape.channels }
        && statistics.allSatisfy { $0 == shape.statisticsCount },
      "\(shape): values of \(values), vectors of \(vectors), statistics of \(statistics)")
  }
}

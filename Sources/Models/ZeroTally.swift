import Kernels

/// What a worker's passes may skip, and which zeros they have met: written by the coordinator between fork-joins, and by
/// the worker.
package struct ZeroTally: Sendable {
  private struct Permission: BitwiseCopyable {
    var isAllowed = true
    var hasTransposed = false
  }

  private let permission = Buffer<Permission>(count: 1)
  private let shares: Buffer<LayerDensity>

  init(layers: Int) {
    shares = Buffer(count: layers)
    permission.view[0] = Permission()
    begin()
  }

  /// Prepares for the passes to come.
  ///
  /// - Parameters:
  ///   - isAllowed: whether zeros may be skipped: not while a weight is infinite or NaN, which a zero turns into NaN.
  ///   - hasTransposed: whether the weights are there transposed, for input gradients.
  package func begin(isAllowed: Bool = true, hasTransposed: Bool = false) {
    permission.view[0] = Permission(isAllowed: isAllowed, hasTransposed: hasTransposed)
    restart()
  }

  /// Counts from nothing again.
  package func restart() { shares.view.fill(with: LayerDensity()) }

  var isAllowed: Bool { permission.view[0].isAllowed }
  var hasTransposed: Bool { permission.view[0].hasTransposed }

  /// Counts the inputs that a pass of a layer has met.
  func note(inputs nonzeros: Int, of count: Int, layer: Int) {
    shares.view[layer].inputs += DensityCount(nonzeros: nonzeros, count: count)
  }

  /// Counts the gradients of a layer's outputs that a pass has met.
  func note(gradients nonzeros: Int, of count: Int, layer: Int) {
    shares.view[layer].gradients += DensityCount(nonzeros: nonzeros, count: count)
  }

  /// What has been counted for a layer since then.
  package func density(ofLayer layer: Int) -> LayerDensity { shares.view[layer] }
}

/// How many numbers of a layer's factors were not zero.
package struct LayerDensity: Sendable, Equatable, BitwiseCopyable {
  /// Of what comes in.
  package var inputs = DensityCount()
  /// Of the gradient of what goes out.
  package var gradients = DensityCount()

  package init() {}

  package static func += (sum: inout LayerDensity, other: LayerDensity) {
    sum.inputs += other.inputs
    sum.gradients += other.gradients
  }
}

/// Numbers, and how many of them are not zero.
package struct DensityCount: Sendable, Equatable, BitwiseCopyable {
  package var nonzeros = 0
  package var count = 0

  /// The share that is not zero, 0…1; `nil` where nothing was counted.
  package var share: Double? { count == 0 ? nil : Double(nonzeros) / Double(count) }

  static func += (sum: inout DensityCount, other: DensityCount) {
    sum.nonzeros += other.nonzeros
    sum.count += other.count
  }
}

import Kernels

/// One way in which a network is shown an image, for outputs that are averaged over several.
package struct SampleView: Sendable, Equatable {
  /// Rows by which the image's content moves down; negative: up.
  package let down: Int
  package let right: Int
  package let isMirrored: Bool
  /// The view's share of the average.
  package let weight: Double

  package init(down: Int = 0, right: Int = 0, isMirrored: Bool = false, weight: Double = 1) {
    self.down = down
    self.right = right
    self.isMirrored = isMirrored
    self.weight = weight
  }

  /// Whether the image stays as it is.
  package var isIdentity: Bool { down == 0 && right == 0 && !isMirrored }

  /// Changes images, [samples, height, width, channels], to what the view shows of them; what comes in at an edge is the
  /// image's reflection there.
  package func apply(to inputs: Floats, shape: SampleShape) {
    guard !isIdentity else { return }
    var placement = Placement(shape: shape)
    // The window goes the other way than what it shows.
    if down != 0 || right != 0 { placement.shiftReflected(down: -down, right: -right) }
    if isMirrored { placement.flip() }
    for first in stride(from: 0, to: inputs.count, by: shape.count) {
      placement.apply(to: inputs[first..<first + shape.count])
    }
  }
}

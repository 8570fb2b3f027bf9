import Models
import TestSupport

extension ScaleLayer: ReferenceLayer {
  static let gradientCases: [NetworkCase] = [
    NetworkCase("scale of the outputs", [.dense(9), .relu, .dense(3), .scale(1.0 / 9)]),
    NetworkCase("scale first", [.scale(2), .dense(3)]),
    NetworkCase("scale behind a relu, twice", [.dense(9), .relu, .scale(0.5), .scale(3), .dense(3)]),
    NetworkCase("scale behind gelu, which needs its input", [.dense(9), .gelu(), .scale(0.7), .gelu(), .dense(3)]),
    .onImages(
      "scale in a branch",
      [.conv(4, 3), .residual(body: [.scale(0.25), .conv(4, 3), .scale(2)], shortcut: [.scale(0.5)]), .relu]),
  ]

  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    var y = x
    for index in y.values.indices { y.values[index] *= factor }
    return y
  }
}

import Foundation
import Models
import TestSupport

extension GELULayer: ReferenceLayer {
  static let gradientCases: [NetworkCase] = [
    NetworkCase("gelu", [.dense(19), .gelu(), .dense(3)]),
    NetworkCase("gelu by tanh", [.dense(19), .gelu(form: .tanh), .dense(3)]),
    NetworkCase("gelu first", [.gelu(), .dense(3)]),
    NetworkCase("gelu behind gelu and relu", [.dense(9), .relu, .gelu(), .gelu(form: .tanh), .relu, .dense(3)]),
    .onImages("gelu behind batch norm and a flatten", [.conv(4, 3), .batchNorm, .flatten, .gelu()]),
    .onImages("gelu by tanh behind batch norm", [.conv(4, 3), .batchNorm, .gelu(form: .tanh), .conv(2, 3)]),
    .onImages("gelu before dropout", [.conv(4, 3), .batchNorm, .gelu(), .dropout(rate: 0.2)]),
    .onImages(
      "gelu in both branches",
      [
        .conv(3, 3), .residual(body: [.gelu(), .conv(3, 3), .gelu(form: .tanh)], shortcut: [.gelu()]), .relu,
        .residual(body: [.gelu(), .conv(3, 3), .batchNorm], shortcut: []), .gelu(),
      ]),
    .onImages("gelu with a smaller last microbatch", [.conv(4, 3), .gelu(), .conv(2, 1)]).with {
      $0.count = 7
      $0.microbatch = 3
    },
  ]

  /// ½·x·(1 + erf(x ÷ √2)), or ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
  func reference(_ x: ReferenceImages, _ name: String, _ pass: inout ReferencePass) -> ReferenceImages {
    var y = x
    for index in y.values.indices {
      let x = y.values[index]
      let slope = (2 / Double.pi).squareRoot()
      y.values[index] =
        0.5 * x * (1 + (form == .exact ? erf(x / 2.0.squareRoot()) : tanh(slope * (x + 0.044715 * x * x * x))))
    }
    return y
  }
}

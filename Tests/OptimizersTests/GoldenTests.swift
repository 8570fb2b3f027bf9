import Foundation
import Kernels
import Optimizers
import TestSupport
import Testing

/// What PyTorch's optimizers, LARS and LAMB do in ten steps; made by Golden/make_optimizers.py.
private struct Golden: Decodable {
  let start: [Float]
  let gradients: [[Float]]
  let rates: [Double]
  let weights: [String: [[Double]]]

  static func load() throws -> Golden {
    let url = try #require(Bundle.module.url(forResource: "Golden/optimizers", withExtension: "json"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}

@Suite("Update rules against PyTorch")
struct GoldenTests {
  static let cases: [(name: String, configuration: OptimizerConfiguration)] = [
    ("plain", .init(method: .sgd(momentum: 0, nesterov: false))),
    ("plainDecay", .init(method: .sgd(momentum: 0, nesterov: false), weightDecay: 0.01)),
    ("momentum", .init(method: .sgd(momentum: 0.9, nesterov: false))),
    ("momentumDecay", .init(method: .sgd(momentum: 0.9, nesterov: false), weightDecay: 0.01)),
    ("nesterov", .init(method: .sgd(momentum: 0.9, nesterov: true))),
    ("nesterovDecay", .init(method: .sgd(momentum: 0.9, nesterov: true), weightDecay: 0.01)),
    ("momentumClip", .init(method: .sgd(momentum: 0.9, nesterov: false), clipNorm: 1.5)),
    ("lars", .init(method: .lars(momentum: 0.9, trust: 0.001), weightDecay: 0.01)),
    ("larsClip", .init(method: .lars(momentum: 0.5, trust: 0.02), weightDecay: 0.1, clipNorm: 1.5)),
    ("adam", .init(method: .adam(.init()))),
    ("adamDecay", .init(method: .adam(.init(beta1: 0.8, beta2: 0.99, epsilon: 1e-6)), weightDecay: 0.01)),
    ("adamW", .init(method: .adamW(.init()), weightDecay: 0.01)),
    (
      "adamWClip",
      .init(method: .adamW(.init(beta1: 0.8, beta2: 0.99, epsilon: 1e-6)), weightDecay: 0.1, clipNorm: 1.5)
    ),
    ("lamb", .init(method: .lamb())),
    ("lambDecay", .init(method: .lamb(.init(beta1: 0.8, beta2: 0.99, epsilon: 1e-3)), weightDecay: 0.1)),
    ("lambClip", .init(method: .lamb(), weightDecay: 0.01, clipNorm: 1.5)),
  ]

  @Test("ten steps with a changing rate give PyTorch's weights", arguments: cases.indices)
  func tenSteps(index: Int) throws {
    let (name, configuration) = Self.cases[index]
    let golden = try Golden.load()
    let expected = try #require(golden.weights[name])
    let update = ParameterUpdate(configuration, batch: 64, referenceBatch: 256)
    let run = UpdateRun(update, start: golden.start)
    for step in golden.rates.indices {
      run.step(step, gradient: golden.gradients[step], learningRate: golden.rates[step])
      expectClose(
        run.result(), expected[step].map { Float($0) }, relative: 2e-6, absolute: 1e-6,
        "\(name), step \(step)")
    }
  }

  @Test("every case of the golden file is tested")
  func allCases() throws {
    #expect(try Golden.load().weights.keys.sorted() == Self.cases.map(\.name).sorted())
  }
}

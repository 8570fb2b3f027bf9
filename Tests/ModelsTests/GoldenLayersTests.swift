import Datasets
import Foundation
import Kernels
import Keys
import Models
import TestSupport
import Testing

/// A network that PyTorch computed in double precision; see `Golden/make_layers.py`.
struct GoldenNetwork: Decodable, Sendable {
  /// As a config has them.
  let layers: JSONValue
  /// Of a sample: [height, width, channels], or [features].
  let shape: [Int]
  /// [N, H, W, C].
  let inputs: [Float]
  let labels: [Int32]
  /// Summed over the samples.
  let loss: Double
  /// By name, in file order.
  let tensors: [String: [Float]]
  let gradients: [String: [Double]]

  init(named name: String) throws {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Golden"))
    self = try JSONDecoder().decode(GoldenNetwork.self, from: try Data(contentsOf: url))
  }

  /// The network as one of the gradient checks' cases, all samples in one microbatch.
  func networkCase(_ name: String) throws -> NetworkCase {
    let (layers, issues) = LayerLists.read(layers)
    try #require(issues.isEmpty, "\(issues)")
    return NetworkCase(name, layers).with {
      $0.shape = shape.count == 1 ? .features(shape[0]) : .image(height: shape[0], width: shape[1], channels: shape[2])
      $0.outputs = 5
      $0.count = labels.count
      $0.microbatch = labels.count
    }
  }
}

@Suite("Layers agree with PyTorch")
struct GoldenLayersTests {
  static let names: [String] = {
    let folder = Bundle.module.url(forResource: "Golden", withExtension: nil)
    let files = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
    return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test("in tensors' names, loss and gradients", arguments: names)
  func agreement(name: String) throws {
    let golden = try GoldenNetwork(named: name)
    let run = try NetworkRun(
      golden.networkCase(name), parameters: golden.tensors, inputs: golden.inputs, labels: golden.labels)
    let (sum, gradient, _) = run.gradient(of: run.shard)
    #expect(abs(sum.loss - golden.loss) <= 1e-5 * golden.loss, "loss \(sum.loss), not \(golden.loss)")
    let trained = run.network.tensors
    #expect(Set(trained.map(\.name)) == Set(golden.gradients.keys))
    let largest = golden.gradients.values.joined().map(abs).max() ?? 0
    for tensor in trained {
      expectClose(
        NetworkRun.fileElements(of: tensor, in: gradient), (golden.gradients[tensor.name] ?? []).map(Float.init),
        relative: 2e-5, absolute: Float(2e-6 * largest), "\(name): \(tensor.name)")
    }
  }

  @Test("of the package has its files")
  func files() { #expect(Self.names.contains("residual")) }
}

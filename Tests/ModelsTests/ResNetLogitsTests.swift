import Foundation
import Kernels
import Models
import Testing

@Suite("The presets resnet18, resnet34 and resnet50 are torchvision's")
struct ResNetLogitsTests {
  /// What torchvision put out; see `ResNets/make_resnets.py`.
  private struct Golden: Decodable {
    var classes: Int
    /// Height and width of an image.
    var size: Int
    /// A row a sample.
    var logits: [String: [[Float]]]
  }

  private static func golden() throws -> Golden {
    let url = try #require(Bundle.module.url(forResource: "resnets", withExtension: "json", subdirectory: "ResNets"))
    return try JSONDecoder().decode(Golden.self, from: try Data(contentsOf: url))
  }

  /// Numbers in −1…1, a hash of their place and of a name.
  private static func noise(_ name: String, _ count: Int) -> [Double] {
    var key: UInt32 = 2_166_136_261
    for byte in name.utf8 { key = (key ^ UInt32(byte)) &* 16_777_619 }
    var result = [Double](repeating: 0, count: count)
    var place: UInt32 = 0
    for index in result.indices {
      var hash = place &* 2_654_435_761 &+ key
      hash ^= hash >> 16
      hash = hash &* 2_246_822_519
      hash ^= hash >> 13
      result[index] = Double(hash >> 8) / 0x1p23 - 1
      place &+= 1
    }
    return result
  }

  /// The elements of a tensor in file order. The last batch norm of every block is small, so that logits are about 1.
  private static func elements(_ tensor: StoredTensor, last: String) -> [Float] {
    let (name, shape) = (tensor.name, tensor.fileShape)
    let noise = noise(name, tensor.count)
    if shape.count > 1 {
      let fan = Double(shape.dropFirst().reduce(1, *))
      let scale = (6 / fan).squareRoot()
      let factor = name.hasPrefix("fc.") ? 0.25 : 1
      return noise.map { Float($0 * scale * factor) }
    }
    if name.hasSuffix("running_var") { return noise.map { Float(1 + 0.5 * $0) } }
    guard name.hasSuffix("weight") else { return noise.map { Float(0.2 * $0) } }
    let factor = name.contains(last) ? 0.3 : 1
    return noise.map { Float(factor * (1 + 0.3 * $0)) }
  }

  @Test("the same weights give the same logits within 1e-4", arguments: [18, 34, 50])
  func logits(depth: Int) throws {
    let golden = try Self.golden()
    let expected = try #require(golden.logits["resnet\(depth)"])
    let size = golden.size
    let network = try Network(
      .resNet(depth: depth), loss: .crossEntropy(labelSmoothing: 0),
      input: FeatureShape(height: size, width: size, channels: 3), outputs: golden.classes, microbatch: expected.count)
    let state = NetworkState(for: network)
    let last = depth >= 50 ? ".bn3." : ".bn2."
    for tensor in network.storedTensors {
      tensor.setFileElements(Self.elements(tensor, last: last), in: state.vector(of: tensor))
    }
    let packed = Buffer<Float>(count: network.packedCount)
    for layer in 0..<network.packingCount(transposing: true) {
      network.pack(layer, weights: state.parameters.view, into: packed.view)
    }

    // Channels first in the formula, last in the network.
    let images = Self.noise("input", expected.count * 3 * size * size)
    let pixels = size * size
    let inputs = Buffer<Float>(
      (0..<images.count).map { index in
        let (sample, rest) = index.quotientAndRemainder(dividingBy: 3 * pixels)
        return Float(images[(3 * sample + rest % 3) * pixels + rest / 3])
      })
    let outputs = Buffer<Float>(count: expected.count * golden.classes)
    network.computeOutputs(
      of: inputs.view, state: state, packedWeights: packed.view, into: outputs.view, workspace: Workspace(for: network))
    let difference = zip(outputs.view.array(), expected.flatMap(\.self)).map { abs($0 - $1) }.max() ?? .infinity
    #expect(difference <= 1e-4, "resnet\(depth): \(difference)")
  }
}

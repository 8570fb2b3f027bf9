import Datasets
import Kernels
import Models
import TestSupport
import Testing

@Suite("Dense gradients that wait as factors")
struct FactoredGradientsTests {
  private let test = NetworkCase(
    "dense layers", [.dense(70), .relu, .dropout(rate: 0.3), .dense(40), .relu, .dense(19), .dense(3)]
  ).with {
    $0.shape = .features(97)
    $0.first = 2
    $0.count = 7
    $0.microbatch = 3
  }

  @Test("have, multiplied, the bits of the gradient that a shard computes at once", arguments: KernelPath.supported)
  func sameBits(path: KernelPath) throws {
    try KernelPath.withForced(path) {
      let run = try NetworkRun(test, seed: 3)
      let (sum, expected, _) = run.gradient(of: run.shard)
      // Room for more samples than this shard has, as for the smaller shards of a batch.
      let plan = FactoredGradients(run.network, samples: 8)
      let names = run.network.tensors.indices.filter { plan.pieces(ofTensor: $0) != nil }
        .map { run.network.tensors[$0].name }
      #expect(names == ["0.weight", "3.weight"], "the layers to 19 and 3 outputs have larger factors than gradients")
      let (found, gradient, factors) = run.factoredGradient(of: run.shard, plan)
      #expect(found == sum)
      #expect(gradient.count == plan.gradientCount)
      for (index, tensor) in run.network.tensors.enumerated() {
        var elements = [Float](repeating: .nan, count: tensor.range.count)
        if let pieces = plan.pieces(ofTensor: index) {
          for piece in pieces {
            let product = Buffer<Float>(count: piece.range.count)
            factors.withView { plan.multiply(piece, samples: run.shard.count, of: $0, into: product.view) }
            let first = piece.range.lowerBound - tensor.range.lowerBound
            elements.replaceSubrange(first..<first + piece.range.count, with: product.array())
          }
        } else {
          elements = Array(gradient[plan.gradientRange(tensor.range)])
        }
        let same = zip(elements, expected[tensor.range]).allSatisfy { $0.bitPattern == $1.bitPattern }
        #expect(same && elements.count == tensor.range.count, "\(tensor.name)")
      }
    }
  }

  @Test("are used where they take a third of the gradient's memory or less")
  func rule() throws {
    let network = try NetworkRun(test, seed: 3).network
    // 97 · 70 numbers against 3 · 13 · 167 or 3 · 14 · 167.
    #expect(FactoredGradients(network, samples: 13).pieces(ofTensor: 0) != nil)
    #expect(FactoredGradients(network, samples: 14).pieces(ofTensor: 0) == nil)
    let none = FactoredGradients(network, samples: 1000)
    #expect(none.count == 0 && none.gradientCount == network.parameterCount && none.productFLOPs == 0)
    #expect(FactoredGradients(network, samples: 8).productFLOPs == 2 * (97 * 70 + 70 * 40))
  }
}

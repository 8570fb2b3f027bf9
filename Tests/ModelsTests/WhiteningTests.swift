import Foundation
import Kernels
import Models
import TestSupport
import Testing

@Suite("Whitening filters")
struct WhiteningTests {
  /// See `Whitening/make_whitening.py`.
  private struct Golden: Decodable {
    let kernel: Int
    let epsilon: Double
    /// [height, width, channels].
    let shape: [Int]
    /// [N, H, W, C].
    let images: [Float]
    /// [out, in, k, k].
    let filters: [Double]

    static func all() throws -> [Golden] {
      let url = try #require(
        Bundle.module.url(forResource: "whitening", withExtension: "json", subdirectory: "Whitening"))
      return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
    }

    var input: FeatureShape { FeatureShape(height: shape[0], width: shape[1], channels: shape[2]) }
    var samples: [[Float]] {
      stride(from: 0, to: images.count, by: input.count).map { Array(images[$0..<$0 + input.count]) }
    }
  }

  private func network(_ golden: Golden, channels: Int, samples: Int) throws -> Network {
    try Network(
      .layers([
        .conv2d(
          channels: channels, kernel: golden.kernel, stride: 1, padding: 0, bias: true,
          initial: .whitening(samples: samples, epsilon: golden.epsilon)), .relu, .dense(10),
      ]), loss: .crossEntropy(labelSmoothing: 0), input: golden.input, outputs: 10, microbatch: 4)
  }

  private func filters(_ network: Network, _ samples: [[Float]]) -> [Float] {
    let state = NetworkState(for: network)
    network.initialize(state, seed: 1)
    network.whiten(state, count: samples.count) { $1.copy(from: samples[$0]) }
    return state.fileElements(of: network.storedTensors[0])
  }

  @Test("are PyTorch's eigenvectors over the root of their eigenvalues, and their negatives")
  func agreement() throws {
    for golden in try Golden.all() {
      let size = golden.kernel * golden.kernel * golden.input.channels
      let network = try network(golden, channels: 2 * size, samples: 5000)
      #expect(network.initializationSamples == 5000)
      let found = filters(network, golden.samples)
      let expected = golden.filters.map { Float($0) }
      expectClose(found, expected, relative: 1e-4, absolute: 1e-5 * (expected.map(abs).max() ?? 0), "\(golden.kernel)")
      // Fewer filters are those of the largest eigenvalues.
      let some = filters(try self.network(golden, channels: 8, samples: 5000), golden.samples)
      #expect(some == Array(found[..<(4 * size)]) + found[..<(4 * size)].map { -$0 })
    }
  }

  @Test("make patches uncorrelated, of variance λ ÷ (λ + ε)")
  func uncorrelated() throws {
    let golden = try Golden.all()[0]
    let input = golden.input
    let size = 12
    let found = filters(try network(golden, channels: 2 * size, samples: 20), golden.samples).map { Double($0) }
    var products = [Double](repeating: 0, count: size * size)
    var count = 0.0
    for sample in golden.samples {
      for y in 0..<input.height - 1 {
        for x in 0..<input.width - 1 {
          let outputs = (0..<size).map { filter in
            (0..<size).reduce(0) { sum, index in
              let (channel, tap) = (index / 4, index % 4)
              let place = ((y + tap / 2) * input.width + x + tap % 2) * 3 + channel
              return sum + found[filter * size + index] * Double(sample[place])
            }
          }
          for row in 0..<size {
            for column in 0..<size { products[row * size + column] += outputs[row] * outputs[column] }
          }
          count += 1
        }
      }
    }
    for row in 0..<size {
      for column in 0..<size where row != column { #expect(abs(products[row * size + column] / count) < 1e-4) }
      let variance = products[row * size + row] / count
      #expect(variance < 1.0001 && variance > 0.5, "\(variance)")
    }
  }

  @Test("depend on the first samples alone, and on nothing else")
  func samples() throws {
    let golden = try Golden.all()[0]
    let network = try network(golden, channels: 24, samples: 7)
    let found = filters(network, golden.samples)
    #expect(found == filters(network, Array(golden.samples[..<7])))
    #expect(found != filters(network, Array(golden.samples[..<6])))
    #expect(network.tensors.filter(\.isFixed).map(\.name) == ["0.weight"])
  }

  @Test("are refused behind another layer, and in a number that patches have not")
  func refused() throws {
    let whitening = WeightInitialization.whitening(samples: 10, epsilon: 0.1)
    func error(_ layers: [LayerConfiguration]) -> ModelError? {
      do throws(ModelError) {
        _ = try Network(
          .layers(layers + [.dense(10)]), loss: .crossEntropy(labelSmoothing: 0),
          input: FeatureShape(height: 6, width: 6, channels: 3), outputs: 10, microbatch: 4)
        return nil
      } catch { return error }
    }
    func conv(_ channels: Int) -> LayerConfiguration {
      .conv2d(channels: channels, kernel: 2, stride: 1, padding: 0, bias: true, initial: whitening)
    }
    #expect(error([conv(24)]) == nil && error([conv(2)]) == nil)
    #expect(error([.relu, conv(24)])?.path == "model.layers.1.init")
    for channels in [5, 26] { #expect(error([conv(channels)])?.path == "model.layers.0.channels", "\(channels)") }
    #expect(error([.dense(units: 4, bias: true, initial: .dirac)])?.path == "model.layers.0.init")
  }

  @Test("of one sample with one patch, and of patches that are all 0, are finite")
  func degenerate() throws {
    var covariance = PatchCovariance(of: FeatureShape(height: 2, width: 2, channels: 1), kernel: 2)
    covariance.add(Buffer<Float>([0, 0, 0, 0]).view)
    #expect(covariance.whitening(filters: 8, epsilon: 0.25).map(abs).filter { $0 > 0 } == Array(repeating: 2, count: 8))
    covariance.add(Buffer<Float>([3, 0, 0, 4]).view)
    let filters = covariance.whitening(filters: 2, epsilon: 0)
    // The mean of x·xᵀ has the eigenvalue 25 ÷ 2 along x.
    expectClose(
      filters, [3, 0, 0, 4, -3, 0, 0, -4].map { Float($0 / 5 / 12.5.squareRoot()) }, relative: 1e-6, absolute: 1e-7)
  }
}

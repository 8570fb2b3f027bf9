import Kernels

extension Network {
  /// Writes initial weights: a pure function of the seed and each element's place in the file, not of memory layout.
  ///
  /// Convolution and dense weights are normal with deviation √(2 ÷ fan-in) (He et al. 2015), those of the last dense
  /// layer have 0.01, biases are 0, γ is 1 (with `model.zeroInitResidual` 0 in the batch norm that ends a residual
  /// body), β is 0 (Goyal et al. 2017, §5.1); running means are 0 and running variances 1.
  ///
  /// - Parameter state: the network's numbers, which are all set.
  public func initialize(_ state: NetworkState, seed: UInt64) {
    let weights = state.parameters.view
    weights.fill(with: 0)
    let random = Philox(seed: seed, purpose: .initialization)
    for tensor in tensors {
      switch tensor.role {
      case .weight(let fanIn):
        setNormal(tensor, deviation: (2 / Double(fanIn)).squareRoot(), random, in: weights)
      case .outputWeight:
        setNormal(tensor, deviation: 0.01, random, in: weights)
      case .scale(let isZero):
        weights[tensor.range].fill(with: isZero ? 0 : 1)
      case .bias, .shift:
        break
      }
    }
    for layer in statistics {
      state.statistics.view[layer.means].fill(with: 0)
      state.statistics.view[layer.variances].fill(with: 1)
    }
  }

  /// Sets a tensor to independent normal numbers with mean 0.
  private func setNormal(
    _ tensor: ParameterTensor, deviation: Double, _ random: Philox, in weights: Floats
  ) {
    // In place: a copy of the tensor would be memory that no plan counts. Padding stays zero.
    let elements = weights[tensor.range]
    for first in stride(from: 0, to: tensor.count, by: 4) {
      let bits = random.block(UInt32(tensor.ordinal), UInt32(first / 4), 0)
      let (a, b) = Philox.normalPair(bits.x, bits.y)
      let (c, d) = Philox.normalPair(bits.z, bits.w)
      let normals = SIMD4(a, b, c, d)
      for lane in 0..<min(4, tensor.count - first) {
        elements[tensor.stored.layout.index(ofFileElement: first + lane)] = Float(Double(normals[lane]) * deviation)
      }
    }
  }
}

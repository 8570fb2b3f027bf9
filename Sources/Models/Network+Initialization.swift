import Kernels

extension Network {
  /// Writes initial weights: a pure function of the seed and each element's place in the file, not of memory layout.
  ///
  /// Each layer says what its tensors start from: ``ParameterTensor/initial``. Running means are 0 and running
  /// variances 1.
  ///
  /// - Parameter state: the network's numbers, which are all set.
  package func initialize(_ state: NetworkState, seed: UInt64) {
    let weights = state.parameters.view
    weights.fill(with: 0)
    let random = Philox(seed: seed, purpose: .initialization)
    for tensor in tensors {
      switch tensor.initial {
      case .normal(let deviation): setNormal(tensor, deviation: deviation, random, in: weights)
      case .constant(0): break
      case .constant(let value): setConstant(tensor, value, in: weights)
      case .uniform(let bound): setUniform(tensor, bound: bound, random, in: weights)
      case .dirac(let bound):
        setUniform(tensor, bound: bound, random, in: weights)
        setIdentity(tensor, in: weights)
      // The data say what they are: ``whiten(_:count:write:)``.
      case .whitening: break
      }
    }
    for layer in statistics {
      state.statistics.view[layer.means].fill(with: 0)
      state.statistics.view[layer.variances].fill(with: 1)
    }
  }

  /// Sets a tensor's elements to a number. Padding stays zero.
  private func setConstant(_ tensor: ParameterTensor, _ value: Float, in weights: Floats) {
    let elements = weights[tensor.range]
    for index in 0..<tensor.count { elements[tensor.stored.layout.index(ofFileElement: index)] = value }
  }

  /// Sets a tensor to independent even numbers from −`bound` to `bound`.
  private func setUniform(_ tensor: ParameterTensor, bound: Double, _ random: Philox, in weights: Floats) {
    let elements = weights[tensor.range]
    for first in stride(from: 0, to: tensor.count, by: 4) {
      let bits = random.block(UInt32(tensor.ordinal), UInt32(first / 4), 0)
      for lane in 0..<min(4, tensor.count - first) {
        let number = 2 * Double(Philox.uniform(bits[lane])) - 1
        elements[tensor.stored.layout.index(ofFileElement: first + lane)] = Float(number * bound)
      }
    }
  }

  /// Lets the first filters of a convolution, [out, in, k, k], pass their own input channel on: PyTorch's `dirac_`.
  private func setIdentity(_ tensor: ParameterTensor, in weights: Floats) {
    let elements = weights[tensor.range]
    let (inputs, kernel) = (tensor.fileShape[1], tensor.fileShape[2])
    let taps = kernel * kernel
    let middle = kernel / 2 * kernel + kernel / 2
    for filter in 0..<min(tensor.fileShape[0], inputs) {
      for index in 0..<inputs * taps {
        let element = tensor.stored.layout.index(ofFileElement: filter * inputs * taps + index)
        elements[element] = index == filter * taps + middle ? 1 : 0
      }
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

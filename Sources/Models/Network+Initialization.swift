import Kernels

extension Network {
  /// Writes initial weights: a pure function of the seed and each element's place in the file, not of memory layout.
  ///
  /// Each layer says what its tensors start from: ``ParameterTensor/initial``.
  ///
  /// - Parameter weights: `parameterCount` floats.
  public func initialize(_ weights: Floats, seed: UInt64) {
    weights.fill(with: 0)
    let random = Philox(seed: seed, purpose: .initialization)
    for (index, tensor) in tensors.enumerated() {
      switch tensor.initial {
      case .normal(let deviation): setNormal(tensor, deviation: deviation, random, index, in: weights)
      case .constant(0): break
      case .constant(let value): setConstant(tensor, value, in: weights)
      }
    }
  }

  /// Sets a tensor's elements to a number. Padding stays zero.
  private func setConstant(_ tensor: ParameterTensor, _ value: Float, in weights: Floats) {
    let elements = weights[tensor.range]
    for index in 0..<tensor.count { elements[tensor.layout.index(ofFileElement: index)] = value }
  }

  /// Sets a tensor to independent normal numbers with mean 0.
  private func setNormal(
    _ tensor: ParameterTensor, deviation: Double, _ random: Philox, _ index: Int, in weights: Floats
  ) {
    // In place: a copy of the tensor would be memory that no plan counts. Padding stays zero.
    let elements = weights[tensor.range]
    for first in stride(from: 0, to: tensor.count, by: 4) {
      let bits = random.block(UInt32(index), UInt32(first / 4), 0)
      let (a, b) = Philox.normalPair(bits.x, bits.y)
      let (c, d) = Philox.normalPair(bits.z, bits.w)
      let normals = SIMD4(a, b, c, d)
      for lane in 0..<min(4, tensor.count - first) {
        elements[tensor.layout.index(ofFileElement: first + lane)] = Float(Double(normals[lane]) * deviation)
      }
    }
  }
}

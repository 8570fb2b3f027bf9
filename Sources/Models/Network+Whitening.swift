import Kernels

/// What initial weights need to know of the data.
extension Network {
  /// Training samples that initial weights depend on: the first of the set; 0 for most networks.
  package var initializationSamples: Int {
    tensors.reduce(0) { most, tensor in
      if case .whitening(let samples, _) = tensor.initial { max(most, samples) } else { most }
    }
  }

  /// Sets the whitening filters, behind ``initialize(_:seed:)``.
  ///
  /// - Parameters:
  ///   - count: samples that there are, at least 1; where a layer asks for more, all are taken.
  ///   - write: writes a sample as the network takes it, without augmentation.
  package func whiten(_ state: NetworkState, count: Int, write: (_ sample: Int, _ input: Floats) -> Void) {
    let sample = Buffer<Float>(count: input.count)
    for tensor in tensors {
      guard case .whitening(let samples, let epsilon) = tensor.initial else { continue }
      // [out, in, k, k].
      var covariance = PatchCovariance(of: input, kernel: tensor.fileShape[2])
      for index in 0..<min(samples, count) {
        write(index, sample.view)
        covariance.add(sample.view)
      }
      tensor.stored.setFileElements(
        covariance.whitening(filters: tensor.fileShape[0], epsilon: epsilon), in: state.parameters.view)
    }
  }
}

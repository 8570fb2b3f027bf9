/// Which algorithm computes each pass of a layer's convolution, and the memory that they need.
///
/// The choice is a pure function of the shape, the kernel path and OpenBLAS's core; results of the algorithms differ in
/// rounding, and within one algorithm and kernel path they are the same bits whoever computes them.
package struct ConvolutionPlan: Sendable, Equatable {
  /// The shape at a full microbatch.
  package let shape: ConvolutionShape
  package let forward: ConvolutionAlgorithm
  package let inputGradient: ConvolutionAlgorithm
  package let weightGradient: ConvolutionAlgorithm

  /// The fastest algorithm of each pass by ``ConvolutionCost``, or one for all passes that it can compute.
  ///
  /// - Parameters:
  ///   - forced: used for every pass where the shape allows it, else `direct`.
  ///   - arithmetic: portable leaves nothing to OpenBLAS.
  package init(
    _ shape: ConvolutionShape, forced: ConvolutionAlgorithm? = nil, arithmetic: Arithmetic = .machine
  ) {
    self.shape = shape
    let algorithm = forced.map { $0.packed?.fits(shape) ?? true ? $0 : .direct }
    forward = algorithm ?? ConvolutionCost.choice(.forward, of: shape, arithmetic: arithmetic)
    inputGradient = algorithm ?? ConvolutionCost.choice(.inputGradient, of: shape, arithmetic: arithmetic)
    weightGradient = algorithm ?? ConvolutionCost.choice(.weightGradient, of: shape, arithmetic: arithmetic)
  }

  /// The algorithm of a pass.
  package func algorithm(of pass: ConvolutionPass) -> ConvolutionAlgorithm {
    switch pass {
    case .forward: forward
    case .inputGradient: inputGradient
    case .weightGradient: weightGradient
    }
  }

  /// Floats of the weights as forward and inputGradient want them, packed once a step for all workers.
  package var packedCount: Int { forwardPackedCount + transposedPackedCount }

  /// Floats of scratch for forward.
  package var forwardScratchCount: Int {
    forward.packed?.forwardScratchCount(shape) ?? Convolution.scratchCount(shape)
  }

  /// Floats of scratch for either gradient.
  package var backwardScratchCount: Int {
    max(
      inputGradient.packed?.inputGradientScratchCount(shape) ?? Convolution.scratchCount(shape),
      weightGradient.packed?.weightGradientScratchCount(shape) ?? Convolution.scratchCount(shape))
  }

  /// Packs the weights [kernel, kernel, inputChannels, outputChannels] for both passes that read them.
  package func pack(_ weights: Floats, into packed: Floats) {
    let (first, second) = parts(packed)
    forward.packed?.pack(weights, shape: shape, into: first)
    inputGradient.packed?.packTransposed(weights, shape: shape, into: second)
  }

  /// y ← x ∗ w + bias, then max(0, ·) if asked, for `batch` images, at most those of the plan.
  ///
  /// - Parameters:
  ///   - weights: [kernel, kernel, inputChannels, outputChannels].
  ///   - packed: the same weights, packed by ``pack(_:into:)``.
  package func forward(
    _ x: Floats, batch: Int, weights: Floats, packed: Floats, bias: Floats?, relu: Bool, into y: Floats,
    scratch: Floats
  ) {
    let shape = shape.with(batch: batch)
    if let kernels = forward.packed {
      return kernels.forward(
        x, packed: parts(packed).forward, bias: bias, relu: relu, shape: shape, into: y, scratch: scratch)
    }
    Convolution.forward(x, weights: weights, shape: shape, into: y, scratch: scratch)
    if let bias {
      Elementwise.addBias(Matrix(y, rows: shape.outputPixels, columns: shape.outputChannels), bias: bias, relu: relu)
    } else if relu {
      Elementwise.relu(y)
    }
  }

  /// dx ← the sum over all output pixels that saw an input element of w · dy, or dx + that sum.
  package func inputGradient(
    of dy: Floats, batch: Int, weights: Floats, packed: Floats, into dx: Floats, accumulating: Bool = false,
    scratch: Floats
  ) {
    let shape = shape.with(batch: batch)
    if let kernels = inputGradient.packed {
      return kernels.inputGradient(
        outputGradient: dy, transposed: parts(packed).inputGradient, shape: shape, into: dx,
        accumulating: accumulating, scratch: scratch)
    }
    Convolution.inputGradient(
      outputGradient: dy, weights: weights, shape: shape, into: dx, accumulating: accumulating, scratch: scratch)
  }

  /// dw ← the sum over the batch of x · dy, or dw + that sum.
  package func weightGradient(
    input x: Floats, outputGradient dy: Floats, batch: Int, into dw: Floats, accumulating: Bool, scratch: Floats
  ) {
    let shape = shape.with(batch: batch)
    if let kernels = weightGradient.packed {
      return kernels.weightGradient(
        input: x, outputGradient: dy, shape: shape, into: dw, accumulating: accumulating, scratch: scratch)
    }
    Convolution.weightGradient(
      input: x, outputGradient: dy, shape: shape, into: dw, accumulating: accumulating, scratch: scratch)
  }

  private var forwardPackedCount: Int { forward.packed?.packedCount(shape) ?? 0 }
  private var transposedPackedCount: Int { inputGradient.packed?.transposedCount(shape) ?? 0 }

  private func parts(_ packed: Floats) -> (forward: Floats, inputGradient: Floats) {
    let middle = forwardPackedCount
    return (packed[0..<middle], packed[middle..<middle + transposedPackedCount])
  }
}

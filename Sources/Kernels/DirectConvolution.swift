import CKernels

/// y[b, i, j, o] = Σ x[b, i·stride + ky − padding, j·stride + kx − padding, c] · w[ky, kx, c, o], without patches: 16 pixels
/// × 16 channels of sums stay in registers while the taps of a kernel row pass by.
///
/// For every kernel, stride, padding and channel count. x is [batch, height, width, inputChannels], y [batch,
/// outputHeight, outputWidth, outputChannels]. One image at a time is copied into scratch with its halo of zeros. The
/// order of every sum follows from the shape alone. ``Convolution`` is the naive twin, by patches and GEMM.
public enum DirectConvolution {
  /// Floats of the packed weights for forward.
  public static func packedCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { convolution_direct_packed_floats($0) }
  }

  /// Packs the weights [kernel, kernel, inputChannels, outputChannels] for forward: once a step, for all workers.
  public static func pack(_ weights: Floats, shape: ConvolutionShape, into packed: Floats) {
    checkPack(weights, shape, packed, packedCount(shape))
    shape.withC { convolution_direct_pack($0, weights.base, packed.base) }
  }

  /// Floats of the packed weights for inputGradient.
  public static func transposedCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { convolution_direct_transposed_floats($0) }
  }

  /// Packs the weights, flipped and transposed, for inputGradient: once a step, for all workers.
  public static func packTransposed(_ weights: Floats, shape: ConvolutionShape, into packed: Floats) {
    checkPack(weights, shape, packed, transposedCount(shape))
    shape.withC { convolution_direct_pack_transposed($0, weights.base, packed.base) }
  }

  /// Floats of scratch for forward.
  public static func forwardScratchCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { convolution_direct_forward_scratch($0) }
  }

  /// Floats of scratch for inputGradient.
  public static func inputGradientScratchCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { convolution_direct_input_gradient_scratch($0) }
  }

  /// Floats of scratch for weightGradient.
  public static func weightGradientScratchCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { convolution_direct_weight_gradient_scratch($0) }
  }

  /// y ← x ∗ w + bias, or y + x ∗ w + bias; then max(0, ·) if asked.
  public static func forward(
    _ x: Floats, packed: Floats, bias: Floats? = nil, relu: Bool = false, accumulating: Bool = false,
    shape: ConvolutionShape, into y: Floats, scratch: Floats, path: KernelPath = .inUse
  ) {
    shape.check(
      input: x.count, output: y.count, weights: (packed.count, packedCount(shape)),
      scratch: (scratch.count, forwardScratchCount(shape)), bias: bias?.count, path: path)
    let options = convolutionOptions(relu: relu, accumulating: accumulating)
    shape.withC {
      convolution_direct_forward(
        path.convolutionPath, $0, x.base, packed.base, bias?.base, options, y.base, scratch.base)
    }
  }

  /// dx ← the sum over all output pixels that saw an input element of w · dy, or dx + that sum.
  public static func inputGradient(
    outputGradient dy: Floats, transposed: Floats, shape: ConvolutionShape, into dx: Floats,
    accumulating: Bool = false, scratch: Floats, path: KernelPath = .inUse
  ) {
    shape.check(
      input: dx.count, output: dy.count, weights: (transposed.count, transposedCount(shape)),
      scratch: (scratch.count, inputGradientScratchCount(shape)), path: path)
    let options = convolutionOptions(accumulating: accumulating)
    shape.withC {
      convolution_direct_input_gradient(
        path.convolutionPath, $0, dy.base, transposed.base, options, dx.base, scratch.base)
    }
  }

  /// dw ← the sum over the batch of x · dy, [kernel, kernel, inputChannels, outputChannels], or dw + that sum.
  public static func weightGradient(
    input x: Floats, outputGradient dy: Floats, shape: ConvolutionShape, into dw: Floats, accumulating: Bool = false,
    scratch: Floats, path: KernelPath = .inUse
  ) {
    shape.check(
      input: x.count, output: dy.count, weights: (dw.count, shape.weightCount),
      scratch: (scratch.count, weightGradientScratchCount(shape)), path: path)
    if shape.batch == 0 {
      if !accumulating { dw.fill(with: 0) }
      return
    }
    let options = convolutionOptions(accumulating: accumulating)
    shape.withC {
      convolution_direct_weight_gradient(
        path.convolutionPath, $0, x.base, dy.base, options, dw.base, scratch.base)
    }
  }

  private static func checkPack(_ weights: Floats, _ shape: ConvolutionShape, _ packed: Floats, _ expected: Int) {
    precondition(
      weights.count == shape.weightCount && packed.count == expected,
      "\(shape): weights of \(weights.count) (\(shape.weightCount)), packed in \(packed.count) (\(expected))")
  }
}

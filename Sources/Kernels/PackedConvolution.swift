import CKernels

/// A convolution by kernels that want their weights packed once a step: what ``DirectConvolution`` and
/// ``WinogradConvolution`` share. Checks the sizes of every call, then runs the kernels in use.
package protocol PackedConvolution {
  /// Whether the kernels can compute the shape.
  static func fits(_ shape: ConvolutionShape) -> Bool
  /// The kernels in use.
  static var functions: PackedConvolutionFunctions { get }
}

/// The C functions of a ``PackedConvolution``.
package struct PackedConvolutionFunctions {
  typealias Count = @convention(c) (UnsafePointer<ConvolutionSizes>) -> Int

  let packedCount, transposedCount: Count
  let forwardScratchCount, inputGradientScratchCount, weightGradientScratchCount: Count
  let kernels: ConvolutionKernels
}

extension PackedConvolution {
  /// Floats of the packed weights for forward.
  package static func packedCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { functions.packedCount($0) }
  }

  /// Packs the weights [kernel, kernel, inputChannels, outputChannels] for forward: once a step, for all workers.
  package static func pack(_ weights: Floats, shape: ConvolutionShape, into packed: Floats) {
    defer { keep(weights, packed) }
    checkPack(weights, shape, packed, packedCount(shape))
    shape.withC { functions.kernels.pack($0, weights.base, packed.base) }
  }

  /// Floats of the packed weights for inputGradient.
  package static func transposedCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { functions.transposedCount($0) }
  }

  /// Packs the weights, flipped and transposed, for inputGradient: once a step, for all workers.
  package static func packTransposed(_ weights: Floats, shape: ConvolutionShape, into packed: Floats) {
    defer { keep(weights, packed) }
    checkPack(weights, shape, packed, transposedCount(shape))
    shape.withC { functions.kernels.pack_transposed($0, weights.base, packed.base) }
  }

  /// Floats of scratch for forward.
  package static func forwardScratchCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { functions.forwardScratchCount($0) }
  }

  /// Floats of scratch for inputGradient.
  package static func inputGradientScratchCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { functions.inputGradientScratchCount($0) }
  }

  /// Floats of scratch for weightGradient.
  package static func weightGradientScratchCount(_ shape: ConvolutionShape) -> Int {
    shape.withC { functions.weightGradientScratchCount($0) }
  }

  /// y ← x ∗ w + bias, or y + x ∗ w + bias; then max(0, ·) if asked.
  package static func forward(
    _ x: Floats, packed: Floats, bias: Floats? = nil, relu: Bool = false, accumulating: Bool = false,
    shape: ConvolutionShape, into y: Floats, scratch: Floats
  ) {
    defer { keep(x, packed, bias, y, scratch) }
    shape.check(
      input: x.count, output: y.count, weights: (packed.count, packedCount(shape)),
      scratch: (scratch.count, forwardScratchCount(shape)), bias: bias?.count)
    shape.withC {
      functions.kernels.forward($0, x.base, packed.base, bias?.base, relu, accumulating, y.base, scratch.base)
    }
  }

  /// dx ← the sum over all output pixels that saw an input element of w · dy, or dx + that sum.
  package static func inputGradient(
    outputGradient dy: Floats, transposed: Floats, shape: ConvolutionShape, into dx: Floats,
    accumulating: Bool = false, scratch: Floats
  ) {
    defer { keep(dy, transposed, dx, scratch) }
    shape.check(
      input: dx.count, output: dy.count, weights: (transposed.count, transposedCount(shape)),
      scratch: (scratch.count, inputGradientScratchCount(shape)))
    shape.withC {
      functions.kernels.input_gradient($0, dy.base, transposed.base, accumulating, dx.base, scratch.base)
    }
  }

  /// dw ← the sum over the batch of x · dy, [kernel, kernel, inputChannels, outputChannels], or dw + that sum.
  package static func weightGradient(
    input x: Floats, outputGradient dy: Floats, shape: ConvolutionShape, into dw: Floats, accumulating: Bool = false,
    scratch: Floats
  ) {
    defer { keep(x, dy, dw, scratch) }
    shape.check(
      input: x.count, output: dy.count, weights: (dw.count, shape.weightCount),
      scratch: (scratch.count, weightGradientScratchCount(shape)))
    if shape.batch == 0 {
      if !accumulating { dw.fill(with: 0) }
      return
    }
    shape.withC {
      functions.kernels.weight_gradient($0, x.base, dy.base, accumulating, dw.base, scratch.base)
    }
  }

  private static func checkPack(_ weights: Floats, _ shape: ConvolutionShape, _ packed: Floats, _ expected: Int) {
    precondition(
      fits(shape) && weights.count == shape.weightCount && packed.count == expected,
      "\(shape), fits: \(fits(shape)), weights of \(weights.count) (\(shape.weightCount)), packed in \(packed.count) (\(expected))"
    )
  }
}

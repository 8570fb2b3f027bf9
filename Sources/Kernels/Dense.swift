import CKernels

/// The three products of a dense layer: y = x·Wᵀ + b, dx = dy·W, dW = dyᵀ·x.
///
/// Activations are row-major, a sample a row; weights have the layout of ``DenseShape``. Every element of a result is
/// one chain of multiply-adds in increasing order of the summed index. So a sample's y and dx do not depend on the
/// samples beside it, and accumulated gradients do not depend on how the samples were cut into microbatches. All kernel
/// paths that fuse multiply-adds have the same bits.
package enum Dense {
  /// y ← x·Wᵀ + bias, then max(0, y) if `relu`; a NaN stays one.
  ///
  /// `x` is [samples, inputs], `y` [samples, outputs] and is overwritten, `bias` [outputs], `scratch` at least
  /// `shape.scratchCount(rows: samples)`. Nothing may overlap `y` or `scratch`.
  package static func forward(
    _ shape: DenseShape, x: Matrix, weights: Floats, bias: Floats?, relu: Bool, into y: Matrix, scratch: Floats
  ) {
    defer { keep(x, weights, bias, y, scratch) }
    check(shape, x, y, weights, bias, scratch)
    KernelPath.table.pointee.dense_forward(
      x.rows, shape.inputs, shape.outputs, x.storage.base, weights.base, bias?.base, relu, y.storage.base,
      scratch.base)
  }

  /// dx ← dy·W.
  ///
  /// `dy` is [samples, outputs], `dx` [samples, inputs] and is overwritten, `scratch` at least
  /// `shape.scratchCount(rows: samples)`. Nothing may overlap `dx` or `scratch`.
  package static func inputGradient(
    _ shape: DenseShape, dy: Matrix, weights: Floats, into dx: Matrix, scratch: Floats
  ) {
    defer { keep(dy, weights, dx, scratch) }
    check(shape, dx, dy, weights, nil, scratch)
    KernelPath.table.pointee.dense_input_gradient(
      dy.rows, shape.inputs, shape.outputs, dy.storage.base, weights.base, dx.storage.base, scratch.base)
  }

  /// dW ← dyᵀ·x and db ← Σ dy, or dW += dyᵀ·x and db += Σ dy if `accumulating`.
  ///
  /// `x` is [samples, inputs], `dy` [samples, outputs], `dW` has the weights' layout and its padding is zero afterwards
  /// (if it was before, when accumulating), `biasGradient` is [outputs], `scratch` at least
  /// `shape.scratchCount(rows: samples)`. Nothing may overlap `dW`, `biasGradient` or `scratch`.
  package static func weightGradient(
    _ shape: DenseShape, x: Matrix, dy: Matrix, into dW: Floats, biasGradient: Floats?, accumulating: Bool,
    scratch: Floats
  ) {
    defer { keep(x, dy, dW, biasGradient, scratch) }
    check(shape, x, dy, dW, biasGradient, scratch)
    KernelPath.table.pointee.dense_weight_gradient(
      x.rows, shape.inputs, shape.outputs, x.storage.base, dy.storage.base, accumulating, dW.base,
      biasGradient?.base, scratch.base)
  }

  /// Leaves the factors x and dy of a weight gradient, for some of the samples that it sums, in the order in which
  /// ``multiplyFactors(_:samples:piece:of:at:into:)`` reads them; and db ← Σ dy, or db += Σ dy if `first` is not 0.
  ///
  /// `x` is [rows, inputs], `dy` [rows, outputs]; they are samples `first`..<`first` + rows of `samples`, in increasing
  /// order. `factors` has `shape.factorCount(samples:listed:)` elements or more, `biasGradient` is [outputs].
  ///
  /// - Parameter listed: whether dy leaves only what is not zero; the first samples decide for all.
  /// - Returns: what they decided.
  @discardableResult
  package static func storeFactors(
    _ shape: DenseShape, x: Matrix, dy: Matrix, at first: Int, of samples: Int, listed: Bool = false,
    biasGradient: Floats?, into factors: Floats
  ) -> Bool {
    defer { keep(x, dy, biasGradient, factors) }
    precondition(
      shape.hasFactors && x.columns == shape.inputs && dy.columns == shape.outputs && x.rows == dy.rows,
      "factors of a dense layer of \(shape.inputs) inputs and \(shape.outputs) outputs from matrices of "
        + "\(x.rows) × \(x.columns) and \(dy.rows) × \(dy.columns)")
    precondition(
      first >= 0 && first + x.rows <= samples && factors.count >= shape.factorCount(samples: samples, listed: listed)
        && biasGradient.map { $0.count == shape.outputs } ?? true,
      "\(x.rows) samples from \(first) on of \(samples) into factors of \(factors.count) elements")
    precondition(!listed || samples <= DenseShape.mostListedSamples, "lists of \(samples) samples")
    return KernelPath.table.pointee.dense_store_factors(
      x.rows, first, samples, shape.inputs, shape.outputs, x.storage.base, dy.storage.base, listed,
      biasGradient?.base, factors.base)
  }

  /// dW ← dyᵀ·x of a piece of the weights, from the factors of all `samples`: the bits of
  /// ``weightGradient(_:x:dy:into:biasGradient:accumulating:scratch:)``.
  ///
  /// The factors begin at element `offset` of `factors`, which many workers read at once. `dW` has the piece's elements.
  /// Nothing may overlap it.
  package static func multiplyFactors(
    _ shape: DenseShape, samples: Int, piece: DenseShape.Piece, of factors: Floats, at offset: Int = 0,
    into dW: Floats
  ) {
    defer { keep(factors, dW) }
    precondition(
      shape.hasFactors && dW.count == piece.range.count && piece.range.upperBound <= shape.weightCount
        && offset >= 0 && factors.count - offset >= shape.factorCount(samples: samples, listed: false),
      """
      a gradient of \(dW.count) elements for weights \(piece.range) from factors of \(factors.count) elements from \
      \(offset) on
      """)
    KernelPath.table.pointee.dense_multiply_factors(
      samples, shape.inputs, shape.outputs, piece.output, piece.block, factors.base + offset, dW.base)
  }

  private static func check(
    _ shape: DenseShape, _ x: Matrix, _ y: Matrix, _ weights: Floats, _ bias: Floats?, _ scratch: Floats
  ) {
    precondition(
      x.columns == shape.inputs && y.columns == shape.outputs && x.rows == y.rows,
      "a dense layer of \(shape.inputs) inputs and \(shape.outputs) outputs between matrices of "
        + "\(x.rows) × \(x.columns) and \(y.rows) × \(y.columns)")
    precondition(
      weights.count == shape.weightCount,
      "\(weights.count) weights for a dense layer of \(shape.inputs) inputs and \(shape.outputs) outputs, "
        + "which has \(shape.weightCount) with padding")
    if let bias {
      precondition(bias.count == shape.outputs, "\(bias.count) biases for \(shape.outputs) outputs")
    }
    let needed = shape.scratchCount(rows: x.rows)
    precondition(
      scratch.count >= needed,
      "scratch of \(scratch.count) elements for \(x.rows) samples of a dense layer of \(shape.inputs) inputs and "
        + "\(shape.outputs) outputs, which needs \(needed)")
  }
}

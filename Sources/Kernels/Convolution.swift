import CKernels

/// y[b, i, j, o] = Σ x[b, i·stride + ky − padding, j·stride + kx − padding, c] · w[ky, kx, c, o]
/// (a cross-correlation, as every framework's), by patches and GEMM.
///
/// x is [batch, height, width, inputChannels], w [kernel, kernel, inputChannels, outputChannels], y [batch, outputHeight,
/// outputWidth, outputChannels]. Patches are gathered for a block of output pixels at a time, small enough for the L2
/// cache; the blocks follow from the shape, so the order of every sum does.
package enum Convolution {
  /// Floats of scratch that each of the three passes needs.
  package static func scratchCount(_ shape: ConvolutionShape) -> Int {
    needsPatches(shape) ? blockPixels(shape) * shape.patchCount : 0
  }

  /// y ← x ∗ w.
  package static func forward(
    _ x: Floats, weights: Floats, shape: ConvolutionShape, into y: Floats, scratch: Floats
  ) {
    check(shape, input: x, weights: weights, output: y, scratch)
    let weights = Matrix(weights, rows: shape.patchCount, columns: shape.outputChannels)
    forEachBlock(shape) { first, count in
      let patches = gather(x, shape, first, count, scratch)
      GEMM.multiply(patches, by: weights, into: outputRows(y, shape, first, count))
    }
  }

  /// dw ← patchesᵀ · dy, or dw + patchesᵀ · dy.
  package static func weightGradient(
    input x: Floats, outputGradient dy: Floats, shape: ConvolutionShape, into dw: Floats, accumulating: Bool = false,
    scratch: Floats
  ) {
    check(shape, input: x, weights: dw, output: dy, scratch)
    if shape.outputPixels == 0 && !accumulating { dw.fill(with: 0) }
    let gradient = Matrix(dw, rows: shape.patchCount, columns: shape.outputChannels)
    forEachBlock(shape) { first, count in
      let patches = gather(x, shape, first, count, scratch)
      GEMM.multiply(
        patches, transposed: true, by: outputRows(dy, shape, first, count), into: gradient,
        accumulating: accumulating || first > 0)
    }
  }

  /// dx ← the sum over all output pixels that saw an input element of w · dy, or dx + that sum.
  package static func inputGradient(
    outputGradient dy: Floats, weights: Floats, shape: ConvolutionShape, into dx: Floats, accumulating: Bool = false,
    scratch: Floats
  ) {
    defer { keep(dx) }
    check(shape, input: dx, weights: weights, output: dy, scratch)
    let weights = Matrix(weights, rows: shape.patchCount, columns: shape.outputChannels)
    guard needsPatches(shape) else {
      GEMM.multiply(
        outputRows(dy, shape, 0, shape.outputPixels), transposed: false, by: weights, transposed: true,
        into: Matrix(dx, rows: shape.outputPixels, columns: shape.patchCount), accumulating: accumulating)
      return
    }
    if !accumulating { dx.fill(with: 0) }
    forEachBlock(shape) { first, count in
      // Inside the closure: captured from outside it would be allocated.
      var sizes = shape.patchSizes
      let patches = Matrix(scratch, rows: count, columns: shape.patchCount)
      GEMM.multiply(
        outputRows(dy, shape, first, count), transposed: false, by: weights, transposed: true, into: patches)
      KernelPath.table.pointee.scatter_patches(patches.storage.base, &sizes, first, count, dx.base)
    }
  }

  /// A 1×1 kernel that sees every pixel once: the image's rows are the patches.
  private static func needsPatches(_ shape: ConvolutionShape) -> Bool {
    !(shape.kernel == 1 && shape.stride == 1 && shape.padding == 0)
  }

  /// Output pixels a block: patches of about half a mebibyte, and a multiple of 16 rows, which suits GEMM.
  static func blockPixels(_ shape: ConvolutionShape) -> Int {
    let scratchFloats = 128 * 1024
    let rows = max(16, scratchFloats / shape.patchCount / 16 * 16)
    return min(rows, max(1, shape.outputPixels))
  }

  private static func forEachBlock(_ shape: ConvolutionShape, _ body: (_ first: Int, _ count: Int) -> Void) {
    let pixels = shape.outputPixels
    let block = needsPatches(shape) ? blockPixels(shape) : max(1, pixels)
    var first = 0
    while first < pixels {
      body(first, min(block, pixels - first))
      first += block
    }
  }

  private static func gather(
    _ x: Floats, _ shape: ConvolutionShape, _ first: Int, _ count: Int, _ scratch: Floats
  ) -> Matrix {
    defer { keep(x) }
    guard needsPatches(shape) else { return Matrix(x, rows: count, columns: shape.patchCount) }
    let patches = Matrix(scratch, rows: count, columns: shape.patchCount)
    var sizes = shape.patchSizes
    KernelPath.table.pointee.gather_patches(x.base, &sizes, first, count, patches.storage.base)
    return patches
  }

  private static func outputRows(_ y: Floats, _ shape: ConvolutionShape, _ first: Int, _ count: Int) -> Matrix {
    let width = shape.outputChannels
    return Matrix(y[first * width..<(first + count) * width], rows: count, columns: width)
  }

  private static func check(
    _ shape: ConvolutionShape, input: Floats, weights: Floats, output: Floats, _ scratch: Floats
  ) {
    precondition(
      input.count == shape.inputCount && weights.count == shape.weightCount && output.count == shape.outputCount
        && scratch.count >= scratchCount(shape),
      """
      \(shape): input of \(input.count) (\(shape.inputCount)), weights of \(weights.count) (\(shape.weightCount)), \
      output of \(output.count) (\(shape.outputCount)), scratch of \(scratch.count) (\(scratchCount(shape)))
      """)
  }
}

extension ConvolutionShape {
  fileprivate var patchSizes: PatchSizes {
    PatchSizes(
      height: height, width: width, channels: inputChannels, kernel: kernel, stride: stride, padding: padding,
      output_height: outputHeight, output_width: outputWidth)
  }
}

import CKernels

/// y[b, i, j, o] = Σ x[b, i·stride + ky − padding, j·stride + kx − padding, c] · w[ky, kx, c, o], without patches: 16 pixels
/// × 16 channels of sums stay in registers while the taps of a kernel row pass by.
///
/// For every kernel, stride, padding and channel count. x is [batch, height, width, inputChannels], y [batch,
/// outputHeight, outputWidth, outputChannels]. One image at a time is copied into scratch with its halo of zeros. The
/// order of every sum follows from the shape alone. ``Convolution`` is the naive twin, by patches and GEMM.
package enum DirectConvolution: PackedConvolution {
  package static func fits(_ shape: ConvolutionShape) -> Bool { true }

  package static var functions: PackedConvolutionFunctions {
    PackedConvolutionFunctions(
      packedCount: convolution_direct_packed_floats, transposedCount: convolution_direct_transposed_floats,
      forwardScratchCount: convolution_direct_forward_scratch,
      inputGradientScratchCount: convolution_direct_input_gradient_scratch,
      weightGradientScratchCount: convolution_direct_weight_gradient_scratch,
      kernels: KernelPath.table.pointee.direct_convolution)
  }
}

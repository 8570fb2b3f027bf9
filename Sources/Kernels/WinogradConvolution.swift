import CKernels

/// The same convolution as ``DirectConvolution`` by way of transformed tiles of 4 × 4 outputs: F(4×4, 3×3) from 6 × 6
/// inputs with a quarter of the products, and F(4×4, 5×5) from 8 × 8 with 4/25 of them (Lavin and Gray 2015, "Fast
/// algorithms for convolutional neural networks", §4).
///
/// For kernels of 3 and 5, stride 1, and any image size and channel count. The transforms cost accuracy: outputs differ
/// from exact ones by up to 1e-5 of the largest, where direct sums differ by 2e-6. The order of every sum follows from
/// the shape alone.
package enum WinogradConvolution: PackedConvolution {
  /// Whether the shape is one that Winograd's tiles can compute.
  package static func fits(_ shape: ConvolutionShape) -> Bool {
    shape.withC { convolution_winograd_fits($0) }
  }

  package static var functions: PackedConvolutionFunctions {
    PackedConvolutionFunctions(
      packedCount: convolution_winograd_packed_floats, transposedCount: convolution_winograd_transposed_floats,
      forwardScratchCount: convolution_winograd_forward_scratch,
      inputGradientScratchCount: convolution_winograd_input_gradient_scratch,
      weightGradientScratchCount: convolution_winograd_weight_gradient_scratch,
      kernels: KernelPath.table.pointee.winograd_convolution)
  }
}

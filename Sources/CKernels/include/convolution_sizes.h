// Convolutions of float32 images, [batch, height, width, channels].
//
// Direct convolution for every square kernel, stride, padding and channel count; Winograd's, in tiles of 4 × 4 outputs,
// for kernels of 3 and 5, stride 1 and padding below the kernel's size, any image size and channel count.
//
// Weights are packed once a step, for all workers. Direct: [group of 16 outputs][kernel·kernel·input_channels][16], the
// last group filled up with zeros. The pack for the input gradient is flipped and transposed, and one per phase of the
// stride: dx at rows of one remainder modulo the stride sees every stride-th row of the kernel only. Winograd: [36
// or 64 points][group of 16 outputs][inputs, a multiple of 16][16], and the same of the flipped, transposed weights.
//
// Here are the sizes, the same for every family; the kernels are in kernel_table.h.
#ifndef CONVOLUTION_SIZES_H
#define CONVOLUTION_SIZES_H

#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

/// One convolution: inputs [batch, height, width, input_channels], weights [kernel, kernel, input_channels,
/// output_channels], outputs [batch, (height + 2·padding − kernel) / stride + 1, …, output_channels].
typedef struct ConvolutionSizes {
  ptrdiff_t batch, height, width, input_channels, output_channels, kernel, stride, padding;
} ConvolutionSizes;

ptrdiff_t convolution_output_height(const ConvolutionSizes *sizes);
ptrdiff_t convolution_output_width(const ConvolutionSizes *sizes);

// Floats of the packed weights, and of the scratch of each pass, whose contents before a call do not matter.

ptrdiff_t convolution_direct_packed_floats(const ConvolutionSizes *sizes);
ptrdiff_t convolution_direct_transposed_floats(const ConvolutionSizes *sizes);
ptrdiff_t convolution_direct_forward_scratch(const ConvolutionSizes *sizes);
ptrdiff_t convolution_direct_input_gradient_scratch(const ConvolutionSizes *sizes);
ptrdiff_t convolution_direct_weight_gradient_scratch(const ConvolutionSizes *sizes);

/// Pixels whose products the direct weight gradient sums up before it adds them to the earlier ones.
ptrdiff_t convolution_direct_chunk_pixels(const ConvolutionSizes *sizes);

/// Whether Winograd's convolution can compute these sizes.
bool convolution_winograd_fits(const ConvolutionSizes *sizes);

ptrdiff_t convolution_winograd_packed_floats(const ConvolutionSizes *sizes);
ptrdiff_t convolution_winograd_transposed_floats(const ConvolutionSizes *sizes);
ptrdiff_t convolution_winograd_forward_scratch(const ConvolutionSizes *sizes);
ptrdiff_t convolution_winograd_input_gradient_scratch(const ConvolutionSizes *sizes);
ptrdiff_t convolution_winograd_weight_gradient_scratch(const ConvolutionSizes *sizes);

#pragma clang assume_nonnull end

#endif

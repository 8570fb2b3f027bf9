// Convolutions of float32 images, [batch, height, width, channels], on one thread.
//
// Direct convolution for every square kernel, stride, padding and channel count; Winograd's for kernels of 3 and 5.
// Every function is a pure function of its inputs, the shape and the path; it allocates nothing, keeps no state, and
// reads and writes nothing but its arguments. Memory may start at any float; speed wants 64-byte boundaries.
#ifndef ISOTHERM_CONVOLUTION_KERNELS_H
#define ISOTHERM_CONVOLUTION_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// The instruction sets that a kernel is compiled for. The caller passes one that this processor has.
enum {
  convolution_path_portable = 0,
  convolution_path_avx2 = 1,
  convolution_path_avx512 = 2,
};

/// One convolution: inputs [batch, height, width, input_channels], weights [kernel, kernel, input_channels,
/// output_channels], outputs [batch, (height + 2·padding − kernel) / stride + 1, …, output_channels].
typedef struct {
  ptrdiff_t batch, height, width, input_channels, output_channels, kernel, stride, padding;
} convolution_shape;

/// Options, to be added up.
enum {
  /// Outputs become max(0, output).
  convolution_relu = 1,
  /// The result is added to what the output holds.
  convolution_accumulate = 2,
};

ptrdiff_t convolution_output_height(const convolution_shape *shape);
ptrdiff_t convolution_output_width(const convolution_shape *shape);

/// Whether the library holds kernels for the path: not whether this processor can run them.
int convolution_path_compiled(int path);

// Weights are packed once a step, for all workers: [group of 16 outputs][kernel·kernel·input_channels][16], the last
// group filled up with zeros. The pack for the input gradient is flipped and transposed, and one per phase of the
// stride: dx at rows of one remainder modulo the stride sees every stride-th row of the kernel only.

ptrdiff_t convolution_direct_packed_floats(const convolution_shape *shape);
void convolution_direct_pack(const convolution_shape *shape, const float *weights, float *packed);
ptrdiff_t convolution_direct_transposed_floats(const convolution_shape *shape);
void convolution_direct_pack_transposed(const convolution_shape *shape, const float *weights, float *packed);

// Scratch of each pass, in floats. Its contents before a call do not matter.

ptrdiff_t convolution_direct_forward_scratch(const convolution_shape *shape);
ptrdiff_t convolution_direct_input_gradient_scratch(const convolution_shape *shape);
ptrdiff_t convolution_direct_weight_gradient_scratch(const convolution_shape *shape);

/// outputs = [outputs +] inputs ∗ weights [+ bias], then max(0, ·) if asked. `bias` may be null.
void convolution_direct_forward(int path, const convolution_shape *shape, const float *inputs, const float *packed,
                                const float *_Nullable bias, int options, float *outputs, float *scratch);

/// The gradient of the inputs from that of the outputs. `transposed` comes from `convolution_direct_pack_transposed`.
void convolution_direct_input_gradient(int path, const convolution_shape *shape, const float *output_gradient,
                                       const float *transposed, int options, float *input_gradient, float *scratch);

/// The gradient of the weights, [kernel, kernel, input_channels, output_channels], summed over the batch in one order.
void convolution_direct_weight_gradient(int path, const convolution_shape *shape, const float *inputs,
                                        const float *output_gradient, int options, float *weight_gradient,
                                        float *scratch);

// Winograd's convolution, for kernels of 3 (tiles of 4 × 4 outputs) and 5 (2 × 2), stride 1 and padding below the
// kernel's size; any image size and channel count.

/// Whether Winograd's convolution can compute this shape.
int convolution_winograd_fits(const convolution_shape *shape);

// Packed weights: [36 points][group of 16 outputs][inputs, a multiple of 16][16], and the same of the flipped,
// transposed weights.

ptrdiff_t convolution_winograd_packed_floats(const convolution_shape *shape);
void convolution_winograd_pack(int path, const convolution_shape *shape, const float *weights, float *packed);
ptrdiff_t convolution_winograd_transposed_floats(const convolution_shape *shape);
void convolution_winograd_pack_transposed(int path, const convolution_shape *shape, const float *weights,
                                          float *packed);

ptrdiff_t convolution_winograd_forward_scratch(const convolution_shape *shape);
ptrdiff_t convolution_winograd_input_gradient_scratch(const convolution_shape *shape);
ptrdiff_t convolution_winograd_weight_gradient_scratch(const convolution_shape *shape);

void convolution_winograd_forward(int path, const convolution_shape *shape, const float *inputs, const float *packed,
                                  const float *_Nullable bias, int options, float *outputs, float *scratch);
void convolution_winograd_input_gradient(int path, const convolution_shape *shape, const float *output_gradient,
                                         const float *transposed, int options, float *input_gradient, float *scratch);
void convolution_winograd_weight_gradient(int path, const convolution_shape *shape, const float *inputs,
                                          const float *output_gradient, int options, float *weight_gradient,
                                          float *scratch);

#pragma clang assume_nonnull end

#endif

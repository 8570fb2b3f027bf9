#include "dense_kernels.h"

#include "dense_blocks.h"

#define DECLARE(path)                                                                                                \
  void dense_forward_##path(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,                      \
                            const float *weights, const float *bias, bool relu, float *y, float *scratch);            \
  void dense_input_gradient_##path(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *dy,              \
                                   const float *weights, float *dx, float *scratch);                                  \
  void dense_weight_gradient_##path(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,              \
                                    const float *dy, bool accumulating, float *weight_gradient,                       \
                                    float *bias_gradient, float *scratch);                                            \
  void dense_store_factors_##path(ptrdiff_t rows, ptrdiff_t at, ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, \
                                  const float *x, const float *dy, float *bias_gradient, float *factors);             \
  void dense_multiply_factors_##path(ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output,          \
                                     ptrdiff_t block, const float *factors, float *weight_gradient);
DECLARE(portable)
#if defined(__x86_64__)
DECLARE(avx2)
DECLARE(avx512)
#define PICK(function, path)                                                                                         \
  ((path) == 2 ? function##_avx512 : (path) == 1 ? function##_avx2 : function##_portable)
#else
#define PICK(function, path) ((void)(path), function##_portable)
#endif

ptrdiff_t dense_scratch_floats(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs) {
  if (rows == 0) return 0;
  const ptrdiff_t widest_tile = 2 * largest_vector, slack = 2 * largest_vector;
  if (outputs <= narrow_width) {
    const ptrdiff_t forward = widest_tile * least(inputs, forward_inputs);
    const ptrdiff_t input_gradient = narrow_width * (narrow_stride + largest_vector) + largest_vector;
    const ptrdiff_t weight_gradient = widest_tile * least(rows, gradient_rows);
    return greatest(forward, greatest(input_gradient, weight_gradient)) + slack;
  }
  const ptrdiff_t forward = least(rows, forward_rows) * least(inputs, forward_inputs);
  const ptrdiff_t samples = round_up(least(rows, input_gradient_rows(outputs)), widest_tile);
  const ptrdiff_t input_gradient = samples * (outputs + least(inputs, chunk_tiles * largest_vector)) + largest_vector;
  const ptrdiff_t count = least(rows, gradient_rows);
  // A block has at least half of the largest block's rows, so its chunk of inputs is at most twice as wide.
  const ptrdiff_t chunk = greatest(64 * count, gradient_elements);
  // Besides its products a tile has a vector of its own: on no path are these more than twice the inputs.
  const ptrdiff_t weight_gradient = count * round_up(outputs, narrow_width) + least(count * inputs, chunk) +
                                    2 * least(inputs, chunk / count) + slack;
  return greatest(forward, greatest(input_gradient, weight_gradient)) + slack;
}

void dense_forward(int path, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *weights,
                   const float *bias, bool relu, float *y, float *scratch) {
  PICK(dense_forward, path)(rows, inputs, outputs, x, weights, bias, relu, y, scratch);
}

void dense_input_gradient(int path, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *dy,
                          const float *weights, float *dx, float *scratch) {
  PICK(dense_input_gradient, path)(rows, inputs, outputs, dy, weights, dx, scratch);
}

void dense_weight_gradient(int path, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,
                           const float *dy, bool accumulating, float *weight_gradient, float *bias_gradient,
                           float *scratch) {
  PICK(dense_weight_gradient, path)(rows, inputs, outputs, x, dy, accumulating, weight_gradient, bias_gradient,
                                    scratch);
}

ptrdiff_t dense_factor_floats(ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs) {
  return factor_panels(depth, inputs) + depth * round_up(outputs, narrow_width);
}

ptrdiff_t dense_piece_inputs(void) { return piece_inputs; }

void dense_store_factors(int path, ptrdiff_t rows, ptrdiff_t at, ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs,
                         const float *x, const float *dy, float *bias_gradient, float *factors) {
  PICK(dense_store_factors, path)(rows, at, depth, inputs, outputs, x, dy, bias_gradient, factors);
}

void dense_multiply_factors(int path, ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output,
                            ptrdiff_t block, const float *factors, float *weight_gradient) {
  PICK(dense_multiply_factors, path)(depth, inputs, outputs, output, block, factors, weight_gradient);
}

// Dense layers: products of a microbatch with weights that are stored the way the kernels read them.
//
// Letters: n rows (samples), I inputs, O outputs. Activations are row-major: x [n, I], y and dy [n, O], dx [n, I].
//
// Weights, weight gradients and momentum are panels of outputs: panel p holds outputs 32p ..< 32p + 32 as [I][32],
// the last panel is [I][16] if at most 16 outputs are left for it. Elements past the last output are padding: the
// kernels never let their values into a result, and a gradient's padding is zero.
//
// Every element of y, dx and dW is one chain of multiply-adds in increasing order of the summed index, begun with the
// bias, zero, or the value accumulated so far. So a sample's y and dx do not depend on the rows beside it, and an
// accumulated dW does not depend on how the samples were cut into microbatches.
//
// No function allocates, starts a thread or keeps state. `path` is 0 (portable), 1 (AVX2 and FMA) or 2 (AVX-512); the
// caller makes sure that this processor has it. Pointers need no alignment beyond a float's; 64 bytes is fastest.
#ifndef ISOTHERM_DENSE_KERNELS_H
#define ISOTHERM_DENSE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

// The floats of scratch that any of the three passes needs for up to `rows` rows, on every path.
ptrdiff_t dense_scratch_floats(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs);

// y ← x·Wᵀ + bias, then max(0, ·) if `relu`; a NaN stays one. `bias` [O] may be null. y is overwritten.
void dense_forward(int path, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *weights,
                   const float *bias, bool relu, float *y, float *scratch);

// dx ← dy·W. dx is overwritten.
void dense_input_gradient(int path, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *dy,
                          const float *weights, float *dx, float *scratch);

// dW ← dyᵀ·x, or dW ← dW + dyᵀ·x if `accumulating`; the same for `bias_gradient` [O], the column sums of dy, which
// may be null. dW has the weights' layout.
void dense_weight_gradient(int path, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,
                           const float *dy, bool accumulating, float *weight_gradient, float *bias_gradient,
                           float *scratch);

// A weight gradient in two steps: samples leave their factors, x and dy in the order in which the product reads them,
// and whoever wants a piece of dyᵀ·x multiplies it from the factors, with the bits of `dense_weight_gradient`.

// The floats that the factors of `depth` samples take, on every path.
ptrdiff_t dense_factor_floats(ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs);

// Most inputs of a piece: a weight gradient is cut into ⌈I / this⌉ nearly equal blocks of inputs.
ptrdiff_t dense_piece_inputs(void);

// Stores samples at ..< at + rows of `depth`; O is more than 16. The first ones, at = 0, begin the bias gradient, others
// add to it.
void dense_store_factors(int path, ptrdiff_t rows, ptrdiff_t at, ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs,
                         const float *x, const float *dy, float *bias_gradient, float *factors);

// dW of the panel that begins with `output` and of a block of inputs: contiguous in the weights' layout. All `depth`
// samples have left their factors.
void dense_multiply_factors(int path, ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output,
                            ptrdiff_t block, const float *factors, float *weight_gradient);

#endif

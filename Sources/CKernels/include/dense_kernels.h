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

#endif

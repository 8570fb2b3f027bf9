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
// Here are the sizes, the same for every family; the kernels are in kernel_table.h.
#ifndef DENSE_SIZES_H
#define DENSE_SIZES_H

#include <stdbool.h>
#include <stddef.h>

/// The floats of scratch that any of the three passes needs for up to `rows` rows.
ptrdiff_t dense_scratch_floats(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs);

/// The floats that the factors of `depth` samples take; `listed`: in either form.
ptrdiff_t dense_factor_floats(ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, bool listed);

/// Most inputs of a piece: a weight gradient is cut into ⌈I / this⌉ nearly equal blocks of inputs.
ptrdiff_t dense_piece_inputs(void);

/// The floats that lists of what is not zero in a matrix take.
ptrdiff_t dense_list_floats(ptrdiff_t rows, ptrdiff_t columns);

/// The floats of scratch of the weight gradient that takes only what is not zero in dy.
ptrdiff_t dense_listed_scratch_floats(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs);

#endif

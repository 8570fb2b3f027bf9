// How dense layers are cut into blocks: the same in every family, a function of the shape alone.
#ifndef ISOTHERM_DENSE_BLOCKS_H
#define ISOTHERM_DENSE_BLOCKS_H

#include <stddef.h>

enum {
  panel_width = 32,                     // outputs of a panel of weights
  narrow_width = 16,                    // outputs of a last panel that needs no more
  line_floats = 16,                     // floats of a cache line
  largest_vector = 16,                  // floats of the widest vector of any family
  forward_rows = 140,                   // packed x of a block: at most 140 × 1024 floats, about half of a 1 MB L2
  forward_inputs = 1024,                // a panel's part in a block: at most 128 KB, read once a row tile
  gradient_rows = 256,                  // rows whose dy is packed at a time in the weight gradient
  gradient_elements = 1 << 16,          // packed x of the weight gradient: 256 KB
  input_gradient_elements = 1 << 16,    // packed dy of the input gradient: 256 KB
  narrow_stride = forward_inputs + 16,  // floats between two outputs of transposed narrow weights; no multiple of 4 KB
  chunk_tiles = 8,                      // row tiles of dxᵀ between two transposes
  piece_inputs = 256,                   // inputs of a piece of a weight gradient that is multiplied from its factors
};

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t greatest(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t ceiling(ptrdiff_t count, ptrdiff_t size) { return (count + size - 1) / size; }
static inline ptrdiff_t round_up(ptrdiff_t count, ptrdiff_t size) { return ceiling(count, size) * size; }

// Where part `index` of `parts` nearly equal parts of 0 ..< count begins.
static inline ptrdiff_t part_start(ptrdiff_t count, ptrdiff_t parts, ptrdiff_t index) { return count * index / parts; }

// Samples of a block of the input gradient: a multiple of 32 so that its packed dy stays in L2.
static inline ptrdiff_t input_gradient_rows(ptrdiff_t outputs) {
  return least(128, greatest(32, input_gradient_elements / outputs / 32 * 32));
}

// Inputs of a block of the weight gradient, so that its packed x stays in L2.
static inline ptrdiff_t gradient_inputs(ptrdiff_t rows) { return greatest(64, gradient_elements / rows); }

// Where a block of inputs begins among the factors of a weight gradient, for `depth` samples. Besides its inputs a row
// tile has a vector of its own: in no family are these more than twice the inputs and a vector.
static inline ptrdiff_t factor_block(ptrdiff_t depth, ptrdiff_t input, ptrdiff_t block) {
  return (depth + 2) * input + block * largest_vector;
}

// Where the panels of dy begin, on a cache line.
static inline ptrdiff_t factor_panels(ptrdiff_t depth, ptrdiff_t inputs) {
  return round_up(factor_block(depth, inputs, ceiling(inputs, piece_inputs)), line_floats);
}

#endif

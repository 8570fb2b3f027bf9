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
  block_parts = 4,                      // parts of a piece's inputs, whose weights for a tile stay in first-level cache
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

// The factors of a weight gradient over `depth` samples: x, a block of inputs after another, then dy behind a line that
// says in which form they are. As panels, x lies in row tiles, which besides their inputs have a vector of their own (in
// no family more than twice the inputs and a vector); as lists, x lies in tiles of whole vectors.

static inline ptrdiff_t factor_block_floats(ptrdiff_t depth, ptrdiff_t inputs) {
  const ptrdiff_t widest = ceiling(inputs, ceiling(inputs, piece_inputs));
  return (depth + 2) * round_up(widest, largest_vector) + largest_vector;
}

// Where dy's part begins, on a cache line.
static inline ptrdiff_t factor_outputs(ptrdiff_t depth, ptrdiff_t inputs) {
  return ceiling(inputs, piece_inputs) * factor_block_floats(depth, inputs);
}

// Entries from one output's list to the next: room for all samples, and for four that are stored at its end.
static inline ptrdiff_t output_list_entries(ptrdiff_t depth) { return round_up(depth, 4) + 4; }

// Lists of the rows of a matrix: where each begins, then the entries' values, then their columns. A list may be followed
// by a vector that is stored at its end.
static inline ptrdiff_t row_list_begins(ptrdiff_t rows, ptrdiff_t columns) {
  return round_up(rows * ceiling(columns, piece_inputs) * block_parts + 1, line_floats);
}
static inline ptrdiff_t row_list_entries(ptrdiff_t rows, ptrdiff_t columns) {
  return round_up(rows * columns, line_floats) + largest_vector;
}

#endif

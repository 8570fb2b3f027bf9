// Sizes of dense layers.
#include "dense_sizes.h"

#include "dense_blocks.h"

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
  // Besides its products a tile has a vector of its own: in no family are these more than twice the inputs.
  const ptrdiff_t weight_gradient = count * round_up(outputs, narrow_width) + least(count * inputs, chunk) +
                                    2 * least(inputs, chunk / count) + slack;
  return greatest(forward, greatest(input_gradient, weight_gradient)) + slack;
}

ptrdiff_t dense_factor_floats(ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, bool listed) {
  const ptrdiff_t panels = depth * round_up(outputs, narrow_width);
  // A number, and half a float for each sample's.
  const ptrdiff_t lists = round_up(outputs, line_floats) + outputs * output_list_entries(depth) / 2 * 3;
  return factor_outputs(depth, inputs) + line_floats + (listed ? greatest(panels, lists) : panels);
}

ptrdiff_t dense_piece_inputs(void) { return piece_inputs; }

ptrdiff_t dense_list_floats(ptrdiff_t rows, ptrdiff_t columns) {
  return row_list_begins(rows, columns) + row_list_entries(rows, columns) / 4 * 5 + 2 * line_floats;
}

ptrdiff_t dense_listed_scratch_floats(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs) {
  return dense_factor_floats(rows, inputs, outputs, true) + line_floats;
}

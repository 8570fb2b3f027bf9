// The passes of a dense layer. Forward: tiles of samples × outputs. Input gradient: inputs × samples, since weights are
// contiguous over outputs there, and dxᵀ is transposed afterwards. Weight gradient: inputs × outputs.

void NAME(dense_forward)(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *weights,
                         const float *bias, bool relu, float *y, float *scratch) {
  float *const packed = aligned(scratch);
  if (outputs <= narrow_width) {
    narrow_forward(rows, inputs, outputs, x, weights, bias, relu, y, packed);
    return;
  }
  const ptrdiff_t row_blocks = ceiling(rows, forward_rows), input_blocks = ceiling(inputs, forward_inputs);
  for (ptrdiff_t row_block = 0; row_block < row_blocks; row_block++) {
    const ptrdiff_t first = part_start(rows, row_blocks, row_block);
    const ptrdiff_t count = part_start(rows, row_blocks, row_block + 1) - first;
    const ptrdiff_t tiles = ceiling(count, ROWS);
    for (ptrdiff_t block = 0; block < input_blocks; block++) {
      const ptrdiff_t input = part_start(inputs, input_blocks, block);
      const ptrdiff_t depth = part_start(inputs, input_blocks, block + 1) - input;
      for (ptrdiff_t t = 0; t < tiles; t++) {
        const ptrdiff_t row = part_start(count, tiles, t), end = part_start(count, tiles, t + 1);
        pack_transposed(x + (first + row) * inputs + input, inputs, end - row, depth, end - row, packed + row * depth);
      }
      for (ptrdiff_t output = 0; output < outputs; output += panel_width) {
        const ptrdiff_t width = outputs - output <= narrow_width ? narrow_width : panel_width;
        const float *const panel = weights + output * inputs + input * width;
        for (ptrdiff_t column = 0; column < width && output + column < outputs; column += tile_width) {
          const ptrdiff_t vectors = least(2, (width - column) / LANES);
          const ptrdiff_t columns = least(vectors * LANES, outputs - output - column);
          // The tiles of this panel fetch the next one, a share each.
          const ptrdiff_t lines =
              output + panel_width < outputs ? least(depth, ceiling(depth * width / line_floats, tiles)) : 0;
          for (ptrdiff_t t = 0; t < tiles; t++) {
            const ptrdiff_t row = part_start(count, tiles, t), height = part_start(count, tiles, t + 1) - row;
            float *const target = y + (first + row) * outputs + output + column;
            // The chain begins with the bias and goes on from what the blocks of inputs before left in y.
            const float *const initial = block > 0 ? target : bias ? bias + output + column : zeros;
            const ptrdiff_t initial_stride = block > 0 ? outputs : 0;
            const bool last = relu && block == input_blocks - 1;
            const ProductTile tile = product_tiles[height - 1][vectors - 1];
            if (columns == vectors * LANES)
              tile(depth, packed + row * depth, height, panel + column, width, initial, initial_stride, target, outputs,
                   last, panel + panel_width * inputs + lines * t * line_floats, lines);
            else
              edge_tile(tile, height, columns, depth, packed + row * depth, panel + column, width, initial,
                        initial_stride, target, outputs, last);
          }
        }
      }
    }
  }
}

// dx[0 ..< rows][0 ..< width] from a chunk of dxᵀ, which has tile_width floats between two inputs. Goes through a strip
// so that dx is written a row at a time: rows are often a multiple of 4 KB apart, and stores to several would evict one
// another from the first-level cache.
static void unpack_transposed(const float *from, ptrdiff_t width, ptrdiff_t rows, ptrdiff_t stride, float *dx) {
  enum { strip_stride = chunk_tiles * ROWS + 2 * LANES };
  _Alignas(64) float strip[LANES * strip_stride];
  for (ptrdiff_t i = 0; i < width; i += LANES) {
    vector square[LANES];
    UNROLL for (int r = 0; r < LANES; r++) square[r] = i + r < width ? load(from + (i + r) * tile_width) : (vector){0};
    transpose(square);
    UNROLL for (int r = 0; r < LANES; r++) store(strip + r * strip_stride + i, square[r]);
  }
  for (ptrdiff_t r = 0; r < rows; r++) memcpy(dx + r * stride, strip + r * strip_stride, (size_t)width * sizeof(float));
}

void NAME(dense_input_gradient)(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *dy,
                                const float *weights, float *dx, float *scratch) {
  float *const packed = aligned(scratch);
  if (outputs <= narrow_width) {
    narrow_input_gradient(rows, inputs, outputs, dy, weights, dx, packed);
    return;
  }
  const ptrdiff_t block_rows = input_gradient_rows(outputs);
  const ptrdiff_t tiles = ceiling(inputs, ROWS);
  for (ptrdiff_t first = 0; first < rows; first += block_rows) {
    const ptrdiff_t count = least(block_rows, rows - first), groups = ceiling(count, tile_width);
    // dyᵀ as [group of samples][output][tile_width]: the samples of a group side by side.
    float *const transposed = packed + groups * tile_width * outputs + largest_vector;
    for (ptrdiff_t row = 0; row < groups * tile_width; row += LANES) {
      const float *const from = dy + (first + least(row, count)) * outputs;
      float *const to = packed + row / tile_width * tile_width * outputs + row % tile_width;
      const ptrdiff_t held = greatest(0, least(LANES, count - row));
      if (held > 0) pack_transposed(from, outputs, held, outputs, tile_width, to);
    }
    for (ptrdiff_t chunk = 0; chunk < tiles; chunk += chunk_tiles) {
      const ptrdiff_t input = part_start(inputs, tiles, chunk);
      const ptrdiff_t end = part_start(inputs, tiles, least(tiles, chunk + chunk_tiles)), width = end - input;
      for (ptrdiff_t t = chunk; t < least(tiles, chunk + chunk_tiles); t++) {
        const ptrdiff_t start = part_start(inputs, tiles, t), height = part_start(inputs, tiles, t + 1) - start;
        for (ptrdiff_t group = 0; group < groups; group++) {
          const ptrdiff_t vectors = count - group * tile_width <= LANES ? 1 : 2;
          panels_product_tiles[height - 1][vectors - 1](
              outputs, weights, panel_width * inputs, start, packed + group * tile_width * outputs,
              transposed + (group * width + start - input) * tile_width);
        }
      }
      for (ptrdiff_t row = 0; row < count; row += LANES)
        unpack_transposed(transposed + row / tile_width * tile_width * width + row % tile_width, width,
                          least(LANES, count - row), inputs, dx + (first + row) * inputs + input);
    }
  }
}

// Where a packed tile begins: a vector apart from the one before, into which that one's last row may spill.
static ptrdiff_t tile_start(ptrdiff_t rows, ptrdiff_t start, ptrdiff_t tile) { return rows * start + tile * LANES; }

// x[0 ..< rows][0 ..< count] as rows `at` ..< `at` + rows of row tiles: tile t, whose inputs begin at
// part_start(count, tiles, t), is [depth][height] at tile_start(depth, start, t). `left` inputs of a row are readable;
// whole vectors are read and written where they last, and the next row overwrites what they spill.
// Four rows at a time: rows are often a multiple of 4 KB apart, and more would evict one another from the first-level
// cache before the next tile reads the rest of their lines.
static void pack_tiles(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t count, ptrdiff_t tiles,
                       ptrdiff_t left, ptrdiff_t at, ptrdiff_t depth, float *packed) {
  for (ptrdiff_t first = 0; first < rows; first += 4) {
    for (ptrdiff_t t = 0; t < tiles; t++) {
      const ptrdiff_t start = part_start(count, tiles, t), height = part_start(count, tiles, t + 1) - start;
      float *const tile = packed + tile_start(depth, start, t) + at * height;
      for (ptrdiff_t s = first; s < least(rows, first + 4); s++) {
        if (start + LANES <= left)
          store(tile + s * height, load(x + s * stride + start));
        else
          for (ptrdiff_t r = 0; r < height; r++) tile[s * height + r] = x[s * stride + start + r];
      }
    }
  }
}

// dy as rows `at` ..< `at` + rows of panels [depth][width], padded with zeros: what the weights' layout is for inputs,
// for samples.
static void pack_panels(const float *dy, ptrdiff_t rows, ptrdiff_t outputs, ptrdiff_t at, ptrdiff_t depth,
                        float *packed) {
  for (ptrdiff_t output = 0; output < outputs; output += panel_width) {
    const ptrdiff_t left = outputs - output, width = left <= narrow_width ? narrow_width : panel_width;
    float *const panel = packed + output * depth + at * width;
    for (ptrdiff_t s = 0; s < rows; s++) {
      const float *const from = dy + s * outputs + output;
      if (left >= panel_width)
        memcpy(panel + s * panel_width, from, panel_width * sizeof(float));
      else
        for (ptrdiff_t j = 0; j < width; j++) panel[s * width + j] = j < left ? from[j] : 0;
    }
  }
}

static void bias_gradient_sums(ptrdiff_t rows, ptrdiff_t outputs, const float *dy, bool accumulating,
                               float *bias_gradient) {
  if (!bias_gradient) return;
  if (!accumulating) memset(bias_gradient, 0, (size_t)outputs * sizeof(float));
  for (ptrdiff_t s = 0; s < rows; s++)
    for (ptrdiff_t o = 0; o < outputs; o++) bias_gradient[o] += dy[s * outputs + o];
}

void NAME(dense_weight_gradient)(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *dy,
                                 bool accumulating, float *weight_gradient, float *bias_gradient, float *scratch) {
  bias_gradient_sums(rows, outputs, dy, accumulating, bias_gradient);
  const ptrdiff_t padded = round_up(outputs, narrow_width);
  if (rows == 0 && !accumulating) memset(weight_gradient, 0, (size_t)(padded * inputs) * sizeof(float));
  if (outputs <= narrow_width) {
    narrow_weight_gradient(rows, inputs, outputs, x, dy, accumulating, weight_gradient, aligned(scratch));
    return;
  }
  const ptrdiff_t row_blocks = ceiling(rows, gradient_rows);
  for (ptrdiff_t row_block = 0; row_block < row_blocks; row_block++) {
    const ptrdiff_t first = part_start(rows, row_blocks, row_block);
    const ptrdiff_t count = part_start(rows, row_blocks, row_block + 1) - first;
    const bool adding = accumulating || row_block > 0;
    float *const panels = aligned(scratch), *const packed = panels + count * padded;
    pack_panels(dy + first * outputs, count, outputs, 0, count, panels);
    const ptrdiff_t chunks = ceiling(inputs, gradient_inputs(count));
    for (ptrdiff_t chunk = 0; chunk < chunks; chunk++) {
      const ptrdiff_t input = part_start(inputs, chunks, chunk);
      const ptrdiff_t chunk_inputs = part_start(inputs, chunks, chunk + 1) - input, tiles = ceiling(chunk_inputs, ROWS);
      pack_tiles(x + first * inputs + input, inputs, count, chunk_inputs, tiles, inputs - input, 0, count, packed);
      for (ptrdiff_t output = 0; output < outputs; output += panel_width) {
        const ptrdiff_t width = outputs - output <= narrow_width ? narrow_width : panel_width;
        const float *const panel = panels + output * count;
        float *const target = weight_gradient + output * inputs + input * width;
        for (ptrdiff_t column = 0; column < width; column += tile_width) {
          const ptrdiff_t vectors = least(2, (width - column) / LANES);
          for (ptrdiff_t t = 0; t < tiles; t++) {
            const ptrdiff_t start = part_start(chunk_inputs, tiles, t);
            const ptrdiff_t height = part_start(chunk_inputs, tiles, t + 1) - start;
            float *const c = target + start * width + column;
            product_tiles[height - 1][vectors - 1](count, packed + tile_start(count, start, t), height, panel + column, width,
                                                   adding ? c : zeros, adding ? width : 0, c, width, false, c + height * width,
                                                   least(count, height * width / line_floats));
          }
        }
      }
    }
  }
}

// The factors of a weight gradient: x, a block of inputs after another, then dy: row tiles and panels, or tiles of whole
// vectors and lists of what is not zero. A line between the two says which.

static float *factor_form(ptrdiff_t depth, ptrdiff_t inputs, const float *factors) {
  return (float *)factors + factor_outputs(depth, inputs);
}

bool NAME(dense_store_factors)(ptrdiff_t rows, ptrdiff_t at, ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs,
                               const float *x, const float *dy, bool listed, float *bias_gradient, float *factors) {
  bias_gradient_sums(rows, outputs, dy, at > 0, bias_gradient);
  float *const form = factor_form(depth, inputs, factors), *const dy_part = form + line_floats;
  // The first samples of a shard decide for all.
  if (at > 0) listed = form[0] != 0;
  form[0] = listed;
  const ptrdiff_t blocks = ceiling(inputs, piece_inputs);
  for (ptrdiff_t block = 0; block < blocks; block++) {
    const ptrdiff_t input = part_start(inputs, blocks, block);
    const ptrdiff_t count = part_start(inputs, blocks, block + 1) - input;
    float *const packed = factors + block * factor_block_floats(depth, inputs);
    if (listed)
      pack_listed_tiles(x + input, inputs, rows, count, at, depth, packed);
    else
      pack_tiles(x + input, inputs, rows, count, ceiling(count, ROWS), inputs - input, at, depth, packed);
  }
  if (listed)
    list_outputs(rows, at, outputs, dy, output_lists(depth, outputs, dy_part));
  else
    pack_panels(dy, rows, outputs, at, depth, dy_part);
  return listed;
}

// The tiles of a block read the same panel, which stays in the first-level cache, and each fetches the next tile.
static void multiply_panels(ptrdiff_t depth, ptrdiff_t count, ptrdiff_t width, const float *packed, const float *panel,
                            float *weight_gradient) {
  const ptrdiff_t tiles = ceiling(count, ROWS);
  for (ptrdiff_t t = 0; t < tiles; t++) {
    const ptrdiff_t start = part_start(count, tiles, t), height = part_start(count, tiles, t + 1) - start;
    const float *const tile = packed + tile_start(depth, start, t);
    for (ptrdiff_t column = 0; column < width; column += tile_width) {
      const ptrdiff_t vectors = least(2, (width - column) / LANES);
      product_tiles[height - 1][vectors - 1](depth, tile, height, panel + column, width, zeros, 0,
                                             weight_gradient + start * width + column, width, false,
                                             tile + height * depth,
                                             column > 0 ? 0 : least(depth, height * depth / line_floats));
    }
  }
}

void NAME(dense_multiply_factors)(ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output,
                                  ptrdiff_t block, const float *factors, float *weight_gradient) {
  const ptrdiff_t blocks = ceiling(inputs, piece_inputs), input = part_start(inputs, blocks, block);
  const ptrdiff_t count = part_start(inputs, blocks, block + 1) - input;
  const ptrdiff_t width = outputs - output <= narrow_width ? narrow_width : panel_width;
  const float *const packed = factors + block * factor_block_floats(depth, inputs);
  const float *const form = factor_form(depth, inputs, factors), *const dy_part = form + line_floats;
  if (form[0] != 0)
    multiply_listed(depth, count, outputs, output, packed, output_lists(depth, outputs, dy_part), false,
                    weight_gradient);
  else
    multiply_panels(depth, count, width, packed, dy_part + output * depth, weight_gradient);
}

void NAME(dense_listed_weight_gradient)(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,
                                        const float *dy, bool accumulating, float *weight_gradient,
                                        float *bias_gradient, float *scratch) {
  bias_gradient_sums(rows, outputs, dy, accumulating, bias_gradient);
  float *const factors = aligned(scratch);
  const ptrdiff_t blocks = ceiling(inputs, piece_inputs);
  const OutputLists lists = output_lists(rows, outputs, factor_form(rows, inputs, factors) + line_floats);
  list_outputs(rows, 0, outputs, dy, lists);
  // A block of x stays in the second-level cache for all panels.
  for (ptrdiff_t block = 0; block < blocks; block++) {
    const ptrdiff_t input = part_start(inputs, blocks, block);
    const ptrdiff_t count = part_start(inputs, blocks, block + 1) - input;
    float *const packed = factors + block * factor_block_floats(rows, inputs);
    pack_listed_tiles(x + input, inputs, rows, count, 0, rows, packed);
    for (ptrdiff_t output = 0; output < outputs; output += panel_width) {
      const ptrdiff_t width = outputs - output <= narrow_width ? narrow_width : panel_width;
      multiply_listed(rows, count, outputs, output, packed, lists, accumulating,
                      weight_gradient + output * inputs + input * width);
    }
  }
}

// The passes of a layer with at most 16 outputs, such as a classifier's last. Its one panel would leave lanes idle and
// its packing would cost as much as its products, so vectors run over samples or inputs here, never over outputs.
// The chains of sums are those of the wide passes.

// y: outputs × samples. Packs xᵀ, a group of samples side by side.
static void narrow_forward(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *weights,
                           const float *bias, bool relu, float *y, float *packed) {
  const ptrdiff_t tiles = ceiling(outputs, ROWS), blocks = ceiling(inputs, forward_inputs);
  for (ptrdiff_t first = 0; first < rows; first += tile_width) {
    const ptrdiff_t count = least(tile_width, rows - first), vectors = ceiling(count, LANES);
    _Alignas(64) float sums[narrow_width * tile_width];
    for (ptrdiff_t o = 0; o < outputs; o++)
      for (ptrdiff_t s = 0; s < tile_width; s++) sums[o * tile_width + s] = bias ? bias[o] : 0;
    for (ptrdiff_t block = 0; block < blocks; block++) {
      const ptrdiff_t input = part_start(inputs, blocks, block);
      const ptrdiff_t depth = part_start(inputs, blocks, block + 1) - input;
      for (ptrdiff_t row = 0; row < count; row += LANES)
        pack_transposed(x + (first + row) * inputs + input, inputs, least(LANES, count - row), depth, tile_width,
                        packed + row);
      for (ptrdiff_t t = 0; t < tiles; t++) {
        const ptrdiff_t start = part_start(outputs, tiles, t), height = part_start(outputs, tiles, t + 1) - start;
        float *const sum = sums + start * tile_width;
        product_tiles[height - 1][vectors - 1](depth, weights + input * narrow_width + start, narrow_width, packed,
                                               tile_width, sum, tile_width, sum, tile_width,
                                               relu && block == blocks - 1, packed, 0);
      }
    }
    for (ptrdiff_t s = 0; s < count; s++)
      for (ptrdiff_t o = 0; o < outputs; o++) y[(first + s) * outputs + o] = sums[o * tile_width + s];
  }
}

// dx: samples × inputs. Transposes the weights, which are few.
static void narrow_input_gradient(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *dy,
                                  const float *weights, float *dx, float *scratch) {
  float *const packed = scratch, *const transposed = scratch + largest_vector * narrow_width + largest_vector;
  const ptrdiff_t tiles = ceiling(rows, ROWS), blocks = ceiling(inputs, forward_inputs);
  if (rows == 0) return;  // then there is no scratch
  for (ptrdiff_t block = 0; block < blocks; block++) {
    const ptrdiff_t input = part_start(inputs, blocks, block);
    const ptrdiff_t count = part_start(inputs, blocks, block + 1) - input;
    for (ptrdiff_t i = 0; i < count; i += LANES)
      pack_transposed(weights + (input + i) * narrow_width, narrow_width, least(LANES, count - i), narrow_width,
                      narrow_stride, transposed + i);
    for (ptrdiff_t t = 0; t < tiles; t++) {
      const ptrdiff_t row = part_start(rows, tiles, t), height = part_start(rows, tiles, t + 1) - row;
      pack_transposed(dy + row * outputs, outputs, height, outputs, height, packed);
      for (ptrdiff_t i = 0; i < count; i += tile_width) {
        const ptrdiff_t columns = least(tile_width, count - i), vectors = ceiling(columns, LANES);
        const ProductTile tile = product_tiles[height - 1][vectors - 1];
        float *const target = dx + row * inputs + input + i;
        if (columns == vectors * LANES)
          tile(outputs, packed, height, transposed + i, narrow_stride, zeros, 0, target, inputs, false, packed, 0);
        else
          edge_tile(tile, height, columns, outputs, packed, transposed + i, narrow_stride, zeros, 0, target, inputs,
                    false);
      }
    }
  }
}

// dW: outputs × inputs, then transposed into the panel. Reads dy and x where they are.
static void narrow_weight_gradient(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x,
                                   const float *dy, bool accumulating, float *weight_gradient, float *scratch) {
  const ptrdiff_t tiles = ceiling(outputs, ROWS);
  for (ptrdiff_t first = 0; first < rows; first += gradient_rows) {
    const ptrdiff_t count = least(gradient_rows, rows - first);
    const bool adding = accumulating || first > 0;
    for (ptrdiff_t input = 0; input < inputs; input += tile_width) {
      const ptrdiff_t columns = least(tile_width, inputs - input), vectors = ceiling(columns, LANES);
      float *const target = weight_gradient + input * narrow_width;
      const float *right = x + first * inputs + input;
      ptrdiff_t right_stride = inputs;
      if (columns < vectors * LANES) {
        for (ptrdiff_t s = 0; s < count; s++)
          for (ptrdiff_t j = 0; j < tile_width; j++)
            scratch[s * tile_width + j] = j < columns ? right[s * inputs + j] : 0;
        right = scratch;
        right_stride = tile_width;
      }
      _Alignas(64) float sums[narrow_width * tile_width];
      if (adding) {
        for (ptrdiff_t j = 0; j < vectors * LANES; j += LANES)
          pack_transposed(target + j * narrow_width, narrow_width, least(LANES, columns - j), narrow_width, tile_width,
                          sums + j);
      }
      for (ptrdiff_t t = 0; t < tiles; t++) {
        const ptrdiff_t start = part_start(outputs, tiles, t), height = part_start(outputs, tiles, t + 1) - start;
        float *const sum = sums + start * tile_width;
        product_tiles[height - 1][vectors - 1](count, dy + first * outputs + start, outputs, right, right_stride,
                                               adding ? sum : zeros, adding ? tile_width : 0, sum, tile_width, false,
                                               sum, 0);
      }
      for (ptrdiff_t o = 0; o < narrow_width; o += LANES)
        pack_transposed(sums + o * tile_width, tile_width, greatest(0, least(LANES, outputs - o)), columns,
                        narrow_width, target + o);
    }
  }
}

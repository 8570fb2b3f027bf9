// Products that take from one factor only what is not zero, by its lists. Every element is the chain of the dense product
// without the terms that add a zero: a chain whose last bits only those terms could change is one that ends with -0, and
// both end by adding 0.

// A tile of the forward pass: panels of weights, as many as hide the latency of their multiply-adds.
#if LANES == 16
enum { tile_panels = 4 };
#elif LANES == 8
enum { tile_panels = 3 };
#else
enum { tile_panels = 1 };
#endif
enum { panel_vectors = panel_width / LANES };
// Vectors of a tile of the weight gradient, at most.
enum { tile_vectors = 8 };

// What a chain begins with that begins with nothing: as many as any tile of this file has.
static const float no_sums[tile_panels * panel_width > tile_vectors * LANES ? tile_panels * panel_width : tile_vectors * LANES];

// The weights that a tile reads next: `panels` runs of `lines` cache lines, `distance` floats apart. Every row fetches a
// share of them.
typedef struct Fetch {
  const float *from;
  ptrdiff_t panels, lines, distance, panel, line;
} Fetch;

INLINE void fetch_some(Fetch *fetch, ptrdiff_t lines) {
  for (; lines > 0 && fetch->panel < fetch->panels; lines--) {
    __builtin_prefetch(fetch->from + fetch->panel * fetch->distance + fetch->line * line_floats, 0, 3);
    if (++fetch->line >= fetch->lines) {
      fetch->line = 0;
      fetch->panel++;
    }
  }
}

// y = initial + Σ value·weights[column] over a list's entries, for `panels` panels of `vectors` vectors, `distance` floats
// apart. The last part of a chain ends it.
INLINE void list_product(const int panels, const int vectors, ptrdiff_t count, const float *values,
                         const uint8_t *columns, const float *weights, ptrdiff_t distance, const float *initial,
                         float *y, bool last, bool relu) {
  vector sum[tile_panels][panel_vectors];
  UNROLL for (int p = 0; p < panels; p++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[p][v] = load(initial + (p * vectors + v) * LANES);
  }
  for (ptrdiff_t e = 0; e < count; e++) {
    const float *const w = weights + (ptrdiff_t)columns[e] * (vectors * LANES);
    const vector value = (vector)(values[e]);
    UNROLL for (int p = 0; p < panels; p++) {
      UNROLL for (int v = 0; v < vectors; v++) sum[p][v] = fused(value, load(w + p * distance + v * LANES), sum[p][v]);
    }
  }
  if (last) {
    UNROLL for (int p = 0; p < panels; p++) {
      UNROLL for (int v = 0; v < vectors; v++) sum[p][v] = ended(sum[p][v], relu);
    }
  }
  UNROLL for (int p = 0; p < panels; p++) {
    UNROLL for (int v = 0; v < vectors; v++) store(y + (p * vectors + v) * LANES, sum[p][v]);
  }
}

#define LIST_PRODUCT(panels, vectors)                                                                                 \
  static void list_product_##panels##_##vectors(ptrdiff_t count, const float *values, const uint8_t *columns,         \
                                                const float *weights, ptrdiff_t distance, const float *initial,       \
                                                float *y, bool last, bool relu) {                                     \
    list_product(panels, vectors, count, values, columns, weights, distance, initial, y, last, relu);                 \
  }

typedef void (*ListProduct)(ptrdiff_t, const float *, const uint8_t *, const float *, ptrdiff_t, const float *, float *,
                            bool, bool);

#if LANES == 16
LIST_PRODUCT(1, 1) LIST_PRODUCT(1, 2) LIST_PRODUCT(2, 2) LIST_PRODUCT(3, 2) LIST_PRODUCT(4, 2)
static const ListProduct list_products[] = {list_product_1_2, list_product_2_2, list_product_3_2, list_product_4_2};
static const ListProduct narrow_list_product = list_product_1_1;
#elif LANES == 8
LIST_PRODUCT(1, 2) LIST_PRODUCT(1, 4) LIST_PRODUCT(2, 4) LIST_PRODUCT(3, 4)
static const ListProduct list_products[] = {list_product_1_4, list_product_2_4, list_product_3_4};
static const ListProduct narrow_list_product = list_product_1_2;
#else
LIST_PRODUCT(1, 4) LIST_PRODUCT(1, 8)
static const ListProduct list_products[] = {list_product_1_8};
static const ListProduct narrow_list_product = list_product_1_4;
#endif

// Columns `output` ..< `output` + columns of y, fewer than a panel has: computed beside y, then copied.
static void edge_list_product(ListProduct product, ptrdiff_t columns, ptrdiff_t count, const float *values,
                              const uint8_t *numbers, const float *weights, const float *initial, float *y, bool last,
                              bool relu) {
  _Alignas(64) float whole[panel_width];
  for (ptrdiff_t j = 0; j < panel_width; j++) whole[j] = j < columns ? initial[j] : 0;
  product(count, values, numbers, weights, 0, whole, whole, last, relu);
  for (ptrdiff_t j = 0; j < columns; j++) y[j] = whole[j];
}

// Outputs `output` ..< `output` + panels × 32, or the last ones, of all rows.
static void listed_forward_panels(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output,
                                  ptrdiff_t panels, RowLists lists, const float *weights, const float *bias, bool relu,
                                  float *y) {
  const ptrdiff_t blocks = ceiling(inputs, piece_inputs), parts = blocks * block_parts;
  const ptrdiff_t columns = least(panels * panel_width, outputs - output), distance = panel_width * inputs;
  const ptrdiff_t width = outputs - output <= narrow_width ? narrow_width : panel_width;
  const bool is_edge = columns < panels * panel_width;
  const ListProduct product = width == panel_width ? list_products[panels - 1] : narrow_list_product;
  for (ptrdiff_t part = 0; part < parts; part++) {
    const ptrdiff_t block = part / block_parts, first = part_start(inputs, blocks, block);
    const int32_t *begin = lists.begin + (block * rows) * block_parts + part % block_parts;
    const float *const w = weights + output * inputs + first * width;
    const ptrdiff_t next = part_start(inputs, parts, part + 1);
    const ptrdiff_t next_inputs = part + 1 < parts ? part_start(inputs, parts, part + 2) - next : 0;
    Fetch fetch = {weights + output * inputs + next * width, panels, next_inputs * width / line_floats, distance, 0, 0};
    const ptrdiff_t share = fetch.lines > 0 ? ceiling(panels * fetch.lines, rows) : 0;
    for (ptrdiff_t row = 0; row < rows; row++, begin += block_parts) {
      float *const target = y + row * outputs + output;
      const float *const initial = part > 0 ? target : bias ? bias + output : no_sums;
      const bool last = part == parts - 1;
      fetch_some(&fetch, share);
      if (is_edge)
        edge_list_product(product, columns, begin[1] - begin[0], lists.values + begin[0], lists.columns + begin[0], w,
                          initial, target, last, relu);
      else
        product(begin[1] - begin[0], lists.values + begin[0], lists.columns + begin[0], w, distance, initial, target,
                last, relu);
    }
  }
}

void NAME(dense_listed_forward)(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *lists,
                                const float *weights, const float *bias, bool relu, float *y) {
  const RowLists rows_of_x = row_lists(rows, inputs, lists);
  const ptrdiff_t whole = outputs / panel_width, groups = ceiling(whole, tile_panels);
  for (ptrdiff_t group = 0; group < groups; group++) {
    const ptrdiff_t panel = part_start(whole, groups, group);
    listed_forward_panels(rows, inputs, outputs, panel * panel_width, part_start(whole, groups, group + 1) - panel,
                          rows_of_x, weights, bias, relu, y);
  }
  if (whole * panel_width < outputs)
    listed_forward_panels(rows, inputs, outputs, whole * panel_width, 1, rows_of_x, weights, bias, relu, y);
}

// Weights as those of the layer that goes back: what is panels of outputs [I][32] becomes panels of inputs [O][32].
void NAME(dense_transpose)(ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output, const float *weights,
                           float *transposed) {
  const ptrdiff_t width = outputs - output <= narrow_width ? narrow_width : panel_width;
  const ptrdiff_t count = least(width, outputs - output);
  for (ptrdiff_t input = 0; input < inputs; input += panel_width) {
    const ptrdiff_t left = inputs - input, to_width = left <= narrow_width ? narrow_width : panel_width;
    const float *const from = weights + output * inputs + input * width;
    float *const to = transposed + input * outputs + output * to_width;
    for (ptrdiff_t i = 0; i < to_width; i += LANES)
      for (ptrdiff_t o = 0; o < count; o += LANES)
        transpose_square(from + i * width + o, width, greatest(0, least(LANES, left - i)), to + o * to_width + i,
                         to_width, least(LANES, count - o));
  }
}

// A tile of a listed weight gradient: out[0 ..< vectors] = initial + Σ value·x[sample] over an output's entries.
INLINE void output_product(const int vectors, ptrdiff_t count, const float *values, const uint16_t *samples,
                           const float *x, const float *initial, float *out) {
  vector sum[tile_vectors];
  UNROLL for (int v = 0; v < vectors; v++) sum[v] = load(initial + v * LANES);
  for (ptrdiff_t e = 0; e < count; e++) {
    const float *const row = x + (ptrdiff_t)samples[e] * (vectors * LANES);
    const vector value = (vector)(values[e]);
    UNROLL for (int v = 0; v < vectors; v++) sum[v] = fused(value, load(row + v * LANES), sum[v]);
  }
  UNROLL for (int v = 0; v < vectors; v++) store(out + v * LANES, ended(sum[v], false));
}

#define OUTPUT_PRODUCT(vectors)                                                                                       \
  static void output_product_##vectors(ptrdiff_t count, const float *values, const uint16_t *samples, const float *x, \
                                       const float *initial, float *out) {                                            \
    output_product(vectors, count, values, samples, x, initial, out);                                                 \
  }
OUTPUT_PRODUCT(1) OUTPUT_PRODUCT(2) OUTPUT_PRODUCT(3) OUTPUT_PRODUCT(4)
OUTPUT_PRODUCT(5) OUTPUT_PRODUCT(6) OUTPUT_PRODUCT(7) OUTPUT_PRODUCT(8)

typedef void (*OutputProduct)(ptrdiff_t, const float *, const uint16_t *, const float *, const float *, float *);
static const OutputProduct output_products[] = {output_product_1, output_product_2, output_product_3,
                                                output_product_4, output_product_5, output_product_6,
                                                output_product_7, output_product_8};

// Tiles of x in a block of `count` inputs, nearly equal.
static ptrdiff_t listed_tiles(ptrdiff_t count) { return ceiling(ceiling(count, LANES), tile_vectors); }

// Samples `at` ..< `at` + rows of a block's inputs, x[.][0 ..< count], as tiles [depth][vectors], padded with zeros.
static void pack_listed_tiles(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t count, ptrdiff_t at,
                              ptrdiff_t depth, float *packed) {
  const ptrdiff_t tiles = listed_tiles(count), vectors = ceiling(count, LANES);
  for (ptrdiff_t t = 0; t < tiles; t++) {
    const ptrdiff_t start = part_start(vectors, tiles, t) * LANES;
    const ptrdiff_t width = part_start(vectors, tiles, t + 1) * LANES - start, held = least(width, count - start);
    float *to = packed + depth * start + at * width;
    for (ptrdiff_t s = 0; s < rows; s++, to += width) {
      ptrdiff_t i = 0;
      for (; i + LANES <= held; i += LANES) store(to + i, load(x + s * stride + start + i));
      for (; i < held; i++) to[i] = x[s * stride + start + i];
      for (; i < width; i++) to[i] = 0;
    }
  }
}

// dW of a panel and a block of inputs from the lists of dy and the tiles of x; dW + that if `adding`. As many outputs at a
// time as make squares to transpose.
static void multiply_listed(ptrdiff_t depth, ptrdiff_t count, ptrdiff_t outputs, ptrdiff_t output, const float *packed,
                            OutputLists lists, bool adding, float *weight_gradient) {
  enum { stride = tile_vectors * LANES + LANES };
  _Alignas(64) float sums[LANES * stride];
  const ptrdiff_t width = outputs - output <= narrow_width ? narrow_width : panel_width;
  const ptrdiff_t tiles = listed_tiles(count), vectors = ceiling(count, LANES);
  for (ptrdiff_t t = 0; t < tiles; t++) {
    const ptrdiff_t start = part_start(vectors, tiles, t) * LANES;
    const ptrdiff_t tile = part_start(vectors, tiles, t + 1) * LANES - start, inputs = least(tile, count - start);
    const OutputProduct product = output_products[tile / LANES - 1];
    for (ptrdiff_t first = 0; first < width; first += LANES) {
      const ptrdiff_t held = greatest(0, least(LANES, outputs - output - first));
      float *const target = weight_gradient + start * width + first;
      for (ptrdiff_t i = 0; adding && i < inputs; i += LANES)
        transpose_square(target + i * width, width, least(LANES, inputs - i), sums + i, stride, LANES);
      for (ptrdiff_t o = 0; o < held; o++) {
        const ptrdiff_t number = output + first + o, list = number * lists.distance;
        float *const sum = sums + o * stride;
        product(lists.counts[number], lists.values + list, lists.samples + list, packed + depth * start,
                adding ? sum : no_sums, sum);
      }
      for (ptrdiff_t i = 0; i < inputs; i += LANES)
        transpose_square(sums + i, stride, held, target + i * width, width, least(LANES, inputs - i));
    }
  }
}

// Register tiles of a dense layer: ROWS broadcast elements × 2 vectors, and the transposes that feed them.

#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

enum { tile_width = 2 * LANES };

static const float zeros[2 * largest_vector];

INLINE vector load(const float *from) { return *(const vector *)from; }
INLINE void store(float *to, vector value) { *(vector *)to = value; }

#if LANES == 16
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif LANES == 8
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

// One round moves the top bit of the row number to the bottom of the column number; log2(LANES) rounds transpose.
INLINE void transpose_round(const vector in[LANES], vector out[LANES]) {
  UNROLL for (int r = 0; r < LANES / 2; r++) {
    out[2 * r] = ZIP_LOW(in[r], in[r + LANES / 2]);
    out[2 * r + 1] = ZIP_HIGH(in[r], in[r + LANES / 2]);
  }
}

INLINE void transpose(vector block[LANES]) {
  vector other[LANES];
  transpose_round(block, other);
  transpose_round(other, block);
#if LANES == 8
  transpose_round(block, other);
  UNROLL for (int r = 0; r < LANES; r++) block[r] = other[r];
#elif LANES == 16
  transpose_round(block, other);
  transpose_round(other, block);
#endif
}

// to[k][0 ..< rows] = from[0 ..< rows][k] for k in 0 ..< depth, with `step` floats between two k. Writes whole vectors,
// zero past `rows`: where `step` is less than LANES, the next k overwrites the excess, and the last k spills up to LANES
// floats past the end.
static void pack_transposed(const float *from, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t step,
                            float *to) {
  ptrdiff_t k = 0;
  for (; k + LANES <= depth; k += LANES) {
    vector block[LANES];
    UNROLL for (int r = 0; r < LANES; r++) block[r] = r < rows ? load(from + r * stride + k) : (vector){0};
    transpose(block);
    UNROLL for (int r = 0; r < LANES; r++) store(to + (k + r) * step, block[r]);
  }
  for (; k < depth; k++)
    for (ptrdiff_t r = 0; r < least(step, LANES); r++) to[k * step + r] = r < rows ? from[r * stride + k] : 0;
}

// The same of one square: to[k][0 ..< LANES] = from[0 ..< rows][k] for k in 0 ..< depth ≤ LANES; all of `from`'s rows can
// be read to a vector's end.
INLINE void transpose_square(const float *from, ptrdiff_t stride, ptrdiff_t rows, float *to, ptrdiff_t step,
                             ptrdiff_t depth) {
  vector square[LANES];
  UNROLL for (int r = 0; r < LANES; r++) square[r] = r < rows ? load(from + r * stride) : (vector){0};
  transpose(square);
  UNROLL for (int r = 0; r < LANES; r++) {
    if (r < depth) store(to + r * step, square[r]);
  }
}

// The end of a chain: max(0, ·) if `relu`. A chain that leaves zeros out may end with the other zero, and so +0 is added.
INLINE vector ended(vector sum, bool relu) {
  sum += (vector){0};
  return relu ? (sum < 0 ? (vector){0} : sum) : sum;
}

// One step of a tile's chain.
INLINE void multiply_add(const int rows, const int vectors, const float *a, const float *b, vector sum[ROWS][2]) {
  vector right[2];
  UNROLL for (int v = 0; v < vectors; v++) right[v] = load(b + v * LANES);
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = fused((vector)(a[r]), right[v], sum[r][v]);
  }
}

// c[r][j] = initial[r][j] + Σ_k a[k][r]·b[k][j] for a tile of `rows` × `vectors` vectors, both constants when inlined.
// The first `ahead` ≤ depth steps each fetch a cache line of `next`, which a later tile will read.
INLINE void product(const int rows, const int vectors, ptrdiff_t depth, const float *a, ptrdiff_t a_stride,
                    const float *b, ptrdiff_t b_stride, const float *initial, ptrdiff_t initial_stride, float *c,
                    ptrdiff_t c_stride, bool relu, const float *next, ptrdiff_t ahead) {
  vector sum[ROWS][2];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = load(initial + r * initial_stride + v * LANES);
  }
  ptrdiff_t k = 0;
  for (; k < ahead; k++, a += a_stride, b += b_stride, next += line_floats) {
    __builtin_prefetch(next, 0, 3);
    multiply_add(rows, vectors, a, b, sum);
  }
  for (; k < depth; k++, a += a_stride, b += b_stride) multiply_add(rows, vectors, a, b, sum);
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) store(c + r * c_stride + v * LANES, ended(sum[r][v], relu));
  }
}

// One panel's part of an input gradient tile: sum[r][j] += Σ_k w[r][k]·b[k][j], with `width` floats between two r.
INLINE const float *panel_product(const int rows, const int vectors, const int width, ptrdiff_t depth, const float *w,
                                  const float *b, vector sum[ROWS][2]) {
  for (ptrdiff_t k = 0; k < depth; k++, w++, b += tile_width) {
    // The next tile's weights follow this one's in the panel.
    __builtin_prefetch(w + rows * width + k * (line_floats - 1), 0, 2);
    vector right[2];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = load(b + v * LANES);
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = fused((vector)(w[r * width]), right[v], sum[r][v]);
    }
  }
  return b;
}

// c[r][j] = Σ_o W[o, input + r]·b[o][j] for a tile of `rows` inputs × `vectors` vectors of samples. `panel` is the number
// of floats of a whole panel.
INLINE void panels_product(const int rows, const int vectors, ptrdiff_t outputs, const float *weights, ptrdiff_t panel,
                           ptrdiff_t input, const float *b, float *c) {
  vector sum[ROWS][2];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = (vector){0};
  }
  ptrdiff_t left = outputs;
  for (; left >= panel_width; left -= panel_width, weights += panel)
    b = panel_product(rows, vectors, panel_width, panel_width, weights + input * panel_width, b, sum);
  if (left > narrow_width)
    panel_product(rows, vectors, panel_width, left, weights + input * panel_width, b, sum);
  else if (left > 0)
    panel_product(rows, vectors, narrow_width, left, weights + input * narrow_width, b, sum);
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < vectors; v++) store(c + r * tile_width + v * LANES, ended(sum[r][v], false));
  }
}

#define TILE(rows, vectors)                                                                                           \
  static void product_##rows##_##vectors(ptrdiff_t depth, const float *a, ptrdiff_t a_stride, const float *b,         \
                                         ptrdiff_t b_stride, const float *initial, ptrdiff_t initial_stride,          \
                                         float *c, ptrdiff_t c_stride, bool relu, const float *next,                  \
                                         ptrdiff_t ahead) {                                                           \
    product(rows, vectors, depth, a, a_stride, b, b_stride, initial, initial_stride, c, c_stride, relu, next, ahead); \
  }                                                                                                                   \
  static void panels_product_##rows##_##vectors(ptrdiff_t outputs, const float *weights, ptrdiff_t panel,             \
                                                ptrdiff_t input, const float *b, float *c) {                          \
    panels_product(rows, vectors, outputs, weights, panel, input, b, c);                                              \
  }
#define TILES(rows) TILE(rows, 1) TILE(rows, 2)

TILES(1) TILES(2) TILES(3) TILES(4)
#if ROWS >= 6
TILES(5) TILES(6)
#endif
#if ROWS >= 14
TILES(7) TILES(8) TILES(9) TILES(10) TILES(11) TILES(12) TILES(13) TILES(14)
#endif

typedef void (*ProductTile)(ptrdiff_t, const float *, ptrdiff_t, const float *, ptrdiff_t, const float *, ptrdiff_t,
                             float *, ptrdiff_t, bool, const float *, ptrdiff_t);
typedef void (*PanelsProductTile)(ptrdiff_t, const float *, ptrdiff_t, ptrdiff_t, const float *, float *);

#define BOTH(name, rows) {name##_##rows##_1, name##_##rows##_2},
#if ROWS >= 14
#define ALL(name)                                                                                                    \
  BOTH(name, 1) BOTH(name, 2) BOTH(name, 3) BOTH(name, 4) BOTH(name, 5) BOTH(name, 6) BOTH(name, 7) BOTH(name, 8)     \
      BOTH(name, 9) BOTH(name, 10) BOTH(name, 11) BOTH(name, 12) BOTH(name, 13) BOTH(name, 14)
#elif ROWS >= 6
#define ALL(name) BOTH(name, 1) BOTH(name, 2) BOTH(name, 3) BOTH(name, 4) BOTH(name, 5) BOTH(name, 6)
#else
#define ALL(name) BOTH(name, 1) BOTH(name, 2) BOTH(name, 3) BOTH(name, 4)
#endif

// By rows − 1 and vectors − 1.
static const ProductTile product_tiles[ROWS][2] = {ALL(product)};
static const PanelsProductTile panels_product_tiles[ROWS][2] = {ALL(panels_product)};

// The first address at or after `scratch` where a cache line begins.
static float *aligned(float *scratch) { return (float *)(((size_t)scratch + 63) & ~(size_t)63); }

// A forward tile that reaches past the last output: computed beside y, then its real columns are copied.
static void edge_tile(ProductTile tile, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth, const float *a,
                      const float *b, ptrdiff_t b_stride, const float *initial, ptrdiff_t initial_stride, float *y,
                      ptrdiff_t y_stride, bool relu) {
  float whole[ROWS * tile_width];
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < tile_width; j++)
      whole[r * tile_width + j] = j < columns ? initial[r * initial_stride + j] : 0;
  tile(depth, a, rows, b, b_stride, whole, tile_width, whole, tile_width, relu, b, 0);
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t j = 0; j < columns; j++) y[r * y_stride + j] = whole[r * tile_width + j];
}


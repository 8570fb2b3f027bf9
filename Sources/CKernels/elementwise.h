// Element-wise passes: rectification, bias, normalisation of inputs, dropout.

static void relu(float *x, ptrdiff_t count) {
#define PASS(i, n) store_some(x + i, positive_part(load_some(x + i, n)), n)
  FOR_VECTORS(count, PASS);
#undef PASS
}

static void relu_backward(float *gradient, const float *output, ptrdiff_t count) {
#define PASS(i, n) store_some(gradient + i, keep(load_some(output + i, n) > 0, load_some(gradient + i, n)), n)
  FOR_VECTORS(count, PASS);
#undef PASS
}

static void add(float *into, const float *x, ptrdiff_t count, bool relu) {
#define SUM(i, n) (load_some(into + i, n) + load_some(x + i, n))
#define PASS(i, n) store_some(into + i, SUM(i, n), n)
#define RELU_PASS(i, n) store_some(into + i, positive_part(SUM(i, n)), n)
  if (relu)
    FOR_VECTORS(count, RELU_PASS);
  else
    FOR_VECTORS(count, PASS);
#undef RELU_PASS
#undef PASS
#undef SUM
}

static void scale_by(float *x, float factor, ptrdiff_t count) {
  const vf factors = splat(factor);
#define PASS(i, n) store_some(x + i, load_some(x + i, n) * factors, n)
  FOR_VECTORS(count, PASS);
#undef PASS
}

static void add_bias_to_rows(float *x, ptrdiff_t rows, ptrdiff_t columns, const float *bias, bool relu) {
#define SUM(i, n) (load_some(row + i, n) + load_some(bias + i, n))
#define PASS(i, n) store_some(row + i, SUM(i, n), n)
#define RELU_PASS(i, n) store_some(row + i, positive_part(SUM(i, n)), n)
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    if (relu)
      FOR_VECTORS(columns, RELU_PASS);
    else
      FOR_VECTORS(columns, PASS);
  }
#undef RELU_PASS
#undef PASS
#undef SUM
}

// Rows shorter than a vector go LANES at a time as one row that repeats the bias: vectors stay whole, and no load waits
// for the masked store of the row before.
static void add_bias(float *x, ptrdiff_t rows, ptrdiff_t columns, const float *bias, bool relu) {
  if (columns < LANES && rows >= LANES) {
    float repeated[LANES * LANES];
    const ptrdiff_t period = columns * LANES, groups = rows / LANES;
    for (ptrdiff_t i = 0; i < period; i += columns)
      for (ptrdiff_t c = 0; c < columns; c++) repeated[i + c] = bias[c];
    add_bias_to_rows(x, groups, period, repeated, relu);
    x += groups * period;
    rows -= groups * LANES;
  }
  add_bias_to_rows(x, rows, columns, bias, relu);
}

// Columns are summed a panel at a time: float sums over blocks of rows, and doubles over the blocks, so that the error
// does not grow with the number of rows. A panel's doubles stay in the L1 cache.
#define PANEL 128
#define BLOCK_ROWS 64

// Runs PASS(column, vectors, n) over strips of 4, 2 and 1 vectors of columns and over the rest; `vectors` and, but for
// the rest, n are constants, so that a strip's coefficients and sums stay in registers while the rows go by.
//
// Where columns are summed up, `vectors` also decides how many chains of additions a column has, so it must not depend on
// the family: strips are cut as for vectors of SUM_LANES, and a family with shorter ones takes a strip's columns in several
// passes.
#define STRIP_PASSES(width, vectors, PASS)                                                                          \
  do {                                                                                                              \
    for (int strip_part = 0; strip_part < SUM_PARTS; strip_part++)                                                  \
      PASS(strip_start + strip_part * (vectors) * LANES, vectors, LANES);                                           \
    strip_start += (width);                                                                                         \
  } while (0)
#define FOR_SUM_STRIPS(columns, PASS)                                                                               \
  do {                                                                                                              \
    ptrdiff_t strip_start = 0;                                                                                      \
    while (strip_start + 4 * SUM_LANES <= (columns)) STRIP_PASSES(4 * SUM_LANES, 4, PASS);                          \
    if (strip_start + 2 * SUM_LANES <= (columns)) STRIP_PASSES(2 * SUM_LANES, 2, PASS);                             \
    for (; strip_start + LANES <= (columns); strip_start += LANES) PASS(strip_start, 1, LANES);                     \
    if (strip_start < (columns)) PASS(strip_start, 1, (columns) - strip_start);                                     \
  } while (0)

// The sums of a strip's rows: four chains of additions, shared among the strip's vectors; sum v ends up in
// s[v · 4/vectors]. TERM(v, at) is the number to add for vector v at the element `at` from the strip's corner.
#define SUM_STRIP(s, rows, columns, vectors, TERM)                                                                  \
  do {                                                                                                              \
    const int chains = 4 / (vectors);                                                                               \
    ptrdiff_t strip_row = 0;                                                                                        \
    for (; strip_row + chains <= (rows); strip_row += chains) {                                                     \
      _Pragma("unroll") for (int j = 0; j < 4; j++)                                                                 \
          (s)[j] += TERM(j / chains, (strip_row + j % chains) * (columns) + j / chains * LANES);                    \
    }                                                                                                               \
    for (; strip_row < (rows); strip_row++) {                                                                       \
      _Pragma("unroll") for (int v = 0; v < (vectors); v++)                                                         \
          (s)[v * chains] += TERM(v, strip_row * (columns) + v * LANES);                                            \
    }                                                                                                               \
    for (int width = chains / 2; width > 0; width /= 2) {                                                           \
      _Pragma("unroll") for (int v = 0; v < (vectors); v++)                                                         \
          for (int j = 0; j < width; j++) (s)[v * chains + j] += (s)[v * chains + j + width];                       \
    }                                                                                                               \
  } while (0)

// The same where every element is on its own: strips of the family's vectors.
#define FOR_STRIPS(columns, PASS)                                                                                   \
  do {                                                                                                              \
    ptrdiff_t strip_start = 0;                                                                                      \
    for (; strip_start + 4 * LANES <= (columns); strip_start += 4 * LANES) PASS(strip_start, 4, LANES);             \
    if (strip_start + 2 * LANES <= (columns)) {                                                                     \
      PASS(strip_start, 2, LANES);                                                                                  \
      strip_start += 2 * LANES;                                                                                     \
    }                                                                                                               \
    if (strip_start + LANES <= (columns)) {                                                                         \
      PASS(strip_start, 1, LANES);                                                                                  \
      strip_start += LANES;                                                                                         \
    }                                                                                                               \
    if (strip_start < (columns)) PASS(strip_start, 1, (columns) - strip_start);                                     \
  } while (0)

INLINE void sum_strip(const float *x, ptrdiff_t rows, ptrdiff_t columns, double *totals, const int vectors,
                      const ptrdiff_t n) {
  vf s[4] = {{0}, {0}, {0}, {0}};
#define TERM(v, at) load_some(x + (at), n)
  SUM_STRIP(s, rows, columns, vectors, TERM);
#undef TERM
#pragma unroll
  for (int v = 0; v < vectors; v++) ((vd *)totals)[v] += widen(s[v * 4 / vectors]);
}

static void column_sums(const float *x, ptrdiff_t rows, ptrdiff_t columns, float *sums, bool accumulating) {
  for (ptrdiff_t c0 = 0; c0 < columns; c0 += PANEL) {
    const ptrdiff_t width = columns - c0 < PANEL ? columns - c0 : PANEL;
    __attribute__((aligned(128))) double totals[PANEL] = {0};
    for (ptrdiff_t r0 = 0; r0 < rows; r0 += BLOCK_ROWS) {
      const ptrdiff_t block = rows - r0 < BLOCK_ROWS ? rows - r0 : BLOCK_ROWS;
      const float *corner = x + r0 * columns + c0;
#define STRIP(c, vectors, n) sum_strip(corner + c, block, columns, totals + c, vectors, n)
      FOR_SUM_STRIPS(width, STRIP);
#undef STRIP
    }
    for (ptrdiff_t c = 0; c < width; c++)
      sums[c0 + c] = (float)(accumulating ? (double)sums[c0 + c] + totals[c] : totals[c]);
  }
}

// With few channels the scales repeat every `channels` vectors; with many, a row of channels is vectors of its own.
#define REPEATED_CHANNELS 4

#define NORMALIZE(LOAD)                                                                                             \
  if (channels <= REPEATED_CHANNELS) {                                                                              \
    float scales[REPEATED_CHANNELS * LANES], shifts[REPEATED_CHANNELS * LANES];                                     \
    const ptrdiff_t period = channels * LANES;                                                                      \
    for (ptrdiff_t i = 0; i < period; i++) {                                                                        \
      scales[i] = scale[i % channels];                                                                              \
      shifts[i] = shift[i % channels];                                                                              \
    }                                                                                                               \
    ptrdiff_t phase = 0, i = 0;                                                                                     \
    for (; i + LANES <= count; i += LANES) {                                                                        \
      store(y + i, fused(LOAD(x + i, LANES), load(scales + phase), load(shifts + phase)));                          \
      phase = phase + LANES == period ? 0 : phase + LANES;                                                          \
    }                                                                                                               \
    if (i < count) {                                                                                                \
      const ptrdiff_t n = count - i;                                                                                \
      store_part(y + i, fused(LOAD(x + i, n), load(scales + phase), load(shifts + phase)), n);                      \
    }                                                                                                               \
    return;                                                                                                         \
  }                                                                                                                 \
  for (ptrdiff_t row = 0; row < count; row += channels) {                                                           \
    FOR_VECTORS(channels, PASS);                                                                                    \
  }

INLINE vf load_bytes_as_floats(const uint8_t *p, ptrdiff_t n) {
  return __builtin_convertvector(load_bytes(p, n), vf);
}

static void normalize_bytes(const uint8_t *x, ptrdiff_t count, ptrdiff_t channels, const float *scale,
                            const float *shift, float *y) {
#define PASS(i, n)                                                                                                  \
  store_some(y + row + i,                                                                                           \
             fused(load_bytes_as_floats(x + row + i, n), load_some(scale + i, n), load_some(shift + i, n)), n)
  NORMALIZE(load_bytes_as_floats)
#undef PASS
}

static void normalize_floats(const float *x, ptrdiff_t count, ptrdiff_t channels, const float *scale,
                             const float *shift, float *y) {
#define PASS(i, n)                                                                                                  \
  store_some(y + row + i, fused(load_some(x + row + i, n), load_some(scale + i, n), load_some(shift + i, n)), n)
  NORMALIZE(load_some)
#undef PASS
}

#undef NORMALIZE

// Philox4x32-10 of Salmon et al. 2011 in every lane.
INLINE void philox(vu word[4], uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    const vl p0 = __builtin_convertvector(word[0], vl) * 0xD2511F53u;
    const vl p1 = __builtin_convertvector(word[2], vl) * 0xCD9E8D57u;
    const vu high0 = __builtin_convertvector(p0 >> 32, vu), low0 = __builtin_convertvector(p0, vu);
    const vu high1 = __builtin_convertvector(p1 >> 32, vu), low1 = __builtin_convertvector(p1, vu);
    word[0] = high1 ^ word[1] ^ key0;
    word[1] = low1;
    word[2] = high0 ^ word[3] ^ key1;
    word[3] = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// The element's word does not depend on LANES, so that a mask is the same on every CPU.
static void dropout(float *x, ptrdiff_t rows, ptrdiff_t columns, uint32_t key0, uint32_t key1, uint32_t first_row,
                    uint32_t c, uint32_t d, uint32_t threshold, float factor) {
  const vf factors = splat(factor);
  vu lane;
  for (int l = 0; l < LANES; l++) lane[l] = (uint32_t)l;
  for (ptrdiff_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    for (ptrdiff_t group = 0; group < columns; group += 64) {
      for (int part = 0; part < 16; part += LANES) {
        vu word[4] = {lane + ((uint32_t)(group / 4) + (uint32_t)part), (vu){0} + (first_row + (uint32_t)r),
                      (vu){0} + c, (vu){0} + d};
        philox(word, key0, key1);
        for (int w = 0; w < 4; w++) {
          const ptrdiff_t i = group + 16 * w + part;
          if (i >= columns) break;
          const vi kept = (vi)(word[w] >= threshold);
          if (i + LANES <= columns)
            store(row + i, keep(kept, load(row + i) * factors));
          else
            store_part(row + i, keep(kept, load_part(row + i, columns - i) * factors), columns - i);
        }
      }
    }
  }
}

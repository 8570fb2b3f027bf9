// Sums in a fixed order.

// Squares are added up as floats over so many vectors, then in double precision. That costs a multiply-add for each
// vector, so what lies in the cache is measured in a fraction of the time that it took to get there.
#define SQUARES_STRETCH 64

// Squares in double precision: for numbers whose squares leave the range of floats, and for what is left of blocks.
static double squared_norm_wide(const float *x, ptrdiff_t count) {
  vd total[SUM_PARTS] = {0};
#define PASS(i, n, part)                                                                                            \
  do {                                                                                                              \
    const vd a = widen(load_some(x + (i), n));                                                                      \
    total[part] = add_exact(a, a, total[part]);                                                                     \
  } while (0)
  FOR_SUM_VECTORS(count, PASS);
#undef PASS
  return sum_wide_lanes(total);
}

#define NORM_BLOCK (SQUARES_STRETCH * SUM_LANES)

static double squared_norm(const float *x, ptrdiff_t count) {
  vd total[SUM_PARTS] = {0};
  ptrdiff_t i = 0;
  for (; i + NORM_BLOCK <= count; i += NORM_BLOCK) {
    vf s[4 * SUM_PARTS] = {0};
    for (ptrdiff_t j = i; j < i + NORM_BLOCK; j += 4 * SUM_LANES) {
#pragma unroll
      for (int v = 0; v < 4 * SUM_PARTS; v++) {
        const vf a = load(x + j + v * LANES);
        s[v] = fused(a, a, s[v]);
      }
    }
#pragma unroll
    for (int p = 0; p < SUM_PARTS; p++)
      total[p] += widen((s[p] + s[SUM_PARTS + p]) + (s[2 * SUM_PARTS + p] + s[3 * SUM_PARTS + p]));
  }
  const double sum = sum_wide_lanes(total) + squared_norm_wide(x + i, count - i);
  return __builtin_isfinite(sum) ? sum : squared_norm_wide(x, count);
}

// The tree of `leaves` vectors: a node splits after the largest power of two below its size. `leaves` is a constant.
INLINE vf leaf_tree(const vf *x, const int leaves) {
  switch (leaves) {
  case 1: return x[0];
  case 2: return x[0] + x[1];
  case 3: return (x[0] + x[1]) + x[2];
  case 4: return (x[0] + x[1]) + (x[2] + x[3]);
  case 5: return ((x[0] + x[1]) + (x[2] + x[3])) + x[4];
  case 6: return ((x[0] + x[1]) + (x[2] + x[3])) + (x[4] + x[5]);
  case 7: return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + x[6]);
  default: return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
  }
}

// What a pass over leaves adds up beside their sum: Σ x² of each leaf, null if nobody wants it, and Σ of the results'
// squares.
typedef struct {
  double *leaves;
  vd result[SUM_PARTS];
} Squares;

// The sum of up to eight leaves, divided if it is the whole: both kinds of squares are taken of what is in registers.
INLINE void leaf_pass(const float *const *buffers, ptrdiff_t offset, ptrdiff_t count, vf divisors, float *into,
                      Squares *squares, const int leaves, const int measuring, const int whole) {
  vd wide[8][SUM_PARTS] = {{{0}}};
  for (ptrdiff_t at = 0; at < count; at += SQUARES_STRETCH * SUM_LANES) {
    const ptrdiff_t length = count - at < SQUARES_STRETCH * SUM_LANES ? count - at : SQUARES_STRETCH * SUM_LANES;
    vf q[8][SUM_PARTS] = {{{0}}}, result[SUM_PARTS] = {0};
#define PASS(i, n, part)                                                                                            \
  do {                                                                                                              \
    vf x[8];                                                                                                        \
    _Pragma("unroll") for (int j = 0; j < leaves; j++) {                                                            \
      x[j] = load_some(buffers[j] + offset + at + (i), n);                                                          \
      if (measuring) q[j][part] = fused(x[j], x[j], q[j][part]);                                                    \
    }                                                                                                               \
    vf y = leaf_tree(x, leaves);                                                                                    \
    if (whole) {                                                                                                    \
      y /= divisors;                                                                                                \
      result[part] = fused(y, y, result[part]);                                                                     \
    }                                                                                                               \
    store_some(into + at + (i), y, n);                                                                              \
  } while (0)
    if (measuring && leaves > 2)
      FOR_SUM_VECTORS_APART(length, PASS);
    else
      FOR_SUM_VECTORS(length, PASS);
#undef PASS
#pragma unroll
    for (int p = 0; p < SUM_PARTS; p++) {
      if (whole) squares->result[p] += widen(result[p]);
#pragma unroll
      for (int j = 0; measuring && j < leaves; j++) wide[j][p] += widen(q[j][p]);
    }
  }
  for (int j = 0; measuring && j < leaves; j++) squares->leaves[j] += sum_wide_lanes(wide[j]);
}

INLINE void sum_leaves(const float *const *buffers, ptrdiff_t leaves, ptrdiff_t offset, ptrdiff_t count, vf divisors,
                       float *into, Squares *squares, const int whole) {
#define LEAVES(k)                                                                                                   \
  if (squares->leaves)                                                                                              \
    leaf_pass(buffers, offset, count, divisors, into, squares, k, 1, whole);                                        \
  else                                                                                                              \
    leaf_pass(buffers, offset, count, divisors, into, squares, k, 0, whole);                                        \
  break
  switch (leaves) {
  case 1: LEAVES(1);
  case 2: LEAVES(2);
  case 3: LEAVES(3);
  case 4: LEAVES(4);
  case 5: LEAVES(5);
  case 6: LEAVES(6);
  case 7: LEAVES(7);
  default: LEAVES(8);
  }
#undef LEAVES
}

// A block of the result at a time, on which the squares' order depends and not on the number of leaves. Up to eight
// leaves are one pass. Of more, eight make one entry of a small stack, which merges entries of equal height as a binary
// counter does; what remains at the end merges from the top, which is the same tree for every number of leaves. The
// result may replace a buffer.
#define SUM_BLOCK 2048
#define SUM_LEVELS 18

static void sum_many(const float *const *buffers, ptrdiff_t buffer_count, ptrdiff_t offset, ptrdiff_t count,
                     vf divisors, float *into, Squares *squares) {
  __attribute__((aligned(64))) float stack[SUM_LEVELS + 1][SUM_BLOCK];
  ptrdiff_t depth = 0;
  for (ptrdiff_t j = 0; j < buffer_count; j += 8) {
    const ptrdiff_t leaves = buffer_count - j < 8 ? buffer_count - j : 8;
    Squares own = {squares->leaves ? squares->leaves + j : squares->leaves, {{0}}};
    sum_leaves(buffers + j, leaves, offset, count, divisors, stack[depth++], &own, 0);
    if (leaves < 8) break;
    for (ptrdiff_t eights = j / 8 + 1; (eights & 1) == 0; eights >>= 1, depth--)
      add_floats(stack[depth - 2], stack[depth - 1], count);
  }
  for (; depth > 1; depth--) add_floats(stack[depth - 2], stack[depth - 1], count);
  const float *const sum[1] = {stack[0]};
  leaf_pass(sum, 0, count, divisors, into, squares, 1, 0, 1);
}

// Whether no element is NaN or infinite: an exponent of all ones.
static bool all_finite(const float *x, ptrdiff_t count) {
  const vi exponent = (vi){0} + 0x7f800000;
  vi found = {0};
#define PASS(i, n) found |= ((vi)load_some(x + (i), n) & exponent) == exponent
  FOR_VECTORS(count, PASS);
#undef PASS
  int32_t any = 0;
  for (int l = 0; l < LANES; l++) any |= found[l];
  return any == 0;
}

static double tree_sum(const float *const *buffers, ptrdiff_t buffer_count, ptrdiff_t offset, ptrdiff_t count,
                       float divisor, float *into, double *leaf_squares) {
  Squares squares = {leaf_squares, {{0}}};
  for (ptrdiff_t j = 0; leaf_squares && j < buffer_count; j++) leaf_squares[j] = 0;
  for (ptrdiff_t at = 0; at < count; at += SUM_BLOCK) {
    const ptrdiff_t block = count - at < SUM_BLOCK ? count - at : SUM_BLOCK;
    if (buffer_count <= 8)
      sum_leaves(buffers, buffer_count, offset + at, block, splat(divisor), into + at, &squares, 1);
    else
      sum_many(buffers, buffer_count, offset + at, block, splat(divisor), into + at, &squares);
  }
  const double square = sum_wide_lanes(squares.result);
  return __builtin_isfinite(square) ? square : squared_norm_wide(into, count);
}

// Sums in a fixed order.

// Squares are added up as floats over so many vectors, then in double precision. That costs a multiply-add for each
// vector, so what lies in the cache is measured in a fraction of the time that it took to get there.
#define SQUARES_STRETCH 64

// Squares in double precision: for numbers whose squares leave the range of floats, and for what is left of blocks.
static double squared_norm_wide(const float *x, ptrdiff_t count) {
  vd total = {0};
  for (ptrdiff_t i = 0; i < count; i += LANES) {
    const vd a = widen(load_some(x + i, count - i < LANES ? count - i : LANES));
    total += a * a;
  }
  return sum_wide_lanes(&total);
}

#define NORM_BLOCK (SQUARES_STRETCH * LANES)

static double squared_norm(const float *x, ptrdiff_t count) {
  vd total = {0};
  ptrdiff_t i = 0;
  for (; i + NORM_BLOCK <= count; i += NORM_BLOCK) {
    vf s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (ptrdiff_t j = i; j < i + NORM_BLOCK; j += 4 * LANES) {
      const vf a = load(x + j), b = load(x + j + LANES), c = load(x + j + 2 * LANES), d = load(x + j + 3 * LANES);
      s0 += a * a;
      s1 += b * b;
      s2 += c * c;
      s3 += d * d;
    }
    total += widen((s0 + s1) + (s2 + s3));
  }
  const double sum = sum_wide_lanes(&total) + squared_norm_wide(x + i, count - i);
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

// Where `squares` is given, adds each leaf's Σ x² to it: the leaves are in registers anyway.
INLINE void sum_some_leaves(const float *const *buffers, ptrdiff_t offset, ptrdiff_t count, float *into,
                            double *squares, const int leaves, const int measuring) {
  vd wide[8] = {{0}};
  const ptrdiff_t stretch = measuring ? SQUARES_STRETCH * LANES : count;
  for (ptrdiff_t at = 0; at < count; at += stretch) {
    const ptrdiff_t length = count - at < stretch ? count - at : stretch;
    vf q[8] = {{0}};
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    vf x[8];                                                                                                        \
    _Pragma("unroll") for (int j = 0; j < leaves; j++) {                                                            \
      x[j] = load_some(buffers[j] + offset + at + (i), n);                                                          \
      if (measuring) q[j] += x[j] * x[j];                                                                           \
    }                                                                                                               \
    store_some(into + at + (i), leaf_tree(x, leaves), n);                                                           \
  } while (0)
    FOR_VECTORS(length, PASS);
#undef PASS
    if (measuring) {
#pragma unroll
      for (int j = 0; j < leaves; j++) wide[j] += widen(q[j]);
    }
  }
  if (!measuring) return;
  for (int j = 0; j < leaves; j++) {
    const double sum = sum_wide_lanes(&wide[j]);
    squares[j] += __builtin_isfinite(sum) ? sum : squared_norm_wide(buffers[j] + offset, count);
  }
}

static void sum_leaves(const float *const *buffers, ptrdiff_t leaves, ptrdiff_t offset, ptrdiff_t count, float *into,
                       double *squares) {
#define LEAVES(k)                                                                                                   \
  if (squares)                                                                                                      \
    sum_some_leaves(buffers, offset, count, into, squares, k, 1);                                                   \
  else                                                                                                              \
    sum_some_leaves(buffers, offset, count, into, 0, k, 0);                                                         \
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

// into = x ÷ divisors, and adds its squares to `wide`.
INLINE void quotients(const float *x, ptrdiff_t count, vf divisors, float *into, vd *wide, const int dividing) {
  for (ptrdiff_t at = 0; at < count; at += SQUARES_STRETCH * LANES) {
    const ptrdiff_t length = count - at < SQUARES_STRETCH * LANES ? count - at : SQUARES_STRETCH * LANES;
    vf q = {0};
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    const vf sum = load_some(x + at + (i), n), y = dividing ? sum / divisors : sum;                                 \
    store_some(into + at + (i), y, n);                                                                              \
    q += y * y;                                                                                                     \
  } while (0)
    FOR_VECTORS(length, PASS);
#undef PASS
    *wide += widen(q);
  }
}

// A block of the result at a time. Eight leaves make one entry of a small stack, which merges entries of equal height
// as a binary counter does; what remains at the end merges from the top, which is the same tree for every number of
// leaves. The result may replace a buffer: no block is written before it has been read and measured.
#define SUM_BLOCK 2048
#define SUM_LEVELS 18

static double tree_sum(const float *const *buffers, ptrdiff_t buffer_count, ptrdiff_t offset, ptrdiff_t count,
                       float divisor, float *into, double *squares) {
  __attribute__((aligned(64))) float stack[SUM_LEVELS + 1][SUM_BLOCK];
  const vf divisors = splat(divisor);
  vd wide = {0};
  for (ptrdiff_t j = 0; squares && j < buffer_count; j++) squares[j] = 0;
  for (ptrdiff_t at = 0; at < count; at += SUM_BLOCK) {
    const ptrdiff_t block = count - at < SUM_BLOCK ? count - at : SUM_BLOCK;
    ptrdiff_t depth = 0;
    for (ptrdiff_t j = 0; j < buffer_count; j += 8) {
      const ptrdiff_t leaves = buffer_count - j < 8 ? buffer_count - j : 8;
      sum_leaves(buffers + j, leaves, offset + at, block, stack[depth++], squares ? squares + j : squares);
      if (leaves < 8) break;
      for (ptrdiff_t eights = j / 8 + 1; (eights & 1) == 0; eights >>= 1, depth--)
        add_floats(stack[depth - 2], stack[depth - 1], block);
    }
    for (; depth > 1; depth--) add_floats(stack[depth - 2], stack[depth - 1], block);
    if (divisor == 1)
      quotients(stack[0], block, divisors, into + at, &wide, 0);
    else
      quotients(stack[0], block, divisors, into + at, &wide, 1);
  }
  const double square = sum_wide_lanes(&wide);
  return __builtin_isfinite(square) ? square : squared_norm_wide(into, count);
}

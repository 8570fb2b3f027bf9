// Sums in a fixed order.

// The tree of `leaves` buffers: a node splits after the largest power of two below its size. `leaves` is a constant.
INLINE vf leaf_tree(const float *const *buffers, ptrdiff_t at, ptrdiff_t n, const int leaves) {
#define L(j) load_some(buffers[j] + at, n)
  switch (leaves) {
  case 1: return L(0);
  case 2: return L(0) + L(1);
  case 3: return (L(0) + L(1)) + L(2);
  case 4: return (L(0) + L(1)) + (L(2) + L(3));
  case 5: return ((L(0) + L(1)) + (L(2) + L(3))) + L(4);
  case 6: return ((L(0) + L(1)) + (L(2) + L(3))) + (L(4) + L(5));
  case 7: return ((L(0) + L(1)) + (L(2) + L(3))) + ((L(4) + L(5)) + L(6));
  default: return ((L(0) + L(1)) + (L(2) + L(3))) + ((L(4) + L(5)) + (L(6) + L(7)));
  }
#undef L
}

INLINE void sum_some_leaves(const float *const *buffers, ptrdiff_t offset, ptrdiff_t count, float *into,
                            const int leaves) {
#define PASS(i, n) store_some(into + i, leaf_tree(buffers, offset + i, n, leaves), n)
  FOR_VECTORS(count, PASS);
#undef PASS
}

static void sum_leaves(const float *const *buffers, ptrdiff_t leaves, ptrdiff_t offset, ptrdiff_t count, float *into) {
  switch (leaves) {
  case 1: sum_some_leaves(buffers, offset, count, into, 1); break;
  case 2: sum_some_leaves(buffers, offset, count, into, 2); break;
  case 3: sum_some_leaves(buffers, offset, count, into, 3); break;
  case 4: sum_some_leaves(buffers, offset, count, into, 4); break;
  case 5: sum_some_leaves(buffers, offset, count, into, 5); break;
  case 6: sum_some_leaves(buffers, offset, count, into, 6); break;
  case 7: sum_some_leaves(buffers, offset, count, into, 7); break;
  default: sum_some_leaves(buffers, offset, count, into, 8); break;
  }
}

// A block of the result at a time. Eight leaves make one entry of a small stack, which merges entries of equal height
// as a binary counter does; what remains at the end merges from the top, which is the same tree for every number of
// leaves.
#define SUM_BLOCK 256
#define SUM_LEVELS 18

static void tree_sum(const float *const *buffers, ptrdiff_t buffer_count, ptrdiff_t offset, ptrdiff_t count,
                     float divisor, float *into) {
  __attribute__((aligned(64))) float stack[SUM_LEVELS + 1][SUM_BLOCK];
  for (ptrdiff_t at = 0; at < count; at += SUM_BLOCK) {
    const ptrdiff_t block = count - at < SUM_BLOCK ? count - at : SUM_BLOCK;
    if (buffer_count <= 8) {
      sum_leaves(buffers, buffer_count, offset + at, block, into + at);
    } else {
      ptrdiff_t depth = 0;
      for (ptrdiff_t j = 0; j < buffer_count; j += 8) {
        const ptrdiff_t leaves = buffer_count - j < 8 ? buffer_count - j : 8;
        sum_leaves(buffers + j, leaves, offset + at, block, stack[depth++]);
        if (leaves < 8) break;
        for (ptrdiff_t eights = j / 8 + 1; (eights & 1) == 0; eights >>= 1, depth--)
          add_floats(stack[depth - 2], stack[depth - 1], block);
      }
      for (; depth > 1; depth--) add_floats(stack[depth - 2], stack[depth - 1], block);
      copy_floats(into + at, stack[0], block);
    }
    if (divisor != 1) {
      const vf divisors = splat(divisor);
#define PASS(i, n) store_some(into + at + (i), load_some(into + at + (i), n) / divisors, n)
      FOR_VECTORS(block, PASS);
#undef PASS
    }
  }
}

// Squares in double precision: for numbers whose squares leave the range of floats, and for what is left of blocks.
static double squared_norm_wide(const float *x, ptrdiff_t count) {
  vd total = {0};
  for (ptrdiff_t i = 0; i < count; i += LANES) {
    const vd a = widen(load_some(x + i, count - i < LANES ? count - i : LANES));
    total += a * a;
  }
  return sum_wide_lanes(&total);
}

// Blocks of 64 vectors: each lane adds 64 squares up as floats, then goes on in double precision. That costs a
// multiply-add for each vector, so a vector that lies in the cache is measured in a fraction of the time that it took
// to get there.
#define NORM_BLOCK (64 * LANES)

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

// Vectors of LANES floats, for bodies that are compiled once for each family of CPU instructions.
//
// A family's file defines LANES, includes this file inside its `#pragma clang attribute push(target)`, and then the
// bodies. Lane counts are constants: an array sized by a parameter would become a variable-length array, even where
// inlining makes the parameter a constant, and would spill every accumulator.
#ifndef LANES
#error "a family defines LANES first"
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int32_t vi __attribute__((vector_size(4 * LANES)));
typedef uint32_t vu __attribute__((vector_size(4 * LANES)));
typedef uint8_t vb __attribute__((vector_size(LANES)));
typedef double vd __attribute__((vector_size(8 * LANES)));
typedef uint64_t vl __attribute__((vector_size(8 * LANES)));
typedef float vf_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint8_t vb_anywhere __attribute__((vector_size(LANES), aligned(1), may_alias));

INLINE vf load(const float *p) { return *(const vf_anywhere *)p; }
INLINE void store(float *p, vf v) { *(vf_anywhere *)p = v; }
INLINE vf splat(float x) { return x - (vf){0}; }

// The first n < LANES elements, and 0 in the other lanes.
INLINE vf load_part(const float *p, ptrdiff_t n) {
#if LANES == 16
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#elif LANES == 8
  return (vf)_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n),
                                                      _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
#else
  vf v = {0};
  for (ptrdiff_t i = 0; i < n; i++) v[i] = p[i];
  return v;
#endif
}

INLINE void store_part(float *p, vf v, ptrdiff_t n) {
#if LANES == 16
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#elif LANES == 8
  _mm256_maskstore_ps(
      p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), (__m256)v);
#else
  for (ptrdiff_t i = 0; i < n; i++) p[i] = v[i];
#endif
}

// n is LANES, known when inlined, or fewer.
INLINE vf load_some(const float *p, ptrdiff_t n) { return n == LANES ? load(p) : load_part(p, n); }
INLINE void store_some(float *p, vf v, ptrdiff_t n) {
  if (n == LANES)
    store(p, v);
  else
    store_part(p, v, n);
}

INLINE vb load_bytes(const uint8_t *p, ptrdiff_t n) {
  if (n == LANES) return *(const vb_anywhere *)p;
  vb v = {0};
  for (ptrdiff_t i = 0; i < n; i++) v[i] = p[i];
  return v;
}

INLINE void store_bytes(uint8_t *p, vb v, ptrdiff_t n) {
  if (n == LANES) {
    *(vb_anywhere *)p = v;
    return;
  }
  for (ptrdiff_t i = 0; i < n; i++) p[i] = v[i];
}

// mask ? a : b, lane by lane; a mask's lane is 0 or −1.
INLINE vf choose(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }
INLINE vf keep(vi mask, vf a) { return (vf)(mask & (vi)a); }
// max(0, v), and NaN where v is NaN.
INLINE vf positive_part(vf v) { return keep(~(v < 0), v); }
// The larger one; either where one is NaN.
INLINE vf larger(vf a, vf b) { return choose(a > b, a, b); }

// −1 in the lanes below n, else 0.
INLINE vi lanes_below(ptrdiff_t n) {
  vi lane;
  for (int l = 0; l < LANES; l++) lane[l] = l;
  return lane < (int32_t)n;
}

// A macro, and a pointer below, since functions that pass two registers as one vector have no settled ABI.
#define widen(v) __builtin_convertvector(v, vd)

// Sums of all lanes by halves: the order is fixed.
INLINE float sum_lanes(vf v) {
  float part[LANES];
  store(part, v);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) part[i] += part[i + width];
  return part[0];
}

// Each half is a shuffle, so that nothing waits for memory.
INLINE double sum_wide_lanes(const vd *v) {
  typedef double v2 __attribute__((vector_size(16)));
  typedef double v4 __attribute__((vector_size(32)));
#if LANES == 16
  typedef double v8 __attribute__((vector_size(64)));
  const v8 eight = __builtin_shufflevector(*v, *v, 0, 1, 2, 3, 4, 5, 6, 7) +
                   __builtin_shufflevector(*v, *v, 8, 9, 10, 11, 12, 13, 14, 15);
#elif LANES == 8
  const vd eight = *v;
#endif
#if LANES >= 8
  const v4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#else
  const v4 four = *v;
#endif
  const v2 two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
  return two[0] + two[1];
}

INLINE float largest_lane(vf v) {
  float part[LANES];
  store(part, v);
  float largest = part[0];
  for (int i = 1; i < LANES; i++) largest = part[i] > largest ? part[i] : largest;
  return largest;
}

// Runs `pass(i, n)` over 0 ..< count in steps of LANES, with n = LANES but for the last, shorter step. Its variables
// have names that no pass uses, since they would hide the pass's own.
#define FOR_VECTORS(count, pass)                                                                                    \
  do {                                                                                                              \
    const ptrdiff_t whole_vectors = (count) / LANES * LANES;                                                        \
    ptrdiff_t vector_start = 0;                                                                                     \
    for (; vector_start < whole_vectors; vector_start += LANES) pass(vector_start, LANES);                          \
    if (whole_vectors < (count)) pass(whole_vectors, (count) - whole_vectors);                                      \
  } while (0)

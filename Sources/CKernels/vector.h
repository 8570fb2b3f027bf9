// Vectors of LANES floats, for bodies that are compiled once for each family of CPU instructions.
//
// A family's file defines LANES, includes this file inside its `#pragma clang attribute push(target)`, and then the
// bodies. Lane counts are constants: an array sized by a parameter would become a variable-length array, even where
// inlining makes the parameter a constant, and would spill every accumulator.
#ifndef LANES
#error "a family defines LANES first"
#endif

#include "multiply_add.h"

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

// An array of so many floats is not in the caches any more when it is read next. Written past them, its lines need not be
// fetched first.
#define STREAMED_FLOATS (4 << 20)

INLINE bool is_streamed(const float *p, ptrdiff_t rows, ptrdiff_t columns) {
  return rows * columns >= STREAMED_FLOATS && columns % LANES == 0 && (uintptr_t)p % sizeof(vf) == 0;
}

INLINE void store_streamed(float *p, vf v, ptrdiff_t n, bool streamed) {
  if (streamed)
    __builtin_nontemporal_store(v, (vf *)p);
  else
    store_some(p, v, n);
}

// What was stored past the caches is not ordered before a later store that tells others of it.
INLINE void end_streaming(bool streamed) {
  if (streamed) __atomic_thread_fence(__ATOMIC_SEQ_CST);
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
// a, and 0 where it is subnormal, below 2⁻¹²⁶.
INLINE vf without_subnormals(vf a) { return keep(((vi)a & 0x7F800000) != 0, a); }
// max(0, v), and NaN where v is NaN.
INLINE vf positive_part(vf v) { return keep(~(v < 0), v); }
// The larger one; either where one is NaN.
INLINE vf larger(vf a, vf b) { return choose(a > b, a, b); }

// Sums along an array have SUM_LANES lanes in every family: lane l adds up the elements l, l + SUM_LANES, …, so that every
// family has one order of additions. A family keeps them in SUM_PARTS vectors.
#define SUM_LANES 16
#define SUM_PARTS (SUM_LANES / LANES)

// −1 in the lanes below n, else 0.
INLINE vi lanes_below(ptrdiff_t n) {
  vi lane;
  for (int l = 0; l < LANES; l++) lane[l] = l;
  return lane < (int32_t)n;
}

// A macro, and a pointer below, since functions that pass two registers as one vector have no settled ABI.
#define widen(v) __builtin_convertvector(v, vd)

// Sums of all lanes by halves: the order is fixed.
INLINE float sum_lanes(const vf v[SUM_PARTS]) {
  float part[SUM_LANES];
  for (int p = 0; p < SUM_PARTS; p++) store(part + p * LANES, v[p]);
  for (int width = SUM_LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) part[i] += part[i + width];
  return part[0];
}

// Each half is a shuffle, so that nothing waits for memory.
INLINE double sum_wide_lanes(const vd v[SUM_PARTS]) {
  typedef double v2 __attribute__((vector_size(16)));
  typedef double v4 __attribute__((vector_size(32)));
#if LANES == 16
  typedef double v8 __attribute__((vector_size(64)));
  const v8 eight = __builtin_shufflevector(v[0], v[0], 0, 1, 2, 3, 4, 5, 6, 7) +
                   __builtin_shufflevector(v[0], v[0], 8, 9, 10, 11, 12, 13, 14, 15);
#elif LANES == 8
  const vd eight = v[0] + v[1];
#endif
#if LANES >= 8
  const v4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#else
  const v4 four = (v[0] + v[2]) + (v[1] + v[3]);
#endif
  const v2 two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
  return two[0] + two[1];
}

INLINE float largest_lane(const vf v[SUM_PARTS]) {
  float part[SUM_LANES];
  for (int p = 0; p < SUM_PARTS; p++) store(part + p * LANES, v[p]);
  float largest = part[0];
  for (int i = 1; i < SUM_LANES; i++) largest = part[i] > largest ? part[i] : largest;
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

// The same for what is added up along an array: `pass(i, n, part)`, where `part`, a constant, says which vector of the sum
// the elements belong to.
#define FOR_SUM_VECTORS(count, pass)                                                                                \
  do {                                                                                                              \
    ptrdiff_t sum_start = 0;                                                                                        \
    for (; sum_start + SUM_LANES <= (count); sum_start += SUM_LANES) {                                              \
      _Pragma("unroll") for (int sum_part = 0; sum_part < SUM_PARTS; sum_part++)                                    \
          pass(sum_start + sum_part * LANES, LANES, sum_part);                                                      \
    }                                                                                                               \
    _Pragma("unroll") for (int sum_part = 0; sum_part < SUM_PARTS; sum_part++) {                                    \
      const ptrdiff_t sum_at = sum_start + sum_part * LANES, sum_left = (count) - sum_at;                           \
      if (sum_left >= LANES)                                                                                        \
        pass(sum_at, LANES, sum_part);                                                                              \
      else if (sum_left > 0)                                                                                        \
        pass(sum_at, sum_left, sum_part);                                                                           \
    }                                                                                                               \
  } while (0)

// The same, one vector of the sum after another: for passes of many sums, whose vectors then fit the registers.
#define FOR_SUM_VECTORS_APART(count, pass)                                                                          \
  do {                                                                                                              \
    const ptrdiff_t sum_end = (count);                                                                              \
    _Pragma("unroll") for (int sum_part = 0; sum_part < SUM_PARTS; sum_part++) {                                    \
      ptrdiff_t sum_at = sum_part * LANES;                                                                          \
      for (; sum_at + LANES <= sum_end; sum_at += SUM_LANES) pass(sum_at, LANES, sum_part);                         \
      if (sum_at < sum_end) pass(sum_at, sum_end - sum_at, sum_part);                                               \
    }                                                                                                               \
  } while (0)

#include "peak.h"

// 12 chains cover a latency of 4 cycles with up to three multiply-adds a cycle, and leave room for factor and term in 16
// registers: with more, AVX2 would spill and show half of its peak.
#define CHAINS 12

typedef float v4 __attribute__((vector_size(16)));
typedef float v8 __attribute__((vector_size(32)));
typedef float v16 __attribute__((vector_size(64)));

static volatile float sink;

// Vector registers, as the assembler's constraints name them.
#if defined(__x86_64__)
#define REGISTERS(v) "+v"(v)
#else
#define REGISTERS(v) "+w"(v)
#endif

// The accumulators stay in registers only if every index is a constant: hence the full unroll.
#define DEFINE_CHAINS(name, vector)                                    \
  static void name(int64_t rounds) {                                   \
    vector sum[CHAINS];                                                \
    vector factor = (vector){0} + 0.999f, term = (vector){0} + 0.001f; \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) sum[i] = (vector){0} + (float)i; \
    for (int64_t r = 0; r < rounds; r++) {                             \
      __asm__ volatile("" : REGISTERS(factor), REGISTERS(term));                 \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term; \
    }                                                                  \
    vector all = {0};                                                  \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) all += sum[i]; \
    sink = all[0];                                                     \
  }

DEFINE_CHAINS(run4, v4)

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
DEFINE_CHAINS(run8, v8)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl"))), apply_to = function)
DEFINE_CHAINS(run16, v16)
#pragma clang attribute pop
#endif

int64_t peak_run(PeakWidth width, int64_t rounds) {
  switch (width) {
#if defined(__x86_64__)
    case PeakWidth16:
      run16(rounds);
      return rounds * CHAINS * 16 * 2;
    case PeakWidth8:
      run8(rounds);
      return rounds * CHAINS * 8 * 2;
#else
    case PeakWidth16:
    case PeakWidth8:
#endif
    case PeakWidth4:
      run4(rounds);
      return rounds * CHAINS * 4 * 2;
  }
}

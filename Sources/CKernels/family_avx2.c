// The kernels for CPUs with AVX2 and FMA.
#if defined(__x86_64__)
#include "kernel_table.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define KERNELS kernels_avx2
#include "family.h"
#pragma clang attribute pop
#endif

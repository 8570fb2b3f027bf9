// The kernels for CPUs with AVX-512 (F, VL, DQ, BW).
#if defined(__x86_64__)
#include "kernel_table.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), \
                             apply_to = function)
#define LANES 16
#define KERNELS kernels_avx512
#include "family.h"
#pragma clang attribute pop
#endif

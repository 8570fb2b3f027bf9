// The dense layer on CPUs with AVX-512 (F, VL, DQ, BW): tiles of 14 × 32 in 32 registers.
#if defined(__x86_64__)
#define LANES 16
#define ROWS 14
#define NAME(function) function##_avx512

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#include "dense_body.h"
#pragma clang attribute pop
#endif

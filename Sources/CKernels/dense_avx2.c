// The dense layer on CPUs with AVX2 and FMA: tiles of 6 × 16 in 16 registers.
#if defined(__x86_64__)
#define LANES 8
#define ROWS 6
#define NAME(function) function##_avx2

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "dense_body.h"
#pragma clang attribute pop
#endif

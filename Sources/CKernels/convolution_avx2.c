// The convolutions for AVX2 and FMA: a group of 16 channels is two registers, and 6 × 2 sums fill twelve of sixteen.
#include "convolution_paths.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define PATH(name) name##_avx2
#define PIXELS 6
#define TAPS 6
#define PART 8
#include "convolution_body.h"
#include "convolution_winograd_body.h"
#pragma clang attribute pop
#endif

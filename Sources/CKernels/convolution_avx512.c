// The convolutions for AVX-512: a group of 16 channels is one register; 16 pixels or 28 taps leave room for operands.
#include "convolution_paths.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)
#define PATH(name) name##_avx512
#define PIXELS 16
#define TAPS 28
#define PART 16
#include "convolution_body.h"
#include "convolution_winograd_body.h"
#pragma clang attribute pop
#endif

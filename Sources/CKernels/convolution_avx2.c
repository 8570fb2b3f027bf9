// The convolutions for AVX2 and FMA: a group of 16 channels is two registers, and 6 × 2 sums fill twelve of sixteen.
#if defined(__x86_64__)
#include "avx2.h"
#include "convolution_blocks.h"
#include "family_kernels.h"

#define PIXELS 6
#define TAPS 6
#define PART 8

FAMILY_BEGIN
#include "convolution_body.h"
#include "convolution_winograd_body.h"
FAMILY_END
#endif

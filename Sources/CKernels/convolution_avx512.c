// The convolutions for AVX-512: a group of 16 channels is one register; 16 pixels or 28 taps leave room for operands.
#if defined(__x86_64__)
#include "avx512.h"
#include "convolution_blocks.h"
#include "family_kernels.h"

#define PIXELS 16
#define TAPS 28
#define PART 16

FAMILY_BEGIN
#include "convolution_body.h"
#include "convolution_winograd_body.h"
FAMILY_END
#endif

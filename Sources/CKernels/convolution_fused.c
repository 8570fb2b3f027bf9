// The convolutions for any x86, with the bits of fused multiply-adds: tiles as the portable ones.
#if defined(__x86_64__)
#include "fused.h"
#include "convolution_blocks.h"
#include "family_kernels.h"

#define PIXELS 3
#define TAPS 3
#define PART 4

FAMILY_BEGIN
#include "convolution_body.h"
#include "convolution_winograd_body.h"
FAMILY_END
#endif

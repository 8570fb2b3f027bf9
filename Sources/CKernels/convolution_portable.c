// The convolutions for any processor that clang knows: vectors of 16 floats become what the target has.
#include "portable.h"
#include "convolution_blocks.h"
#include "family_kernels.h"

#define PIXELS 3
#define TAPS 3
#define PART 4

FAMILY_BEGIN
#include "convolution_body.h"
#include "convolution_winograd_body.h"
FAMILY_END

// The dense layer on CPUs with AVX2 and FMA: tiles of 6 × 16 in 16 registers.
#if defined(__x86_64__)
#include "avx2.h"
#include "family_kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ROWS 6

FAMILY_BEGIN
#include "dense_body.h"
FAMILY_END
#endif

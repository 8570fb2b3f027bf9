// The dense layer on CPUs with AVX-512: tiles of 14 × 32 in 32 registers.
#if defined(__x86_64__)
#include "avx512.h"
#include "family_kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ROWS 14

FAMILY_BEGIN
#include "dense_body.h"
FAMILY_END
#endif

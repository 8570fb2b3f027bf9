// The dense layer on any x86, with the bits of fused multiply-adds: tiles as the portable ones.
#if defined(__x86_64__)
#include "fused.h"
#include "family_kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ROWS 4

FAMILY_BEGIN
#include "dense_body.h"
FAMILY_END
#endif

// The dense layer on any CPU: vectors of four floats, tiles of 4 × 8.
#include "portable.h"
#include "family_kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define ROWS 4

FAMILY_BEGIN
#include "dense_body.h"
FAMILY_END

// The vector kernels for any x86, with the bits of fused multiply-adds, and their table.
#if defined(__x86_64__)
#include "fused.h"
#include "family_kernels.h"

FAMILY_BEGIN
#include "family.h"
FAMILY_END
#endif

// The vector kernels for CPUs with AVX2 and FMA, and their table.
#if defined(__x86_64__)
#include "avx2.h"
#include "family_kernels.h"

FAMILY_BEGIN
#include "family.h"
FAMILY_END
#endif

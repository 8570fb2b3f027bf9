// The vector kernels for CPUs with AVX-512, and their table.
#if defined(__x86_64__)
#include "avx512.h"
#include "family_kernels.h"

FAMILY_BEGIN
#include "family.h"
FAMILY_END
#endif

// The vector kernels for any CPU, and its table.
#include "portable.h"
#include "family_kernels.h"

FAMILY_BEGIN
#include "family.h"
FAMILY_END

// The kernels for any CPU: four lanes are SSE2's or NEON's registers.
#include "kernel_table.h"

#define LANES 4
#define KERNELS kernels_portable
#include "family.h"

#include "kernel_table.h"

#include <stdatomic.h>

extern const KernelTable kernels_portable;
#if defined(__x86_64__)
extern const KernelTable kernels_fused;
extern const KernelTable kernels_avx2;
extern const KernelTable kernels_avx512;
#endif

bool kernel_family_supported(KernelFamily family) {
#if defined(__x86_64__)
  switch (family) {
  case KernelFamilyPortable:
  case KernelFamilyFused:
    return true;
  case KernelFamilyAVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case KernelFamilyAVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
  return false;
#else
  return family == KernelFamilyPortable;
#endif
}

const KernelTable *kernel_table(KernelFamily family) {
#if defined(__x86_64__)
  if (family == KernelFamilyAVX512 && kernel_family_supported(family)) return &kernels_avx512;
  if (family == KernelFamilyFused) return &kernels_fused;
  if (family == KernelFamilyAVX2 && kernel_family_supported(family)) return &kernels_avx2;
#endif
  return &kernels_portable;
}

static _Atomic(const KernelTable *) in_use;
static _Thread_local const KernelTable *forced;

const KernelTable *kernel_table_in_use(void) {
  return forced ? forced : atomic_load_explicit(&in_use, memory_order_relaxed);
}
void kernel_table_use(const KernelTable *table) { atomic_store_explicit(&in_use, table, memory_order_relaxed); }
void kernel_table_force(const KernelTable *table) { forced = table; }

// A digest of all that each kernel writes, for inputs that every machine makes alike and sizes that no vector divides.
#ifndef KERNEL_DIGESTS_H
#define KERNEL_DIGESTS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum { kernel_digests_most = 32 };

typedef struct KernelDigest {
  const char *name;
  uint64_t value;
} KernelDigest;

/// Those of a family of kernels, at most kernel_digests_most, by the name that ISOTHERM_KERNELS takes.
///
/// Returns their number, 0 for a family that this CPU cannot run. One call at a time.
ptrdiff_t kernel_digests(const char *family, KernelDigest *into);

#pragma clang assume_nonnull end

#endif

// The digests of a family of kernels, a line each: its name, then the digest. scripts/portable.sh compiles it for other CPUs.
#include <stdio.h>

#include "kernel_digests.h"

int main(int argc, char **argv) {
  KernelDigest digests[kernel_digests_most];
  const ptrdiff_t count = kernel_digests(argc > 1 ? argv[1] : "portable", digests);
  for (ptrdiff_t i = 0; i < count; i++)
    printf("%-34s %016llx\n", digests[i].name, (unsigned long long)digests[i].value);
  return count > 0 ? 0 : 3;
}

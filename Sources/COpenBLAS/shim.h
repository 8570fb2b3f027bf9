// The system's OpenBLAS. Debian and Ubuntu keep cblas.h on the default path, Fedora and Arch in openblas/.
#if __has_include(<cblas.h>)
#include <cblas.h>
#else
#include <openblas/cblas.h>
#endif

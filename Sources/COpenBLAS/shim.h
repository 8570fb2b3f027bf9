// The system's OpenBLAS. Debian and Ubuntu keep cblas.h on the default path, Fedora and Arch in openblas/.
#if __has_include(<cblas.h>)
#include <cblas.h>
#else
#include <openblas/cblas.h>
#endif
#include <stddef.h>

// LAPACK's symmetric eigenproblem, which OpenBLAS contains; its own header is not always installed. Fortran passes
// the lengths of the two words behind the other arguments.
void dsyevd_(const char *job, const char *triangle, const blasint *order, double *matrix, const blasint *stride,
             double *eigenvalues, double *work, const blasint *work_count, blasint *integer_work,
             const blasint *integer_work_count, blasint *info, size_t job_length, size_t triangle_length);

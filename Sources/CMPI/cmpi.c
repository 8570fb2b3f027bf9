#define _GNU_SOURCE
#include "CMPI.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Handles are addresses of objects that the library exports. */
#define FAMILY open
#define FAMILY_NAME "Open MPI"
#define HANDLE void *
#define COMM_WORLD dlsym(library, "ompi_mpi_comm_world")
#define BYTE dlsym(library, "ompi_mpi_byte")
#define ERRORS_RETURN dlsym(library, "ompi_mpi_errors_return")
#define STATUS_IGNORE ((void *)0)
#include "family.inc"

/* Handles are numbers, which MPICH, Intel MPI and MVAPICH have agreed on (MPICH ABI compatibility initiative). */
#define FAMILY mpich
#define FAMILY_NAME "MPICH"
#define HANDLE int
#define COMM_WORLD 0x44000000
#define BYTE 0x4c00010d
#define ERRORS_RETURN 0x54000001
#define STATUS_IGNORE ((void *)1)
#include "family.inc"

const cmpi_family *cmpi_open(const char *library, char *version, char *problem) {
  version[0] = problem[0] = 0;
  /* Open MPI's own plug-ins want its symbols to be seen by all. */
  void *handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
  if (handle == 0) {
    const char *reason = dlerror();
    snprintf(problem, 8192, "%s", reason ? reason : "cannot be loaded");
    return 0;
  }
  int (*get_version)(char *, int *) = 0;
  *(void **)&get_version = dlsym(handle, "MPI_Get_library_version");
  int length = 0;
  if (get_version == 0 || get_version(version, &length) != 0) {
    snprintf(problem, 8192, "is no library of MPI 3: it has no MPI_Get_library_version");
    return 0;
  }
  if (strstr(version, "Open MPI") != 0) return bind_open(handle, problem);
  if (strstr(version, "MPICH") != 0 || strstr(version, "Intel(R) MPI") != 0 || strstr(version, "MVAPICH") != 0) {
    return bind_mpich(handle, problem);
  }
  snprintf(problem, 8192, "is of no known family: %.200s", version);
  return 0;
}

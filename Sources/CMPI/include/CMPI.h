#ifndef CMPI_H
#define CMPI_H

#include <stdint.h>

/* MPI, found when it is wanted and not before: no header and no library of MPI is needed to build or start the program.
 *
 * Two binary interfaces are known, that of Open MPI and that of MPICH (which Intel MPI and MVAPICH share). Their handles
 * and constants differ; one body (family.inc) is compiled for each. Messages are bytes. All functions are called by one
 * thread at a time. */

/* A level of MPI_Init_thread, the same number in both families and in the standard's own interface: any thread may call, one
 * at a time. */
#define CMPI_THREAD_SERIALIZED 2

/* A message on its way. */
typedef struct {
  uintptr_t handle;
} cmpi_request;

/* What a family offers; every function but the last returns 0, or MPI's error code. Nobody changes it. */
typedef struct __attribute__((swift_attr("@Sendable"))) {
  const char *name;
  /* Starts MPI for a program whose threads call it one at a time; `provided`: the level of MPI_Init_thread. */
  int (*start)(int *provided);
  int (*size)(int *rank, int *ranks);
  /* Starts to send or to receive; `bytes` ≤ INT32_MAX. */
  int (*send)(const void *data, int bytes, int peer, int tag, cmpi_request *request);
  int (*receive)(void *data, int bytes, int peer, int tag, cmpi_request *request);
  /* Makes progress; `done` becomes 1 when the message has left or come. */
  int (*test)(cmpi_request *request, int *done);
  int (*finish)(void);
  /* Ends all ranks. */
  int (*abort)(int code);
  /* `text` holds 8,192 bytes. */
  void (*describe)(int error, char *text);
} cmpi_family;

/* Loads a library of MPI and says which family it is; `version` and `problem` hold 8,192 bytes each.
 * Returns 0 where it cannot be loaded or is of no known family; `problem` says why. */
const cmpi_family *cmpi_open(const char *library, char *version, char *problem);

#endif

#include <hwloc.h>
#include <stddef.h>

#ifdef __linux__
// The C library's calls on the units that a thread may run on (sched_setaffinity(2)), under names of their own: its header
// shows them to a program that defines _GNU_SOURCE, which Swift does not.
int isotherm_unit_of_moment(void) __asm__("sched_getcpu");
int isotherm_bind_thread(int thread, size_t bytes, const void *units) __asm__("sched_setaffinity");
int isotherm_units_of_thread(int thread, size_t bytes, void *units) __asm__("sched_getaffinity");
#endif

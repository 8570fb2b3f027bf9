// Counts heap allocations of the whole process, for tests that gate them.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

/// Whether this build counts (glibc, and no sanitizer that wants malloc for itself).
int allocation_counter_works(void);
/// Allocations so far by malloc, calloc, realloc, aligned_alloc and posix_memalign, over all threads.
long allocation_counter_value(void);

#endif

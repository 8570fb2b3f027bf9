#include "allocation_counter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

// The functions below take the place of glibc's in every test program that links this target, count the call and
// pass it on to glibc under its internal names. Sanitizers replace malloc too, so there this file counts nothing.
#if defined(__GLIBC__) && !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)

static atomic_long allocations;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void count(void) { atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed); }

void *malloc(size_t bytes) {
  count();
  return __libc_malloc(bytes);
}

void *calloc(size_t n, size_t bytes) {
  count();
  return __libc_calloc(n, bytes);
}

void *realloc(void *old, size_t bytes) {
  count();
  return __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
  count();
  return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
  count();
  void *p = __libc_memalign(alignment, bytes);
  if (!p) return ENOMEM;
  *result = p;
  return 0;
}

int allocation_counter_works(void) { return 1; }
long allocation_counter_value(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }

#else

int allocation_counter_works(void) { return 0; }
long allocation_counter_value(void) { return 0; }

#endif

// A library to load before a program (LD_PRELOAD), which makes one of its system calls fail, or ends it there.
//
//   ISOTHERM_FAULT=CALL:N:ACTION   the N-th CALL (from 1) fails; ACTION is an error (EIO, ENOSPC, EINTR, EMFILE, ENOMEM,
//                                  EACCES), SHORT (a write of half the bytes), FULL (from the N-th on every write,
//                                  fsync and mkdir finds a full disk), KILL (SIGKILL before the call), or INT, TERM, HUP
//                                  (that signal before the call, which then goes on).
//   ISOTHERM_FAULT_UNDER=FOLDER    counts only calls for files below this folder.
//   ISOTHERM_FAULT_COUNTS=FILE     writes at the end how many of each CALL there were: "write 12".
//
// CALL is open, write, fsync, rename, mkdir, close or mmap (of files: memory alone is not counted).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { OPEN, WRITE, FSYNC, RENAME, MKDIR, CLOSE, MMAP, CALLS };
static const char *const names[CALLS] = {"open", "write", "fsync", "rename", "mkdir", "close", "mmap"};
// Actions that are no errors; a signal n is SIGNAL - n.
enum { NONE = 0, SHORT = -1, KILL = -2, FULL = -3, SIGNAL = -100 };

static _Atomic long counts[CALLS];
static _Atomic int is_full;
static int wanted = -1, action = NONE;
static long place;
static const char *under, *counts_file;

static int error_named(const char *name) {
  static const struct { const char *name; int code; } errors[] = {
    {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"EACCES", EACCES},
    {"SHORT", SHORT}, {"KILL", KILL}, {"FULL", FULL}, {"INT", SIGNAL - SIGINT},
    {"TERM", SIGNAL - SIGTERM}, {"HUP", SIGNAL - SIGHUP}};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (strcmp(errors[i].name, name) == 0) return errors[i].code;
  return NONE;
}

__attribute__((constructor)) static void begin(void) {
  under = getenv("ISOTHERM_FAULT_UNDER");
  counts_file = getenv("ISOTHERM_FAULT_COUNTS");
  const char *fault = getenv("ISOTHERM_FAULT");
  char call[16], act[16];
  if (fault && sscanf(fault, "%15[a-z]:%ld:%15[A-Z]", call, &place, act) == 3) {
    for (int i = 0; i < CALLS; i++)
      if (strcmp(names[i], call) == 0) wanted = i;
    action = error_named(act);
  }
}

__attribute__((destructor)) static void end(void) {
  if (!counts_file) return;
  FILE *file = fopen(counts_file, "w");
  if (!file) return;
  for (int i = 0; i < CALLS; i++) fprintf(file, "%s %ld\n", names[i], counts[i]);
  fclose(file);
}

static int is_below(const char *path) { return !under || (path && strncmp(path, under, strlen(under)) == 0); }

static int is_file_below(int descriptor) {
  if (!under) return descriptor > 2;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

// What shall become of this call: NONE, an error, SHORT. Kills itself where it shall.
static int fault(enum call call) {
  if (is_full && (call == WRITE || call == FSYNC || call == MKDIR)) return ENOSPC;
  if (atomic_fetch_add(&counts[call], 1) + 1 != place || (int)call != wanted) return NONE;
  if (action == KILL) kill(getpid(), SIGKILL);
  if (action < SIGNAL) {
    kill(getpid(), SIGNAL - action);
    return NONE;
  }
  if (action == FULL) {
    is_full = 1;
    return ENOSPC;
  }
  return action;
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FAIL_IF(condition, call) \
  do { \
    int code = (condition) ? fault(call) : NONE; \
    if (code > 0) { errno = code; return -1; } \
  } while (0)

static mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPENING(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list arguments; \
    va_start(arguments, flags); \
    mode_t mode = mode_of(flags, arguments); \
    va_end(arguments); \
    FAIL_IF(is_below(path), OPEN); \
    return real(path, flags, mode); \
  }
OPENING(open)
OPENING(open64)

#define OPENING_AT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    REAL(name); \
    va_list arguments; \
    va_start(arguments, flags); \
    mode_t mode = mode_of(flags, arguments); \
    va_end(arguments); \
    FAIL_IF(is_below(path), OPEN); \
    return real(folder, path, flags, mode); \
  }
OPENING_AT(openat)
OPENING_AT(openat64)

ssize_t write(int descriptor, const void *bytes, size_t count) {
  REAL(write);
  int code = is_file_below(descriptor) ? fault(WRITE) : NONE;
  if (code > 0) { errno = code; return -1; }
  return real(descriptor, bytes, code == SHORT && count > 1 ? count / 2 : count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  REAL(pwrite);
  int code = is_file_below(descriptor) ? fault(WRITE) : NONE;
  if (code > 0) { errno = code; return -1; }
  return real(descriptor, bytes, code == SHORT && count > 1 ? count / 2 : count, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  REAL(writev);
  FAIL_IF(is_file_below(descriptor), WRITE);
  return real(descriptor, parts, count);
}

int fsync(int descriptor) {
  REAL(fsync);
  FAIL_IF(is_file_below(descriptor), FSYNC);
  return real(descriptor);
}

int fdatasync(int descriptor) {
  REAL(fdatasync);
  FAIL_IF(is_file_below(descriptor), FSYNC);
  return real(descriptor);
}

int rename(const char *old, const char *new) {
  REAL(rename);
  FAIL_IF(is_below(new), RENAME);
  return real(old, new);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  FAIL_IF(is_below(path), MKDIR);
  return real(path, mode);
}

int close(int descriptor) {
  REAL(close);
  int code = is_file_below(descriptor) ? fault(CLOSE) : NONE;
  int result = real(descriptor);
  if (code > 0) { errno = code; return -1; }
  return result;
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
  REAL(mmap);
  int code = !(flags & MAP_ANONYMOUS) && is_file_below(descriptor) ? fault(MMAP) : NONE;
  if (code > 0) { errno = code; return MAP_FAILED; }
  return real(address, length, protection, flags, descriptor, offset);
}

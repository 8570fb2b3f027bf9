#!/usr/bin/env bash
# Sanitizers: ThreadSanitizer over the rooms that share memory between threads, and over a short training run;
# AddressSanitizer and UndefinedBehaviorSanitizer over the kernels of every family that this machine has.
#
#   scripts/sanitize.sh            both
#   scripts/sanitize.sh thread     the first
#   scripts/sanitize.sh address    the second
set -euo pipefail
tests="$(dirname "$0")/test.sh"

threads() {
  # Locks must be ones that it knows: pthread's, Foundation's, atomics; not Synchronization.Mutex.
  export TSAN_OPTIONS="halt_on_error=1"
  # Only what these tests need is built.
  ISOTHERM_TESTS=WorkersTests,GradientsTests,CoordinatorTests \
    "$tests" --sanitize=thread --build-path .build/tsan --filter 'WorkersTests|GradientsTests|SanitizedTrainingTests'
}

# The kernels' own tests are the driver: they call every function of every family with sizes that do not divide, and compare
# with naive ones. ISOTHERM_GUARD_PAGES puts each buffer's last element before a page that nobody may touch, which C code
# that no sanitizer sees (OpenBLAS) feels too.
addresses() {
  export ASAN_OPTIONS="detect_leaks=0" UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
  ISOTHERM_TESTS=KernelsTests,ConvolutionTests ISOTHERM_GUARD_PAGES=1 \
    "$tests" --sanitize=address --build-path .build/asan \
    -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined --filter 'KernelsTests|ConvolutionTests'
}

case ${1:-all} in
  all)
    threads
    addresses
    ;;
  thread) threads ;;
  address) addresses ;;
  *)
    echo "usage: scripts/sanitize.sh [thread | address]" >&2
    exit 2
    ;;
esac

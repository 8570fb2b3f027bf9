#!/usr/bin/env bash
# ThreadSanitizer over the rooms that share memory between threads, and over a short training run.
set -euo pipefail
# Locks must be ones that it knows: pthread's, Foundation's, atomics; not Synchronization.Mutex.
export TSAN_OPTIONS="halt_on_error=1"
# Only what these tests need is built.
export ISOTHERM_TESTS=WorkersTests,GradientsTests,CoordinatorTests
"$(dirname "$0")/test.sh" --sanitize=thread --build-path .build/tsan \
  --filter 'WorkersTests|GradientsTests|SanitizedTrainingTests'

#!/usr/bin/env bash
# Runs the tests in release mode, with further arguments of `swift test`. Where some fail, their lines come once more
# at the end: a log may be cut, and what failed should then still be read.
set -uo pipefail
mkdir -p .build || exit 1
log=.build/tests.log
"${SWIFT:-swift}" test -c release --disable-testable-imports "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
  printf '\n== failed (exit code %s): the lines that say so, at most 40, from %s\n' "$status" "$log"
  grep -aE '✘|↳|recorded an issue|error:' "$log" | awk '!seen[$0]++' | head -n 40
fi
exit "$status"

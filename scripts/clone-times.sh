#!/usr/bin/env bash
# How long a newcomer waits: clones a revision (default: HEAD), with empty caches of SwiftPM and of the compiler, and
# times `make train` and then `make test` (default: train alone), or what else is named. Wants a quiet machine.
#
#   scripts/clone-times.sh HEAD train test
set -euo pipefail
cd "$(dirname "$0")/.."
revision=$(git rev-parse "${1:-HEAD}")
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(train)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# SwiftPM keeps what it fetched below the first, clang what it compiled of system headers below the second.
export XDG_CACHE_HOME=$folder/cache
export CLANG_MODULE_CACHE_PATH=$folder/modules

TIMEFORMAT='%1R s, %1U s of user and %1S s of system time'
printf '%s on %s cores, load before %s\n' "${revision:0:9}" "$(nproc)" "$(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown)"
printf 'git clone: '
time git clone --quiet . "$folder/clone" && git -C "$folder/clone" checkout --quiet "$revision"
for target in "${targets[@]}"; do
  log=$folder/$target.log
  printf 'make %s: ' "$target"
  time make -C "$folder/clone" "$target" >"$log" 2>&1 || { tail -n 30 "$log"; exit 1; }
  # What the time after the build was.
  grep -aE 'Build complete|Build of product|Test run with' "$log" || true
done
printf 'load after %s\n' "$(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || echo unknown)"

#!/usr/bin/env bash
# Portable arithmetic: compiles the kernels for this CPU and for aarch64, runs them (the latter in QEMU) on the same inputs,
# and holds the digests of what they write against Tests/CKernelDigests/expected.txt.
#
#   scripts/portable.sh            compares
#   scripts/portable.sh --write    writes that file anew, where all agree: then Arithmetic.portableVersion has to rise
#
# Needs clang, which every Swift toolchain has; for aarch64, on Debian and Ubuntu: apt-get install gcc-aarch64-linux-gnu
# libc6-dev-arm64-cross qemu-user-static. Without these, this CPU alone is tried, and a line says so.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=$(command -v "${SWIFT:-swift}" || true)
clang=${CLANG:-$(command -v clang || echo "$(dirname "$(readlink -f "$swift")")/clang")}
build=.build/portable
digests=Tests/CKernelDigests
expected=$digests/expected.txt

# compile FOLDER LINKER FLAG…: the kernels and the program of their digests.
compile() {
  local folder=$1 linker=$2 file
  shift 2
  mkdir -p "$folder"
  rm -f "$folder"/*.o
  for file in Sources/CKernels/*.c "$digests"/*.c; do
    "$clang" -O2 "$@" -ISources/CKernels/include -I"$digests/include" -c "$file" -o "$folder/$(basename "$file" .c).o"
  done
  "$linker" -static "$folder"/*.o -lm -o "$folder/kernel_digests"
}

# check NAME COMMAND…: what a command prints is what is expected.
failures=0
check() {
  local name=$1 output status=0
  shift
  output=$("$@") || status=$?
  if [ "$status" = 3 ]; then
    echo "$name: not on this CPU"
  elif [ "$status" != 0 ]; then
    echo "$name: failed with exit code $status" >&2
    failures=$((failures + 1))
  elif difference=$(diff "$expected" - <<<"$output"); then
    echo "$name: the expected digests"
  else
    echo "$name: other digests:" >&2
    sed -n 's/^>/ /p' <<<"$difference" >&2
    failures=$((failures + 1))
  fi
}

families="fused avx2 avx512"
if [ "$(uname -m)" != x86_64 ]; then families=portable; fi
compile "$build/native" "$clang"
if [ "${1:-}" = --write ]; then "$build/native/kernel_digests" "${families%% *}" >"$expected"; fi
for family in $families; do check "$(uname -m), $family" "$build/native/kernel_digests" "$family"; done

qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)
linker=$(command -v aarch64-linux-gnu-gcc || true)
if [ "$(uname -m)" = aarch64 ]; then
  :
elif [ -z "$qemu" ] || [ -z "$linker" ]; then
  echo "aarch64: not tried; apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
else
  compile "$build/aarch64" "$linker" --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include
  check "aarch64, portable, in QEMU" "$qemu" "$build/aarch64/kernel_digests" portable
fi
exit $((failures > 0))

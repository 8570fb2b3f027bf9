#!/usr/bin/env bash
# Makes sure that a Swift toolchain and the system's libraries are here (OpenBLAS, the threaded build, zlib, libcrypto, those
# for pictures, zip files, downloads and the machine's topology): installs them with apt where it can, else says what to install.
set -euo pipefail

if ! command -v "${SWIFT:-swift}" >/dev/null; then
  echo "setup: no 'swift' on the PATH. Install Swift 6.2 or newer: https://www.swift.org/install/" >&2
  exit 1
fi

# Swift's toolchain brings a clang, so there is always a compiler to ask.
compiler=$(command -v "${CC:-cc}" || command -v clang || echo "$(dirname "$(readlink -f "$(command -v "${SWIFT:-swift}")")")/clang")
has_header() { echo "#include <$1>" | "$compiler" -E -x c - >/dev/null 2>&1; }

missing=()
has_header cblas.h || has_header openblas/cblas.h || missing+=(libopenblas-dev)
has_header zlib.h || missing+=(zlib1g-dev)
has_header openssl/evp.h || missing+=(libssl-dev)
has_header turbojpeg.h || missing+=(libturbojpeg0-dev)
has_header png.h || missing+=(libpng-dev)
has_header webp/decode.h || missing+=(libwebp-dev)
has_header zip.h || missing+=(libzip-dev)
has_header curl/curl.h || missing+=(libcurl4-openssl-dev)
has_header hwloc.h || missing+=(libhwloc-dev)
[ ${#missing[@]} -eq 0 ] && exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then root=(sudo -n); else root=(none); fi
fi
if command -v apt-get >/dev/null && [ "${root[*]:-}" != none ]; then
  echo "setup: installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq "${missing[@]}" >/dev/null
  exit 0
fi

cat >&2 <<TEXT
setup: missing: ${missing[*]} (Debian's names). Install them, then try again:
  Debian, Ubuntu   sudo apt-get install ${missing[*]}
  Fedora           sudo dnf install openblas-devel zlib-devel openssl-devel turbojpeg-devel libpng-devel libwebp-devel libzip-devel libcurl-devel hwloc-devel
  Arch             sudo pacman -S openblas zlib openssl libjpeg-turbo libpng libwebp libzip curl hwloc
OpenBLAS must be a threaded build: the serial one gives wrong results when several threads call it.
TEXT
exit 1

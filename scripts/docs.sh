#!/usr/bin/env bash
# The library's documentation: symbol graphs of what `import Isotherm` shows, and Sources/Isotherm/Isotherm.docc, by the
# toolchain's own docc, so that nobody who uses the library has to fetch a plugin. A warning is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
tools=$(dirname "$(readlink -f "$(command -v "$swift")")")
output=.build/docs
symbols=$output/symbols
rm -rf "$output"
mkdir -p "$symbols"

"$swift" build -c release --target Isotherm
modules=$("$swift" build -c release --show-bin-path)/Modules
target=$("$swift" -print-target-info | sed -n 's/.*"triple" : "\([^"]*\)".*/\1/p' | head -n 1)
maps=()
for map in Sources/C*/module.modulemap Sources/CKernels/include; do
  [ -f "$map" ] && maps+=(-Xcc "-fmodule-map-file=$map")
  [ -d "$map" ] && maps+=(-I "$map")
done
# What the umbrella exports again belongs to it.
"$tools/swift-symbolgraph-extract" -module-name Isotherm -target "$target" -I "$modules" "${maps[@]}" \
  -minimum-access-level public -skip-synthesized-members -experimental-allowed-reexported-modules="$(
    sed -n 's/^@_exported import //p' Sources/Isotherm/Isotherm.swift | paste -sd , -)" -output-dir "$symbols"
scripts/snippets.py
"$tools/docc" convert Sources/Isotherm/Isotherm.docc --additional-symbol-graph-dir "$symbols" --output-dir "$output/Isotherm.doccarchive" \
  --fallback-display-name Isotherm --fallback-bundle-identifier isotherm.Isotherm --warnings-as-errors
echo "documentation in $output/Isotherm.doccarchive"

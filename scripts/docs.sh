#!/usr/bin/env bash
# The library's documentation: what `import Isotherm` shows, and the pages in Sources/Isotherm/Isotherm.docc, by the
# toolchain's own docc, so that nobody who uses the library has to fetch a plugin. A warning is an error.
#
# Also holds the surface against docs/surface.txt, the list of its types, so that none comes or goes unseen; --accept
# writes the list anew.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
output=.build/docs
rm -rf "$output"
mkdir -p "$output/symbols"

scripts/snippets.py
"$swift" build -c release --target Isotherm
build=$("$swift" build -c release --show-bin-path)
tools=$(dirname "$(readlink -f "$(command -v "$swift")")")
target=$("$swift" -print-target-info | sed -n 's/.*"unversionedTriple": *"\([^"]*\)".*/\1/p' | head -n 1)
maps=(-Xcc "-fmodule-map-file=$build/CKernels.build/module.modulemap")
for map in Sources/*/module.modulemap; do maps+=(-Xcc "-fmodule-map-file=$map"); done
# What the umbrella exports again is its own.
rooms=$(sed -n 's/^@_exported import //p' Sources/Isotherm/Isotherm.swift | paste -s -d , -)
"$tools/swift-symbolgraph-extract" -module-name Isotherm -target "$target" -I "$build/Modules" "${maps[@]}" \
  -minimum-access-level public -skip-synthesized-members -experimental-allowed-reexported-modules="$rooms" \
  -output-dir "$output/symbols"
"$tools/docc" convert Sources/Isotherm/Isotherm.docc --additional-symbol-graph-dir "$output/symbols" \
  --output-dir "$output/Isotherm.doccarchive" --fallback-display-name Isotherm \
  --fallback-bundle-identifier isotherm.Isotherm --warnings-as-errors

python3 - "$output/symbols/Isotherm.symbols.json" "${1:-}" <<'PYTHON'
import json, pathlib, sys

symbols = json.load(open(sys.argv[1]))["symbols"]
found = sorted({s["pathComponents"][0] for s in symbols if len(s["pathComponents"]) == 1})
page = pathlib.Path("docs/surface.txt")
if sys.argv[2] == "--accept":
    page.write_text("\n".join(found) + "\n")
listed = page.read_text().split() if page.exists() else []
for name in sorted(set(found) ^ set(listed)):
    print(f"docs: {name} {'is new in' if name in found else 'has left'} the library's surface", file=sys.stderr)
if found != listed:
    sys.exit("docs: if that is meant, scripts/docs.sh --accept, and say so in CHANGELOG.md")
print(f"{len(found)} types, {len(symbols)} symbols")
PYTHON
echo "documentation in $output/Isotherm.doccarchive"

#!/usr/bin/env bash
# Makes the Swift of Sources/Protobufs/*.proto, which is committed so that a build needs no compiler of protocols.
#
# Needs protoc (Debian's protobuf-compiler) and swift-protobuf's generator: the one that PROTOC_GEN_SWIFT names, else the
# package's own is built, of the version that Package.swift resolves to.
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
command -v protoc > /dev/null || {
  echo "protobufs: protoc is missing; on Debian and Ubuntu: apt-get install protobuf-compiler" >&2
  exit 1
}
generator=${PROTOC_GEN_SWIFT:-}
if [[ -z $generator ]]; then
  "$swift" package resolve
  package=.build/checkouts/swift-protobuf
  "$swift" build -c release --package-path "$package" --product protoc-gen-swift
  generator=$("$swift" build -c release --package-path "$package" --show-bin-path)/protoc-gen-swift
fi
for file in Sources/Protobufs/*.proto; do
  # A file without messages has no Swift.
  grep -q '^message' "$file" || continue
  protoc --proto_path=Sources/Protobufs --plugin=protoc-gen-swift="$generator" --swift_out=Sources/Protobufs \
    --swift_opt=Visibility=Package "$file"
  echo "${file%.proto}.pb.swift"
done

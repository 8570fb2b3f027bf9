#!/usr/bin/env bash
# libFuzzer with AddressSanitizer over the targets: inputs that reach new code are altered again. It is a build of its own,
# in .build/fuzz, and wants the compiler's libFuzzer, which Swift's releases for Linux have.
#
#   scripts/fuzz-guided.sh SECONDS [TARGET …]     so many seconds for each target; all of them, if none is named
#
# What fails is kept in .build/fuzz-failures; what reached something new is in .build/fuzz-corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?how many seconds for each target}
shift
swift=${SWIFT:-swift}
runtime=$("$swift" -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
# Beside the compiler's own clang, under its version or not, or linked from Swift's folder. A pattern without a file is none.
library=$(find -L "$runtime"/clang "$runtime"/../clang -name "libclang_rt.fuzzer_no_main*$(uname -m).a" 2>/dev/null |
  head -n 1 || true)
[ -n "$library" ] || { echo "fuzz-guided: no libFuzzer beside this compiler ($runtime); make fuzz needs none" >&2; exit 1; }

export ISOTHERM_TESTS=Fuzz
coverage=edge,indirect-calls,trace-cmp,inline-8bit-counters,pc-table
"$swift" build -c release --product Fuzz --scratch-path .build/fuzz --sanitize=address \
  -Xswiftc -DISOTHERM_LIBFUZZER -Xswiftc "-sanitize-coverage=$coverage" -Xcc "-fsanitize-coverage=$coverage" \
  -Xlinker "$library" -Xlinker -lstdc++ 2>&1 | grep -v "Cannot export local symbol"

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(find Tests/Corpus -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort)
mkdir -p .build/fuzz-failures
status=0
for target in "${targets[@]}"; do
  mkdir -p ".build/fuzz-corpus/$target"
  # Backtraces of each trap would take longer than the search.
  if ! ISOTHERM_FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:symbolize=0:allocator_may_return_null=1 \
    .build/fuzz/release/Fuzz ".build/fuzz-corpus/$target" "Tests/Corpus/$target" -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=4096 -malloc_limit_mb=2048 -max_len=65536 -artifact_prefix=".build/fuzz-failures/$target-" \
    -print_final_stats=1 -verbosity=0 2> ".build/fuzz-failures/$target.log"; then
    status=1
    tail -n 12 ".build/fuzz-failures/$target.log"
  fi
  echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' ".build/fuzz-failures/$target.log") inputs"
done
exit $status

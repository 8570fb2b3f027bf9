// AVX2 and FMA: floats of a vector, the suffix of functions that other files see, and the target of what lies between the
// two last ones.
#include <immintrin.h>

#define LANES 8
#define NAME(name) name##_avx2
#define FAMILY_BEGIN \
  _Pragma("clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = function)")
#define FAMILY_END _Pragma("clang attribute pop")

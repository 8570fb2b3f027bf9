// Multiply-adds that say how they round, so that the families of CPU instructions agree to the bit.
//
// The compiler fuses nothing by itself here, since what it would fuse depends on the instructions it has. `fused` rounds
// a · b + c once, as the instructions of AVX2, AVX-512 and NEON do. A family for CPUs that may have none defines FUSED:
//
//   FUSED_TWICE      rounds twice, product and sum: as fast as it goes, but its bits are its own
//   FUSED_SOFTWARE   computes the bits of the instruction, some twenty times as slowly
//
// `fused` takes vectors of floats of one type; `fused_wide` and `add_exact` take doubles too. `add_exact` is for products
// that are exact, so that it does not matter how often they are rounded.
#ifndef ISOTHERM_MULTIPLY_ADD_H
#define ISOTHERM_MULTIPLY_ADD_H

#pragma STDC FP_CONTRACT OFF

#define FUSED_TWICE 1
#define FUSED_SOFTWARE 2

#if !defined(FUSED)
#define fused(a, b, c) __builtin_elementwise_fma(a, b, c)
#define fused_wide(a, b, c) __builtin_elementwise_fma(a, b, c)
#define add_exact(a, b, c) __builtin_elementwise_fma(a, b, c)
#elif FUSED == FUSED_TWICE
#define fused(a, b, c) ((a) * (b) + (c))
#define fused_wide(a, b, c) ((a) * (b) + (c))
#define add_exact(a, b, c) ((a) * (b) + (c))
#else
// In double precision a · b is exact. Its sum with c is rounded to odd: where it is not exact, to that of its two
// neighbours whose last bit is set. Rounded again, to single precision, that is as if it had been rounded once (Boldo and
// Melquiond 2008, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd"). The sum's error
// is exact too (Knuth, "The art of computer programming", 4.2.2); it is NaN where the sum is infinite or NaN, and then
// the sum stays as it is.
#define fused(a, b, c)                                                                                              \
  ({                                                                                                                \
    typedef __typeof__((a) * (b)) FusedFloats;                                                                      \
    typedef double FusedDoubles __attribute__((vector_size(2 * sizeof(FusedFloats))));                              \
    typedef int64_t FusedBits __attribute__((vector_size(2 * sizeof(FusedFloats))));                                \
    const FusedDoubles fused_product = __builtin_convertvector((FusedFloats)(a), FusedDoubles) *                    \
                                       __builtin_convertvector((FusedFloats)(b), FusedDoubles);                     \
    const FusedDoubles fused_addend = __builtin_convertvector((FusedFloats)(c), FusedDoubles);                      \
    const FusedDoubles fused_sum = fused_product + fused_addend, fused_part = fused_sum - fused_product;            \
    const FusedDoubles fused_error =                                                                                \
        (fused_product - (fused_sum - fused_part)) + (fused_addend - fused_part);                                   \
    const FusedBits fused_inexact = (fused_error < 0) | (fused_error > 0);                                          \
    const FusedBits fused_even = ((FusedBits)fused_sum & 1) - 1;                                                    \
    const FusedBits fused_step = (((FusedBits)fused_error ^ (FusedBits)fused_sum) >> 63) | 1;                       \
    __builtin_convertvector((FusedDoubles)((FusedBits)fused_sum + (fused_step & fused_even & fused_inexact)),       \
                            FusedFloats);                                                                           \
  })
// Few of these are left, and the library's function is exact.
#define fused_wide(a, b, c) __builtin_elementwise_fma(a, b, c)
#define add_exact(a, b, c) ((a) * (b) + (c))
#endif

#endif

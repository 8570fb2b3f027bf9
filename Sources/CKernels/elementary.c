#include "elementary.h"

#include <stdint.h>
#include <string.h>

// Sums and products of double precision, each rounded, and nothing else: any CPU does the same.
#pragma STDC FP_CONTRACT OFF

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// ln 2 in two parts: the first has 21 zeros at its end, so that its product with an exponent is exact.
static const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;

// x = 2^n · m with m in [√½, √2), f = m − 1, s = f ÷ (2 + f): ln m = 2 artanh s = 2s + 2s³/3 + 2s⁵/5 + …, |s| < 0.172.
// As f − (f²/2 − s · (f²/2 + R)), R = ln m − …, so that the largest term is exact.
double natural_logarithm(double x) {
  int exponent = 0;
  if (!(x > 0)) return x == 0 ? -__builtin_inf() : x != x ? x : __builtin_nan("");
  if (x == __builtin_inf()) return x;
  if (x < 0x1p-1022) x *= 0x1p54, exponent = -54;
  uint64_t bits = bits_of(x);
  exponent += (int)(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000;
  double m = from_bits(bits);
  if (m > 1.4142135623730951) m *= 0.5, exponent++;
  const double f = m - 1, s = f / (2 + f), z = s * s, half = 0.5 * f * f, n = exponent;
  // Σ 2 z^k ÷ (2k + 1) for k ≥ 1.
  double r = 2.0 / 23;
  for (int k = 21; k >= 3; k -= 2) r = r * z + 2.0 / k;
  r *= z;
  return n * ln2_high - ((half - (s * (half + r) + n * ln2_low)) - f);
}

// x = n ln 2 + r with |r| ≤ ½ ln 2, and the Taylor series of e^r.
double natural_exponential(double x) {
  if (x != x) return x;
  if (x > 709.79) return __builtin_inf();
  if (x < -745.14) return 0;
  const double n = (double)(int)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
  const double high = x - n * ln2_high, low = n * ln2_low, r = high - low;
  double p = 1.0 / 14;
  for (int k = 13; k >= 3; k--) p = (p * r + 1) * (1.0 / k);
  // e^r = 1 + r + r²/2 · (1 + r/3 · (…)), with what rounding took from r.
  const double tail = r * r * 0.5 * (1 + r * p) + ((high - r) - low);
  double y = 1 + (r + tail);
  // In two steps: the result may be subnormal, or 2^1024 times something below 1.
  const int half = (int)n / 2, rest = (int)n - half;
  y *= from_bits((uint64_t)(1023 + half) << 52);
  return y * from_bits((uint64_t)(1023 + rest) << 52);
}

// turns = n ÷ 4 + t with |t| ≤ 1/8, both exact, and the Taylor series at 2πt. The loops have constant ends, so that they
// are unrolled and their factors are constants: no division is left.
void cosine_and_sine(double turns, double *cosine, double *sine) {
  const double whole = turns - (double)(int64_t)turns, scaled = 4 * whole;
  const int n = (int)(scaled + (scaled < 0 ? -0.5 : 0.5));
  const double x = 6.283185307179586477 * (whole - 0.25 * n), z = x * x;
  double c = 1, s = 1;
  for (int k = 18; k >= 2; k -= 2) c = 1 - c * z * (1.0 / (k * (k - 1)));
  for (int k = 19; k >= 3; k -= 2) s = 1 - s * z * (1.0 / (k * (k - 1)));
  s *= x;
  switch (n & 3) {
  case 0: *cosine = c, *sine = s; break;
  case 1: *cosine = -s, *sine = c; break;
  case 2: *cosine = -c, *sine = -s; break;
  default: *cosine = s, *sine = -c; break;
  }
}

double power_of(double base, double exponent) {
  const int whole = exponent >= -64 && exponent <= 64 ? (int)exponent : 0;
  if (exponent == (double)whole) {
    double result = 1, square = base;
    for (int rest = whole < 0 ? -whole : whole; rest > 0; rest >>= 1, square *= square)
      if (rest & 1) result *= square;
    return whole < 0 ? 1 / result : result;
  }
  if (exponent == 0.5) return __builtin_sqrt(base);
  return natural_exponential(exponent * natural_logarithm(base));
}

#include "pictures.h"

#include <math.h>

// A product and a sum are rounded each, on CPUs that could do both at once too.
#pragma STDC FP_CONTRACT OFF

// One body for every CPU: what is done to a sample must not depend on where it is done.

// Numbers of channels that are constants let the compiler keep a pixel in registers.
#define RESAMPLE_ROW(name, type)                                                                                     \
  static inline __attribute__((always_inline)) void name##_of(                                                       \
      const type *upper, const type *lower, float share, ptrdiff_t low, ptrdiff_t high, float first, float step,     \
      ptrdiff_t pixels, ptrdiff_t channels, float *out) {                                                            \
    for (ptrdiff_t i = 0; i < pixels; i++) {                                                                         \
      float place = first + (float)i * step;                                                                         \
      place = place < (float)low ? (float)low : place > (float)high ? (float)high : place;                           \
      ptrdiff_t left = (ptrdiff_t)place;                                                                             \
      ptrdiff_t right = left < high ? left + 1 : left;                                                               \
      float right_share = place - (float)left;                                                                       \
      const type *ul = upper + left * channels, *ur = upper + right * channels;                                      \
      const type *ll = lower + left * channels, *lr = lower + right * channels;                                      \
      for (ptrdiff_t c = 0; c < channels; c++) {                                                                     \
        float above = (float)ul[c] + right_share * ((float)ur[c] - (float)ul[c]);                                    \
        float below = (float)ll[c] + right_share * ((float)lr[c] - (float)ll[c]);                                    \
        out[i * channels + c] = above + share * (below - above);                                                     \
      }                                                                                                              \
    }                                                                                                                \
  }                                                                                                                  \
  void name(const type *upper, const type *lower, float share, ptrdiff_t low, ptrdiff_t high, float first,          \
            float step, ptrdiff_t pixels, ptrdiff_t channels, float *out) {                                          \
    if (channels == 3) {                                                                                             \
      name##_of(upper, lower, share, low, high, first, step, pixels, 3, out);                                        \
    } else if (channels == 1) {                                                                                      \
      name##_of(upper, lower, share, low, high, first, step, pixels, 1, out);                                        \
    } else {                                                                                                         \
      name##_of(upper, lower, share, low, high, first, step, pixels, channels, out);                                 \
    }                                                                                                                \
  }

RESAMPLE_ROW(resample_row_bytes, uint8_t)
RESAMPLE_ROW(resample_row_floats, float)

enum { FRACTION = 22 };

static inline uint8_t rounded(int32_t sum) {
  sum >>= FRACTION;
  return sum < 0 ? 0 : sum > 255 ? 255 : (uint8_t)sum;
}

static inline __attribute__((always_inline)) void filter_row(const uint8_t *in, ptrdiff_t channels, const int32_t *firsts,
                                                              const int32_t *counts, const int32_t *weights,
                                                              ptrdiff_t width, uint8_t *out) {
  for (ptrdiff_t x = 0; x < width; x++) {
    int32_t sums[4] = {1 << (FRACTION - 1), 1 << (FRACTION - 1), 1 << (FRACTION - 1), 1 << (FRACTION - 1)};
    const uint8_t *pixel = in + firsts[x] * channels;
    for (int32_t tap = 0; tap < counts[x]; tap++, pixel += channels) {
      for (ptrdiff_t c = 0; c < channels; c++) sums[c] += pixel[c] * weights[tap];
    }
    weights += counts[x];
    for (ptrdiff_t c = 0; c < channels; c++) out[x * channels + c] = rounded(sums[c]);
  }
}

static inline __attribute__((always_inline)) void filter_rows_body(const uint8_t *in, ptrdiff_t rows, ptrdiff_t in_width, ptrdiff_t channels,
                      const int32_t *firsts, const int32_t *counts, const int32_t *weights, ptrdiff_t width,
                      uint8_t *out) {
  for (ptrdiff_t y = 0; y < rows; y++) {
    const uint8_t *from = in + y * in_width * channels;
    uint8_t *to = out + y * width * channels;
    if (channels == 3) {
      filter_row(from, 3, firsts, counts, weights, width, to);
    } else {
      filter_row(from, 1, firsts, counts, weights, width, to);
    }
  }
}

static inline __attribute__((always_inline)) void filter_columns_body(const uint8_t *in, ptrdiff_t row_bytes, const int32_t *firsts, const int32_t *counts,
                         const int32_t *weights, ptrdiff_t height, uint8_t *out) {
  enum { BLOCK = 512 };
  int32_t sums[BLOCK];
  for (ptrdiff_t y = 0; y < height; y++) {
    for (ptrdiff_t start = 0; start < row_bytes; start += BLOCK) {
      ptrdiff_t count = row_bytes - start < BLOCK ? row_bytes - start : BLOCK;
      for (ptrdiff_t i = 0; i < count; i++) sums[i] = 1 << (FRACTION - 1);
      for (int32_t tap = 0; tap < counts[y]; tap++) {
        const uint8_t *row = in + (firsts[y] + tap) * row_bytes + start;
        int32_t weight = weights[tap];
        for (ptrdiff_t i = 0; i < count; i++) sums[i] += row[i] * weight;
      }
      for (ptrdiff_t i = 0; i < count; i++) out[y * row_bytes + start + i] = rounded(sums[i]);
    }
    weights += counts[y];
  }
}

static float unit(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

static float grey(const float *x, ptrdiff_t channels) {
  return channels == 1 ? x[0] : 0.299f * x[0] + 0.587f * x[1] + 0.114f * x[2];
}

/// x ← factor · x + (1 − factor) · other, kept in [0, 1].
static void blend(float *x, ptrdiff_t channels, float factor, float other) {
  for (ptrdiff_t c = 0; c < channels; c++) x[c] = unit(factor * x[c] + (1 - factor) * other);
}

static void change_contrast(float *x, ptrdiff_t pixels, ptrdiff_t channels, float factor) {
  double sum = 0;
  for (ptrdiff_t i = 0; i < pixels; i++) sum += grey(x + i * channels, channels);
  float mean = (float)(sum / (double)pixels);
  for (ptrdiff_t i = 0; i < pixels; i++) blend(x + i * channels, channels, factor, mean);
}

/// Turns the hue of one pixel by a share of the circle: to hue, saturation and value (Smith 1978), and back.
static void turn_hue(float *x, float turn) {
  float r = x[0], g = x[1], b = x[2];
  float high = r > g ? (r > b ? r : b) : (g > b ? g : b);
  float low = r < g ? (r < b ? r : b) : (g < b ? g : b);
  float range = high - low;
  if (range <= 0) return;
  float hue = high == r ? (g - b) / range : high == g ? 2 + (b - r) / range : 4 + (r - g) / range;
  hue += 6 * turn;
  hue = hue < 0 ? hue + 6 : hue >= 6 ? hue - 6 : hue;
  for (int c = 0; c < 3; c++) {
    // Each channel is the same trapezoid of the hue, two sixths apart.
    float k = hue + (c == 0 ? 5 : c == 1 ? 3 : 1);
    k = k >= 6 ? k - 6 : k;
    float fall = k < 4 - k ? k : 4 - k;
    x[c] = high - range * unit(fall);
  }
}

static void apply(int part, float *x, ptrdiff_t pixels, ptrdiff_t channels, const float factors[4]) {
  float factor = factors[part];
  switch (part) {
  case 0:
    if (factor == 1) return;
    for (ptrdiff_t i = 0; i < pixels; i++) blend(x + i * channels, channels, factor, 0);
    return;
  case 1:
    if (factor != 1) change_contrast(x, pixels, channels, factor);
    return;
  case 2:
    if (channels == 1 || factor == 1) return;
    for (ptrdiff_t i = 0; i < pixels; i++) blend(x + 3 * i, 3, factor, grey(x + 3 * i, 3));
    return;
  default:
    if (channels == 1 || factor == 0) return;
    for (ptrdiff_t i = 0; i < pixels; i++) turn_hue(x + 3 * i, factor);
  }
}

void color_jitter(float *x, ptrdiff_t pixels, ptrdiff_t channels, const float *scale, const float *shift, float white,
                  float brightness, float contrast, float saturation, float hue, int32_t order) {
  for (ptrdiff_t c = 0; c < channels; c++) {
    float factor = 1 / (scale[c] * white), offset = shift[c];
    for (ptrdiff_t i = c; i < pixels * channels; i += channels) x[i] = unit((x[i] - offset) * factor);
  }
  float factors[4] = {brightness, contrast, saturation, hue};
  int parts[4] = {0, 1, 2, 3};
  // The order's digits in the number system of the factorials choose one of those that are left.
  for (int left = 4; left > 0; left--) {
    int chosen = order % left;
    order /= left;
    apply(parts[chosen], x, pixels, channels, factors);
    for (int i = chosen; i < left - 1; i++) parts[i] = parts[i + 1];
  }
  for (ptrdiff_t c = 0; c < channels; c++) {
    float factor = scale[c] * white, offset = shift[c];
    for (ptrdiff_t i = c; i < pixels * channels; i += channels) x[i] = x[i] * factor + offset;
  }
}

// Integers, so that wider vectors change no bit. Chosen at the call, not by the loader: its resolvers run before the
// sanitizers are ready.
#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))
#define HAS_WIDE __builtin_cpu_supports("avx2")

WIDE static void filter_rows_wide(const uint8_t *in, ptrdiff_t rows, ptrdiff_t in_width, ptrdiff_t channels,
                                  const int32_t *firsts, const int32_t *counts, const int32_t *weights,
                                  ptrdiff_t width, uint8_t *out) {
  filter_rows_body(in, rows, in_width, channels, firsts, counts, weights, width, out);
}

WIDE static void filter_columns_wide(const uint8_t *in, ptrdiff_t row_bytes, const int32_t *firsts,
                                     const int32_t *counts, const int32_t *weights, ptrdiff_t height, uint8_t *out) {
  filter_columns_body(in, row_bytes, firsts, counts, weights, height, out);
}
#else
#define HAS_WIDE 0
#define filter_rows_wide filter_rows_body
#define filter_columns_wide filter_columns_body
#endif

void filter_rows(const uint8_t *in, ptrdiff_t rows, ptrdiff_t in_width, ptrdiff_t channels, const int32_t *firsts,
                 const int32_t *counts, const int32_t *weights, ptrdiff_t width, uint8_t *out) {
  if (HAS_WIDE) {
    filter_rows_wide(in, rows, in_width, channels, firsts, counts, weights, width, out);
  } else {
    filter_rows_body(in, rows, in_width, channels, firsts, counts, weights, width, out);
  }
}

void filter_columns(const uint8_t *in, ptrdiff_t row_bytes, const int32_t *firsts, const int32_t *counts,
                    const int32_t *weights, ptrdiff_t height, uint8_t *out) {
  if (HAS_WIDE) {
    filter_columns_wide(in, row_bytes, firsts, counts, weights, height, out);
  } else {
    filter_columns_body(in, row_bytes, firsts, counts, weights, height, out);
  }
}

#include "pictures.h"

#include <math.h>

// One body for every CPU: what is done to a sample must not depend on where it is done.

#define RESAMPLE_ROW(name, type)                                                                                     \
  void name(const type *upper, const type *lower, float share, ptrdiff_t low, ptrdiff_t high, float first,          \
            float step, ptrdiff_t pixels, ptrdiff_t channels, float *out) {                                          \
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
  }

RESAMPLE_ROW(resample_row_bytes, uint8_t)
RESAMPLE_ROW(resample_row_floats, float)

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

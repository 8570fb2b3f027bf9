#ifndef ISOTHERM_PICTURES_H
#define ISOTHERM_PICTURES_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// One row of pixels, each interpolated between its four neighbours: pixel i stands at column first + i · step, kept in
/// low...high, and between row `upper` and row `lower`, of which the latter has the share `share`.
void resample_row_bytes(const uint8_t *upper, const uint8_t *lower, float share, ptrdiff_t low, ptrdiff_t high,
                        float first, float step, ptrdiff_t pixels, ptrdiff_t channels, float *out);
void resample_row_floats(const float *upper, const float *lower, float share, ptrdiff_t low, ptrdiff_t high,
                         float first, float step, ptrdiff_t pixels, ptrdiff_t channels, float *out);

/// Each pixel of a row as a weighted sum of pixels of the stored row, `counts[x]` of them from `firsts[x]` on; weights have
/// 22 bits of fraction, lie one after another for all places, and sum up to 1. `channels` is 1 or 3.
void filter_rows(const uint8_t *in, ptrdiff_t rows, ptrdiff_t in_width, ptrdiff_t channels, const int32_t *firsts,
                 const int32_t *counts, const int32_t *weights, ptrdiff_t width, uint8_t *out);
/// The same along columns: each row as a weighted sum of stored rows of `row_bytes` bytes.
void filter_columns(const uint8_t *in, ptrdiff_t row_bytes, const int32_t *firsts, const int32_t *counts,
                    const int32_t *weights, ptrdiff_t height, uint8_t *out);

/// Brightness, contrast, saturation and hue of an image of 1 or 3 channels, in one of the 24 orders.
void color_jitter(float *x, ptrdiff_t pixels, ptrdiff_t channels, const float *scale, const float *shift, float white,
                  float brightness, float contrast, float saturation, float hue, int32_t order);

#pragma clang assume_nonnull end

#endif

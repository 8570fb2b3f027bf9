// Winograd's transforms between pixels and points, included by convolution_winograd_body.h for KERNEL 3 and for 5. The
// points along one axis, in their order:
//
//   0, 1, −1, 2, −2, ∞            KERNEL 3: SIDE 6
//   0, 1, −1, 2, −2, ½, −½, ∞     KERNEL 5: SIDE 8
//
// Points ±a are pairs that share the even and the odd part of what a polynomial is there. Of the pairs of quarters and
// some eighths that were tried, those of the eight lose the least accuracy in both directions (Barabasz et al. 2020,
// "Error analysis and improving the accuracy of Winograd convolution for deep neural networks", have a method for
// others). Rows of Bᵀ, G and Aᵀ are multiplied with powers of two where that makes factors small and whole;
// `point_factors` undoes it.
//
// The arrays of INLINE functions are their callers' own, who unroll their loops, and so become registers.

#define SIDE (KERNEL + winograd_tile - 1)
#define POINTS (SIDE * SIDE)
#define SIZED_BY(name, kernel) NAME(name##_##kernel)
#define SIZED_WITH(name, kernel) SIZED_BY(name, kernel)
/// A function's name with the size of the kernel and the family.
#define SIZED(name) SIZED_WITH(name, KERNEL)
#define INLINE static inline __attribute__((always_inline))

// MARK: Along one axis

/// What G leaves to be multiplied, for each point a: 1 / Π (a − b) over the other points b, but for powers of two.
static const float SIZED(point_factors)[SIDE] = {
#if KERNEL == 3
    0.25f, -1.0f / 6, -1.0f / 6, 1.0f / 24, 1.0f / 24, 1,
#else
    1, -2.0f / 9, -2.0f / 9, 1.0f / 360, 1.0f / 360, 1.0f / 360, 1.0f / 360, 1,
#endif
};

/// Pair number `pair` of rows of Bᵀ d: that of 0 and ∞, and then those of 1 and −1, 2 and −2, ½ and −½.
INLINE void SIZED(data_pair)(const int pair, const part d[SIDE], part *first, part *second) {
  part even, odd;
#if KERNEL == 3
  switch (pair) {
  case 0:
    *first = PLUS(FUSED_PLUS(d[4], -5, d[2]), 4, d[0]), *second = PLUS(FUSED_PLUS(d[5], -5, d[3]), 4, d[1]);
    break;
  case 1:
    even = PLUS(d[4], -4, d[2]), odd = PLUS(d[3], -4, d[1]);
    *first = even + odd, *second = even - odd;
    break;
  default:
    even = d[4] - d[2], odd = d[3] - d[1];
    *first = PLUS(even, 2, odd), *second = PLUS(even, -2, odd);
  }
#else
  switch (pair) {
  case 0:
    *first = FUSED_PLUS(d[0] - d[6], 5.25f, d[4] - d[2]), *second = FUSED_PLUS(d[7] - d[1], 5.25f, d[3] - d[5]);
    break;
  case 1:
    even = FUSED_PLUS(d[2] + d[6], -4.25f, d[4]), odd = FUSED_PLUS(d[1] + d[5], -4.25f, d[3]);
    *first = even + odd, *second = even - odd;
    break;
  case 2:
    even = PLUS(FUSED_PLUS(d[2], -5, d[4]), 4, d[6]), odd = PLUS(FUSED_PLUS(d[1], -5, d[3]), 4, d[5]);
    *first = PLUS(even, 2, odd), *second = PLUS(even, -2, odd);
    break;
  default:
    even = PLUS(FUSED_PLUS(d[6], -5, d[4]), 4, d[2]), odd = PLUS(FUSED_PLUS(d[5], -5, d[3]), 4, d[1]);
    *first = PLUS(odd, 2, even), *second = PLUS(-odd, 2, even);
  }
#endif
}

/// The places of a pair's points.
INLINE int SIZED(first_of)(const int pair) { return pair == 0 ? 0 : 2 * pair - 1; }
INLINE int SIZED(second_of)(const int pair) { return pair == 0 ? SIDE - 1 : 2 * pair; }

/// Number `i` of `count` outputs, Aᵀ s: Σ aⁱ s(a), where ±½ have 16 times that. Even ones take the sums of pairs, odd
/// ones the differences.
INLINE void SIZED(output)(const int i, const int count, const part s[SIDE], part *output) {
#define PAIR(place) (i % 2 == 0 ? s[place] + s[(place) + 1] : s[place] - s[(place) + 1])
  part sum = i == 0 ? s[0] + PAIR(1) : PAIR(1);
  sum = PLUS(sum, 1 << i, PAIR(3));
#if KERNEL == 5
  sum = PLUS(sum, 16 >> i, PAIR(5));
#endif
  *output = i == count - 1 ? sum + s[SIDE - 1] : sum;
#undef PAIR
}

/// G g of `taps` taps without `point_factors`: Σ aⁱ g(i), where ±½ have 8 times that.
INLINE void SIZED(kernel)(const int taps, const part g[], part points[SIDE]) {
  part even = g[0] + g[2], odd = g[1], far_even = PLUS(g[0], 4, g[2]), far_odd = g[1];
  if (taps > 3) odd += g[3], far_odd = PLUS(far_odd, 4, g[3]);
  if (taps > 4) even += g[4], far_even = PLUS(far_even, 16, g[4]);
  points[0] = g[0];
  points[1] = even + odd, points[2] = even - odd;
  points[3] = PLUS(far_even, 2, far_odd), points[4] = PLUS(far_even, -2, far_odd);
#if KERNEL == 5
  part near_even = PLUS(g[2], 4, g[0]), near_odd = PLUS(g[3], 4, g[1]);
  if (taps > 4) near_even = FUSED_PLUS(near_even, 0.25f, g[4]);
  points[5] = PLUS(near_odd, 2, near_even), points[6] = PLUS(-near_odd, 2, near_even);
#endif
  points[SIDE - 1] = g[taps - 1];
}

// MARK: Data

/// A row of (Bᵀ d) B from a row of Bᵀ d.
INLINE void SIZED(data_across)(const part h[SIDE], float *points) {
  UNROLL for (int pair = 0; pair < SIDE / 2; pair++) {
    part first, second;
    SIZED(data_pair)(pair, h, &first, &second);
    STORE_PART(points + SIZED(first_of)(pair) * group_lanes, first);
    STORE_PART(points + SIZED(second_of)(pair) * group_lanes, second);
  }
}

/// Bᵀ d B of PART channels, from `PIXEL(i, j)` to `target`.
#define TRANSFORM_DATA(target)                                                                                      \
  {                                                                                                                 \
    part half[SIDE][SIDE];                                                                                          \
    UNROLL for (int j = 0; j < SIDE; j++) {                                                                         \
      part d[SIDE];                                                                                                 \
      UNROLL for (int i = 0; i < SIDE; i++) d[i] = PIXEL(i, j);                                                     \
      UNROLL for (int pair = 0; pair < SIDE / 2; pair++) {                                                          \
        SIZED(data_pair)(pair, d, &half[SIZED(first_of)(pair)][j], &half[SIZED(second_of)(pair)][j]);               \
      }                                                                                                             \
    }                                                                                                               \
    UNROLL for (int i = 0; i < SIDE; i++) SIZED(data_across)(half[i], (target) + i * SIDE * group_lanes);           \
  }

/// V = Bᵀ d B of a tile that lies inside the image, whose first pixel is at `corner`; rows are `row` floats apart.
static void SIZED(transform_inside)(const float *corner, ptrdiff_t row, ptrdiff_t channels, ptrdiff_t groups,
                                    float *points) {
  ALIGN_SPILLS;
  for (ptrdiff_t group = 0; group < groups; group++, points += POINTS * group_lanes) {
    UNROLL for (int channel = 0; channel < group_lanes; channel += PART) {
      // Kept apart, the rows and five distances address all pixels; folded, they would be a spilled pointer for each.
      const float *rows[SIDE];
      UNROLL for (int i = 0; i < SIDE; i++) {
        rows[i] = i == 0 ? corner + channel : rows[i - 1] + row;
        KEEP(rows[i]);
      }
      ptrdiff_t one = channels, two = 2 * channels, three = 3 * channels, five = 5 * channels, seven = 7 * channels;
      KEEP(one); KEEP(two); KEEP(three); KEEP(five); KEEP(seven);
#define PIXEL(i, j)                              \
  LOAD_PART(rows[i] + ((j) == 0   ? 0            \
                       : (j) == 1 ? one          \
                       : (j) == 2 ? 2 * one      \
                       : (j) == 3 ? three        \
                       : (j) == 4 ? 2 * two      \
                       : (j) == 5 ? five         \
                       : (j) == 6 ? 2 * three    \
                                  : seven))
      TRANSFORM_DATA(points + channel)
#undef PIXEL
    }
    corner += group_lanes;
  }
}

/// V of a tile with any pixels.
static void SIZED(transform_pixels)(const float *const pixels[POINTS], ptrdiff_t groups, float *points) {
  ALIGN_SPILLS;
  for (ptrdiff_t group = 0; group < groups; group++) {
    for (ptrdiff_t channel = 0; channel < group_lanes; channel += PART) {
      const ptrdiff_t offset = group * group_lanes + channel;
#define PIXEL(i, j) LOAD_PART(pixels[(i) * SIDE + (j)] + offset)
      TRANSFORM_DATA(points + group * POINTS * group_lanes + channel)
#undef PIXEL
    }
  }
}

/// V of the tile whose first pixel is (y, x), which may lie outside of the image: there the data is `zeros`.
static void SIZED(transform_data)(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                                  ptrdiff_t y, ptrdiff_t x, const float *zeros, float *points) {
  const ptrdiff_t whole = channels / group_lanes, rest = channels % group_lanes;
  if (y >= 0 && y + SIDE <= height && x >= 0 && x + SIDE <= width && rest == 0) {
    SIZED(transform_inside)(image + (y * width + x) * channels, width * channels, channels, whole, points);
    return;
  }
  const float *pixels[POINTS];
  for (ptrdiff_t i = 0; i < SIDE; i++) {
    const float *row = y + i >= 0 && y + i < height ? image + ((y + i) * width + x) * channels : 0;
    for (ptrdiff_t j = 0; j < SIDE; j++) {
      pixels[i * SIDE + j] = row != 0 && x + j >= 0 && x + j < width ? row + j * channels : zeros;
    }
  }
  SIZED(transform_pixels)(pixels, whole, points);
  if (rest > 0) {
    float window[POINTS][group_lanes];
    for (int p = 0; p < POINTS; p++) {
      for (ptrdiff_t lane = 0; lane < group_lanes; lane++) {
        window[p][lane] = lane < rest ? pixels[p][whole * group_lanes + lane] : 0;
      }
      pixels[p] = window[p];
    }
    SIZED(transform_pixels)(pixels, 1, points + whole * POINTS * group_lanes);
  }
}

// MARK: Outputs

/// y = Aᵀ s A of 16 channels of a tile, cut to `rows` × `columns` pixels. Even rows come first, and then odd ones, with
/// which they share no sums: so few half-transformed rows fit the registers.
static void SIZED(write_tile)(const float *points, const float *bias, int options, ptrdiff_t rows, ptrdiff_t columns,
                              ptrdiff_t row, ptrdiff_t column, float *outputs) {
  ALIGN_SPILLS;
  for (ptrdiff_t channel = 0; channel < group_lanes; channel += PART) {
    part start = bias ? LOAD_PART(bias + channel) : (part){0};
    UNROLL for (int first = 0; first < 2; first++) {
      part half[winograd_tile / 2][SIDE];
      UNROLL for (int j = 0; j < SIDE; j++) {
        part s[SIDE];
        UNROLL for (int i = 0; i < SIDE; i++) s[i] = LOAD_PART(points + (i * SIDE + j) * group_lanes + channel);
        UNROLL for (int i = first; i < winograd_tile; i += 2) SIZED(output)(i, winograd_tile, s, &half[i / 2][j]);
      }
      UNROLL for (int i = first; i < winograd_tile; i += 2) {
        if (i >= rows) break;
        part whole[winograd_tile];
        UNROLL for (int j = 0; j < winograd_tile; j++) SIZED(output)(j, winograd_tile, half[i / 2], whole + j);
        UNROLL for (int j = 0; j < winograd_tile; j++) {
          if (j >= columns) break;
          float *target = outputs + i * row + j * column + channel;
          part value = whole[j] + start;
          if (options & convolution_option_accumulate) value += LOAD_PART(target);
          if (options & convolution_option_relu) value = POSITIVE_PART(value);
          STORE_PART(target, value);
        }
      }
    }
  }
}

// MARK: Kernels and gradients

/// G dy Gᵀ without factors, of one tile of the output gradient.
static void SIZED(transform_gradient)(const float *const pixels[winograd_tile_pixels], ptrdiff_t groups,
                                      float *points) {
  ALIGN_SPILLS;
  for (ptrdiff_t group = 0; group < groups; group++, points += POINTS * group_lanes) {
    UNROLL for (int channel = 0; channel < group_lanes; channel += PART) {
      part half[SIDE][winograd_tile];
      UNROLL for (int j = 0; j < winograd_tile; j++) {
        part g[winograd_tile], down[SIDE];
        UNROLL for (int i = 0; i < winograd_tile; i++) {
          g[i] = LOAD_PART(pixels[i * winograd_tile + j] + group * group_lanes + channel);
        }
        SIZED(kernel)(winograd_tile, g, down);
        UNROLL for (int i = 0; i < SIDE; i++) half[i][j] = down[i];
      }
      UNROLL for (int i = 0; i < SIDE; i++) {
        part whole[SIDE];
        SIZED(kernel)(winograd_tile, half[i], whole);
        UNROLL for (int j = 0; j < SIDE; j++) {
          STORE_PART(points + (i * SIDE + j) * group_lanes + channel, whole[j]);
        }
      }
    }
  }
}

/// Aᵀ s A of 16 kernels' sums over all tiles: `sums` is [POINTS][`plane` floats]; taps are `tap` floats apart.
static void SIZED(write_kernel)(const float *sums, ptrdiff_t plane, ptrdiff_t count, ptrdiff_t tap, int adds,
                                float *weights) {
  ALIGN_SPILLS;
  float taps[KERNEL * KERNEL][group_lanes];
  for (int channel = 0; channel < group_lanes; channel += PART) {
    part half[KERNEL][SIDE];
    UNROLL for (int j = 0; j < SIDE; j++) {
      part s[SIDE];
      UNROLL for (int i = 0; i < SIDE; i++) {
        s[i] = LOAD_PART(sums + (i * SIDE + j) * plane + channel) *
               (SIZED(point_factors)[i] * SIZED(point_factors)[j]);
      }
      UNROLL for (int i = 0; i < KERNEL; i++) SIZED(output)(i, KERNEL, s, &half[i][j]);
    }
    UNROLL for (int i = 0; i < KERNEL; i++) {
      UNROLL for (int j = 0; j < KERNEL; j++) {
        part value;
        SIZED(output)(j, KERNEL, half[i], &value);
        STORE_PART(taps[i * KERNEL + j] + channel, value);
      }
    }
  }
  for (int t = 0; t < KERNEL * KERNEL; t++) {
    float *target = weights + t * tap;
    for (ptrdiff_t channel = 0; channel < count; channel++) {
      target[channel] = taps[t][channel] + (adds ? target[channel] : 0);
    }
  }
}

/// U = G g Gᵀ of 16 kernels: taps and points are so many floats apart.
static void SIZED(transform_kernel)(const float *kernel, ptrdiff_t tap, ptrdiff_t plane, int streams, float *points) {
  ALIGN_SPILLS;
  // A point's 16 numbers are written at once, since the points lie far apart and may go past the caches.
  float transformed[POINTS][group_lanes];
  for (int channel = 0; channel < group_lanes; channel += PART) {
    part half[SIDE][KERNEL];
    UNROLL for (int j = 0; j < KERNEL; j++) {
      part g[KERNEL], down[SIDE];
      UNROLL for (int i = 0; i < KERNEL; i++) g[i] = LOAD_PART(kernel + (i * KERNEL + j) * tap + channel);
      SIZED(kernel)(KERNEL, g, down);
      UNROLL for (int i = 0; i < SIDE; i++) half[i][j] = down[i];
    }
    UNROLL for (int i = 0; i < SIDE; i++) {
      part whole[SIDE];
      SIZED(kernel)(KERNEL, half[i], whole);
      UNROLL for (int j = 0; j < SIDE; j++) {
        STORE_PART(transformed[i * SIDE + j] + channel,
                   whole[j] * (SIZED(point_factors)[i] * SIZED(point_factors)[j]));
      }
    }
  }
  for (int point = 0; point < POINTS; point++, points += plane) {
    if (streams) {
      STREAM(points, LOAD(transformed[point]));
    } else {
      STORE(points, LOAD(transformed[point]));
    }
  }
}

/// What convolution_winograd_body.h takes of this file.
static const NAME(TileTransforms) SIZED(transforms) = {
    .data = SIZED(transform_data),
    .output = SIZED(write_tile),
    .gradient = SIZED(transform_gradient),
    .kernel = SIZED(transform_kernel),
    .kernel_gradient = SIZED(write_kernel),
};

#undef SIDE
#undef POINTS
#undef TRANSFORM_DATA
#undef INLINE
#undef SIZED
#undef SIZED_WITH
#undef SIZED_BY

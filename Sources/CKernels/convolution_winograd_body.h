// Winograd's convolutions F(4×4, 3×3) and F(2×2, 5×5), compiled once for each family after convolution_body.h, whose
// register tiles do the products (Lavin and Gray 2015, "Fast algorithms for convolutional neural networks", §4).
//
// Both cut the inputs into overlapping 6×6 tiles, and so share the points 0, ±1, ±2, ∞ and the transform of the data:
//
//   V = Bᵀ d B,  U = G g Gᵀ,  y = Aᵀ (Σ over channels U ⊙ V) A.
//
// The weight gradient is the correlation of a 6×6 tile of inputs with a tile of the output gradient, 4×4 or 2×2, which
// plays the kernel: F(3×3, 4×4) and F(5×5, 2×2). G's factors 1/4, −1/6, 1/24 wait until all tiles are summed.
//
// Transformed tiles are [group of 16 channels][36 points][16]: a transform writes one run of 36 vectors.
//
// A tile at the lower or right edge of an image may have fewer rows or columns of outputs than a whole one. The last
// point, ∞, then counts for nothing along that axis: in Aᵀ it is in the last output alone, and in the transform of an
// output gradient it is that output. So 6 or 11 of 36 products are left out there: at 7 × 7 outputs, 23 of 144.

/// Channels that a transform takes at once: what one register holds, since a transform needs thirty of them.
typedef float NAME(part) __attribute__((vector_size(4 * PART)));
typedef int32_t NAME(part_bits) __attribute__((vector_size(4 * PART)));
typedef float NAME(loose_part) __attribute__((vector_size(4 * PART), aligned(4), may_alias));
#define part NAME(part)
#define LOAD_PART(address) (*(const NAME(loose_part) *)(address))
#define STORE_PART(address, value) (*(NAME(loose_part) *)(address) = (value))
#define POSITIVE_PART(x) ((part)((NAME(part_bits))(x) & ~((x) < 0)))

// a + factor · b. The factor is a constant: 5, or a power of two, whose products are exact.
#define PLUS(a, factor, b)                                                                                \
  ((factor) == -5 ? fused((__typeof__((a) + (b))){0} + (float)(factor), b, a)                              \
                  : add_exact((__typeof__((a) + (b))){0} + (float)(factor), b, a))

// Bᵀ d in three pairs of rows, which share their sums; a pair needs so few registers that nothing is spilled.
#define DATA_ROWS_0_5(r0, r5, d0, d1, d2, d3, d4, d5) \
  part r0 = PLUS(PLUS(d4, -5, d2), 4, d0);            \
  part r5 = PLUS(PLUS(d5, -5, d3), 4, d1)
#define DATA_ROWS_1_2(r1, r2, d1, d2, d3, d4)                               \
  part r1##_even = PLUS(d4, -4, d2), r1##_odd = PLUS(d3, -4, d1);           \
  part r1 = r1##_even + r1##_odd, r2 = r1##_even - r1##_odd
#define DATA_ROWS_3_4(r3, r4, d1, d2, d3, d4)                               \
  part r3##_even = (d4) - (d2), r3##_odd = (d3) - (d1);                     \
  part r3 = PLUS(r3##_even, 2, r3##_odd), r4 = PLUS(r3##_even, -2, r3##_odd)

/// One row of (Bᵀ d) B from the six values of a row of Bᵀ d.
#define DATA_ACROSS(target, h)                                                                            \
  do {                                                                                                    \
    DATA_ROWS_0_5(v0, v5, h[0], h[1], h[2], h[3], h[4], h[5]);                                            \
    DATA_ROWS_1_2(v1, v2, h[1], h[2], h[3], h[4]);                                                        \
    DATA_ROWS_3_4(v3, v4, h[1], h[2], h[3], h[4]);                                                        \
    STORE_PART((target), v0), STORE_PART((target) + group_lanes, v1);                                     \
    STORE_PART((target) + 2 * group_lanes, v2), STORE_PART((target) + 3 * group_lanes, v3);               \
    STORE_PART((target) + 4 * group_lanes, v4), STORE_PART((target) + 5 * group_lanes, v5);               \
  } while (0)

/// Bᵀ d B of PART channels, from `PIXEL(i, j)` to `target`.
#define DATA_TRANSFORM(target)                                                                            \
  do {                                                                                                    \
    part low[6], high[6];                                                                                 \
    UNROLL for (int j = 0; j < 6; j++) {                                                                  \
      part d1 = PIXEL(1, j), d2 = PIXEL(2, j), d3 = PIXEL(3, j), d4 = PIXEL(4, j);                        \
      DATA_ROWS_1_2(r1, r2, d1, d2, d3, d4);                                                              \
      low[j] = r1, high[j] = r2;                                                                          \
    }                                                                                                     \
    DATA_ACROSS((target) + 6 * group_lanes, low);                                                         \
    DATA_ACROSS((target) + 12 * group_lanes, high);                                                       \
    UNROLL for (int j = 0; j < 6; j++) {                                                                  \
      part d1 = PIXEL(1, j), d2 = PIXEL(2, j), d3 = PIXEL(3, j), d4 = PIXEL(4, j);                        \
      DATA_ROWS_3_4(r3, r4, d1, d2, d3, d4);                                                              \
      low[j] = r3, high[j] = r4;                                                                          \
    }                                                                                                     \
    DATA_ACROSS((target) + 18 * group_lanes, low);                                                        \
    DATA_ACROSS((target) + 24 * group_lanes, high);                                                       \
    UNROLL for (int j = 0; j < 6; j++) {                                                                  \
      part d0 = PIXEL(0, j), d1 = PIXEL(1, j), d2 = PIXEL(2, j), d3 = PIXEL(3, j), d4 = PIXEL(4, j),      \
           d5 = PIXEL(5, j);                                                                              \
      DATA_ROWS_0_5(r0, r5, d0, d1, d2, d3, d4, d5);                                                      \
      low[j] = r0, high[j] = r5;                                                                          \
    }                                                                                                     \
    DATA_ACROSS((target), low);                                                                           \
    DATA_ACROSS((target) + 30 * group_lanes, high);                                                       \
  } while (0)

/// V of a tile that lies inside the image, whose first pixel is at `corner`; rows are `row` floats apart.
static void NAME(transform_inside)(const float *corner, ptrdiff_t row, ptrdiff_t channels, ptrdiff_t groups,
                                   float *points) {
  for (ptrdiff_t group = 0; group < groups; group++, points += winograd_points * group_lanes) {
    UNROLL for (int channel = 0; channel < group_lanes; channel += PART) {
      const float *row0 = corner + channel, *row1 = row0 + row, *row2 = row1 + row, *row3 = row2 + row;
      const float *row4 = row3 + row, *row5 = row4 + row;
      // Kept apart, six rows and four distances address all 36 pixels; folded, they would be 36 spilled pointers.
      ptrdiff_t one = channels, two = 2 * channels, three = 3 * channels, five = 5 * channels;
      KEEP(row1); KEEP(row2); KEEP(row3); KEEP(row4); KEEP(row5);
      KEEP(one); KEEP(two); KEEP(three); KEEP(five);
#define PIXEL(i, j)                        \
  LOAD_PART(row##i + ((j) == 0   ? 0       \
                      : (j) == 1 ? one     \
                      : (j) == 2 ? 2 * one \
                      : (j) == 3 ? three   \
                      : (j) == 4 ? 2 * two \
                                 : five))
      DATA_TRANSFORM(points + channel);
#undef PIXEL
    }
    corner += group_lanes;
  }
}

/// V of a tile with any pixels.
static void NAME(transform_pixels)(const float *const pixels[winograd_points], ptrdiff_t groups, float *points) {
  for (ptrdiff_t group = 0; group < groups; group++) {
    for (ptrdiff_t channel = 0; channel < group_lanes; channel += PART) {
      const ptrdiff_t offset = group * group_lanes + channel;
#define PIXEL(i, j) LOAD_PART(pixels[(i) * 6 + (j)] + offset)
      DATA_TRANSFORM(points + group * winograd_points * group_lanes + channel);
#undef PIXEL
    }
  }
}

/// V of the tile whose first pixel is (y, x), which may lie outside of the image: there the data is `zeros`.
static void NAME(transform_data)(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                                 ptrdiff_t y, ptrdiff_t x, const float *zeros, float *points) {
  const ptrdiff_t whole = channels / group_lanes, rest = channels % group_lanes;
  if (y >= 0 && y + 6 <= height && x >= 0 && x + 6 <= width && rest == 0) {
    NAME(transform_inside)(image + (y * width + x) * channels, width * channels, channels, whole, points);
    return;
  }
  const float *pixels[winograd_points];
  for (ptrdiff_t i = 0; i < 6; i++) {
    const float *row = y + i >= 0 && y + i < height ? image + ((y + i) * width + x) * channels : 0;
    for (ptrdiff_t j = 0; j < 6; j++) {
      pixels[i * 6 + j] = row != 0 && x + j >= 0 && x + j < width ? row + j * channels : zeros;
    }
  }
  NAME(transform_pixels)(pixels, whole, points);
  if (rest > 0) {
    float window[winograd_points][group_lanes];
    for (int p = 0; p < winograd_points; p++) {
      for (ptrdiff_t lane = 0; lane < group_lanes; lane++) {
        window[p][lane] = lane < rest ? pixels[p][whole * group_lanes + lane] : 0;
      }
      pixels[p] = window[p];
    }
    NAME(transform_pixels)(pixels, 1, points + whole * winograd_points * group_lanes);
  }
}

/// One row or column of Aᵀ s, with `rows` of them.
#define OUTPUT_TRANSFORM(rows, out, s0, s1, s2, s3, s4, s5)      \
  do {                                                           \
    __typeof__(s0) p = (s1) + (s2), q = (s1) - (s2);             \
    __typeof__(s0) u = (s3) + (s4), v = (s3) - (s4);                      \
    out(0) = (s0) + p + u;                                       \
    if (rows == 2) {                                             \
      out(1) = PLUS(q, 2, v) + (s5);                             \
    } else {                                                     \
      out(1) = PLUS(q, 2, v);                                    \
      if (rows == 3) {                                           \
        out(2) = PLUS(p, 4, u) + (s5);                           \
      } else {                                                   \
        out(2) = PLUS(p, 4, u);                                  \
        if (rows == 4) {                                         \
          out(3) = PLUS(q, 8, v) + (s5);                         \
        } else {                                                 \
          out(3) = PLUS(q, 8, v);                                \
          out(rows - 1) = PLUS(p, 16, u) + (s5);                 \
        }                                                        \
      }                                                          \
    }                                                            \
  } while (0)

/// One row or column of the kernel at the points, without G's factors: g(0), g(1), g(−1), g(2), g(−2), g(∞).
#define KERNEL_TRANSFORM(taps, out, g)                                               \
  do {                                                                               \
    __typeof__(g(0)) even = g(0), odd = g(1), far_even = g(0), far_odd = 2 * g(1);   \
    if (taps > 2) even += g(taps > 2 ? 2 : 0), far_even = PLUS(far_even, 4, g(taps > 2 ? 2 : 0)); \
    if (taps > 3) odd += g(taps > 3 ? 3 : 0), far_odd = PLUS(far_odd, 8, g(taps > 3 ? 3 : 0)); \
    if (taps > 4) even += g(taps > 4 ? 4 : 0), far_even = PLUS(far_even, 16, g(taps > 4 ? 4 : 0)); \
    out(0) = g(0);                                                                   \
    out(1) = even + odd;                                                             \
    out(2) = even - odd;                                                             \
    out(3) = far_even + far_odd;                                                     \
    out(4) = far_even - far_odd;                                                     \
    out(5) = g(taps - 1);                                                            \
  } while (0)

static const float NAME(factors)[6] = {0.25f, -1.0f / 6, -1.0f / 6, 1.0f / 24, 1.0f / 24, 1};

/// Functions for one pair of sizes: TILE × TILE outputs and a kernel of KERNEL × KERNEL.
#define WINOGRAD(TILE, KERNEL)                                                                                     \
  /* y = Aᵀ s A of 16 channels of a tile, cut to `rows` × `columns` pixels. */                                    \
  static void NAME(write_tile_##KERNEL)(const float *points, const float *bias, int options,                       \
                                        ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row, ptrdiff_t column,        \
                                        float *outputs) {                                                          \
    for (ptrdiff_t channel = 0; channel < group_lanes; channel += PART) {                                          \
      part half[TILE][6];                                                                                          \
      UNROLL for (int j = 0; j < 6; j++) {                                                                         \
        part s[6];                                                                                                 \
        UNROLL for (int i = 0; i < 6; i++) s[i] = LOAD_PART(points + (i * 6 + j) * group_lanes + channel);         \
        OUTPUT_TRANSFORM(TILE, HALF, s[0], s[1], s[2], s[3], s[4], s[5]);                                          \
      }                                                                                                            \
      part start = bias ? LOAD_PART(bias + channel) : (part){0};                                                   \
      UNROLL for (int i = 0; i < TILE; i++) {                                                                      \
        if (i >= rows) break;                                                                                      \
        part whole[TILE];                                                                                          \
        OUTPUT_TRANSFORM(TILE, WHOLE, half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5]);     \
        UNROLL for (int j = 0; j < TILE; j++) {                                                                    \
          if (j >= columns) break;                                                                                 \
          float *target = outputs + i * row + j * column + channel;                                                \
          part value = whole[j] + start;                                                                           \
          if (options & convolution_option_accumulate) value += LOAD_PART(target);                                        \
          if (options & convolution_option_relu) value = POSITIVE_PART(value);                                            \
          STORE_PART(target, value);                                                                               \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  /* G dy Gᵀ without factors, of one tile of the output gradient. */                                               \
  static void NAME(transform_gradient_##KERNEL)(const float *const sources[TILE * TILE], ptrdiff_t groups,         \
                                                float *points) {                                                   \
    for (ptrdiff_t group = 0; group < groups; group++, points += winograd_points * group_lanes) {                  \
      UNROLL for (int channel = 0; channel < group_lanes; channel += PART) {                                       \
        part pixels[TILE][TILE];                                                                                   \
        UNROLL for (int i = 0; i < TILE; i++) {                                                                    \
          UNROLL for (int j = 0; j < TILE; j++) {                                                                  \
            pixels[i][j] = LOAD_PART(sources[i * TILE + j] + group * group_lanes + channel);                       \
          }                                                                                                        \
        }                                                                                                          \
        part half[6][TILE];                                                                                        \
        UNROLL for (int j = 0; j < TILE; j++) KERNEL_TRANSFORM(TILE, HALF, PIXEL_DOWN);                            \
        UNROLL for (int i = 0; i < 6; i++) {                                                                       \
          part whole[6];                                                                                           \
          KERNEL_TRANSFORM(TILE, WHOLE, HALF_ACROSS);                                                              \
          UNROLL for (int j = 0; j < 6; j++) STORE_PART(points + (i * 6 + j) * group_lanes + channel, whole[j]);   \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  /* Aᵀ s A of the sums over all tiles: `sums` is [36][`plane` floats]; the kernel's taps are `tap` floats apart. */ \
  static void NAME(write_kernel_##KERNEL)(const float *sums, ptrdiff_t plane, ptrdiff_t count, ptrdiff_t tap,      \
                                          int adds, float *weights) {                                              \
    lanes half[KERNEL][6];                                                                                         \
    UNROLL for (int j = 0; j < 6; j++) {                                                                           \
      lanes s[6];                                                                                                  \
      UNROLL for (int i = 0; i < 6; i++) {                                                                         \
        s[i] = LOAD(sums + (i * 6 + j) * plane) * (NAME(factors)[i] * NAME(factors)[j]);                           \
      }                                                                                                            \
      OUTPUT_TRANSFORM(KERNEL, HALF, s[0], s[1], s[2], s[3], s[4], s[5]);                                          \
    }                                                                                                              \
    UNROLL for (int i = 0; i < KERNEL; i++) {                                                                      \
      lanes whole[KERNEL];                                                                                         \
      OUTPUT_TRANSFORM(KERNEL, WHOLE, half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5]);     \
      UNROLL for (int j = 0; j < KERNEL; j++) {                                                                    \
        float *target = weights + (i * KERNEL + j) * tap, border[group_lanes] = {0};                               \
        if (adds) memcpy(border, target, sizeof(float) * (size_t)count);                                           \
        STORE(border, whole[j] + LOAD(border));                                                                    \
        memcpy(target, border, sizeof(float) * (size_t)count);                                                     \
      }                                                                                                            \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  /* U = G g Gᵀ of 16 kernels: taps and points are so many floats apart. */                                        \
  static void NAME(transform_kernel_##KERNEL)(const float *kernel, ptrdiff_t tap, ptrdiff_t plane, int streams,    \
                                              float *points) {                                                     \
    lanes pixels[KERNEL][KERNEL], half[6][KERNEL];                                                                 \
    UNROLL for (int i = 0; i < KERNEL; i++) {                                                                      \
      UNROLL for (int j = 0; j < KERNEL; j++) pixels[i][j] = LOAD(kernel + (i * KERNEL + j) * tap);                \
    }                                                                                                              \
    UNROLL for (int j = 0; j < KERNEL; j++) KERNEL_TRANSFORM(KERNEL, HALF, PIXEL_DOWN);                            \
    UNROLL for (int i = 0; i < 6; i++) {                                                                           \
      lanes whole[6];                                                                                              \
      KERNEL_TRANSFORM(KERNEL, WHOLE, HALF_ACROSS);                                                                \
      UNROLL for (int j = 0; j < 6; j++) {                                                                         \
        const lanes value = whole[j] * (NAME(factors)[i] * NAME(factors)[j]);                                      \
        if (streams) {                                                                                             \
          STREAM(points + (i * 6 + j) * plane, value);                                                             \
        } else {                                                                                                   \
          STORE(points + (i * 6 + j) * plane, value);                                                              \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }

#define HALF(i) half[i][j]
#define WHOLE(j) whole[j]
#define PIXEL_DOWN(i) pixels[i][j]
#define HALF_ACROSS(j) half[i][j]
WINOGRAD(4, 3)
WINOGRAD(2, 5)

typedef void NAME(write_function)(const float *, const float *, int, ptrdiff_t, ptrdiff_t, ptrdiff_t,
                                  ptrdiff_t, float *);

// MARK: Drivers

/// Whether planes of points go past the caches: where they are so many that the first ones have left before the last
/// are written, lines would be fetched for nothing, and planes whole mebibytes apart push each other out even earlier.
static int NAME(streams_points)(ptrdiff_t plane, const float *points) {
  const ptrdiff_t most_kept = 4 << 20;
  return winograd_points * plane > most_kept && (uintptr_t)points % sizeof(lanes) == 0;
}

static void NAME(pack_kernels)(const ConvolutionSizes *s, const float *weights, int transposed, float *packed) {
  const ptrdiff_t kernel = s->kernel, taps = kernel * kernel;
  const ptrdiff_t inner = transposed ? s->output_channels : s->input_channels;
  const ptrdiff_t outer = transposed ? s->input_channels : s->output_channels;
  const ptrdiff_t padded_inner = groups_of(inner) * group_lanes, plane = groups_of(outer) * padded_inner * group_lanes;
  const int streams = NAME(streams_points)(plane, packed);
  float block[25][group_lanes];
  for (ptrdiff_t group = 0; group < groups_of(outer); group++) {
    const ptrdiff_t first = group * group_lanes, count = smaller(group_lanes, outer - first);
    for (ptrdiff_t channel = 0; channel < padded_inner; channel++) {
      memset(block, 0, sizeof block);
      for (ptrdiff_t tap = 0; tap < taps && channel < inner; tap++) {
        if (transposed) {
          const float *source = weights + ((taps - 1 - tap) * outer + first) * inner + channel;
          for (ptrdiff_t lane = 0; lane < count; lane++) block[tap][lane] = source[lane * inner];
        } else {
          memcpy(block[tap], weights + (tap * inner + channel) * outer + first, sizeof(float) * (size_t)count);
        }
      }
      float *points = packed + (group * padded_inner + channel) * group_lanes;
      if (kernel == 3) {
        NAME(transform_kernel_3)(block[0], group_lanes, plane, streams, points);
      } else {
        NAME(transform_kernel_5)(block[0], group_lanes, plane, streams, points);
      }
    }
  }
  // What has gone past the caches is not ordered before a later store that tells others of it.
  if (streams) __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void NAME(convolution_winograd_pack)(const ConvolutionSizes *s, const float *weights, float *packed) {
  NAME(pack_kernels)(s, weights, 0, packed);
}

void NAME(convolution_winograd_pack_transposed)(const ConvolutionSizes *s, const float *weights, float *packed) {
  NAME(pack_kernels)(s, weights, 1, packed);
}

/// Where tile number `index` of a batch is.
typedef struct {
  ptrdiff_t image, y, x;
} NAME(TilePlace);

static NAME(TilePlace) NAME(place_of)(ptrdiff_t index, const WinogradPlan *plan) {
  const ptrdiff_t in_image = index % (plan->down * plan->across);
  NAME(TilePlace) place = {index / (plan->down * plan->across), in_image / plan->across * plan->tile,
                            in_image % plan->across * plan->tile};
  return place;
}

static inline void NAME(advance)(NAME(TilePlace) *place, const WinogradPlan *plan) {
  place->x += plan->tile;
  if (place->x < plan->across * plan->tile) return;
  place->x = 0;
  place->y += plan->tile;
  if (place->y < plan->down * plan->tile) return;
  place->y = 0;
  place->image++;
}

/// The tiles of a block by the points that count for them. The kind of a tile or of a point: 1 for all rows of outputs,
/// or the last point down, and 2 for all columns, or the last point across. A point counts for the tiles whose kind has
/// all that its own has.
typedef struct {
  /// Of each kind of point, where the tiles that it counts for begin and how many they are, in the order of `slots`.
  ptrdiff_t first[4], count[4];
  /// The tiles' places in an order in which those that one point counts for are neighbours.
  ptrdiff_t slots[winograd_block_tiles];
  ptrdiff_t kinds[winograd_block_tiles];
} NAME(TileOrder);

static void NAME(sort_tiles)(const WinogradPlan *plan, ptrdiff_t height, ptrdiff_t width, ptrdiff_t first,
                             ptrdiff_t count, NAME(TileOrder) *order) {
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  ptrdiff_t counts[4] = {0};
  for (ptrdiff_t tile = 0; tile < count; tile++, NAME(advance)(&place, plan)) {
    order->kinds[tile] = (place.y + plan->tile <= height) + 2 * (place.x + plan->tile <= width);
    counts[order->kinds[tile]]++;
  }
  // All rows, both, all columns, neither: what a point of any kind counts for is a run of these.
  ptrdiff_t next[4] = {counts[1] + counts[3] + counts[2], 0, counts[1] + counts[3], counts[1]};
  order->first[0] = 0, order->count[0] = count;
  order->first[1] = 0, order->count[1] = counts[1] + counts[3];
  order->first[2] = counts[1], order->count[2] = counts[3] + counts[2];
  order->first[3] = counts[1], order->count[3] = counts[3];
  for (ptrdiff_t tile = 0; tile < count; tile++) order->slots[tile] = next[order->kinds[tile]]++;
}

/// The kind of a point, as ``TileOrder`` has it.
static inline ptrdiff_t NAME(kind_of)(ptrdiff_t point) { return (point / 6 == 5) + 2 * (point % 6 == 5); }

/// V of tiles `first` … `first + count` of the batch, each at its slot or, without slots, in a row.
static void NAME(transform_block)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *inputs,
                                  ptrdiff_t first, ptrdiff_t count, const ptrdiff_t *slots, const float *zeros,
                                  float *points) {
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  for (ptrdiff_t tile = 0; tile < count; tile++, NAME(advance)(&place, plan)) {
    NAME(transform_data)(inputs + place.image * s->height * s->width * s->input_channels, s->height, s->width,
                         s->input_channels, place.y - s->padding, place.x - s->padding, zeros,
                         points + (slots ? slots[tile] : tile) * plan->input_tile);
  }
}

/// G dy Gᵀ of tiles `first` … `first + count` of the batch.
static void NAME(transform_gradients)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *gradient,
                                      ptrdiff_t first, ptrdiff_t count, const float *zeros, float *points) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t outer = s->output_channels, whole = outer / group_lanes, rest = outer % group_lanes;
  const ptrdiff_t side = plan->tile;
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  for (ptrdiff_t tile = 0; tile < count; tile++, NAME(advance)(&place, plan)) {
    const float *pixels[16], *corner = gradient + ((place.image * height + place.y) * width + place.x) * outer;
    float window[16][group_lanes], *target = points + tile * plan->output_tile;
    for (ptrdiff_t i = 0; i < side; i++) {
      for (ptrdiff_t j = 0; j < side; j++) {
        int inside = place.y + i < height && place.x + j < width;
        pixels[i * side + j] = inside ? corner + (i * width + j) * outer : zeros;
      }
    }
    (side == 4 ? NAME(transform_gradient_3) : NAME(transform_gradient_5))(pixels, whole, target);
    if (rest == 0) continue;
    for (ptrdiff_t p = 0; p < side * side; p++) {
      for (ptrdiff_t lane = 0; lane < group_lanes; lane++) {
        window[p][lane] = lane < rest ? pixels[p][whole * group_lanes + lane] : 0;
      }
      pixels[p] = window[p];
    }
    target += whole * winograd_points * group_lanes;
    (side == 4 ? NAME(transform_gradient_3) : NAME(transform_gradient_5))(pixels, 1, target);
  }
}

/// Pixels of a block of tiles that are fetched while another is multiplied: the products leave the memory idle, and
/// without this the transforms would wait for it. `side` × `side` pixels from `corners` on.
typedef struct {
  ptrdiff_t count, side, row, column;
  /// Where the next pixel is in each tile, counted without divisions.
  ptrdiff_t x, y, offset;
  const float *corners[winograd_fetched_tiles];
} NAME(Preview);

/// Of the inputs, the pixels that no tile before has read: from the second row and column of a tile on, five.
static void NAME(look_at_inputs)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *inputs,
                                 ptrdiff_t first, NAME(Preview) *preview) {
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  preview->count = plan->fetches ? smaller(plan->block, plan->tiles - first) : 0;
  preview->side = 5;
  preview->row = s->width * s->input_channels;
  preview->column = s->input_channels;
  preview->x = preview->y = preview->offset = 0;
  for (ptrdiff_t tile = 0; tile < preview->count; tile++, NAME(advance)(&place, plan)) {
    const ptrdiff_t y = larger(0, place.y - s->padding + 1), x = larger(0, place.x - s->padding + 1);
    preview->corners[tile] = inputs + ((place.image * s->height + y) * s->width + x) * s->input_channels;
  }
}

/// The pixels of a block of outputs, or of their gradient.
static void NAME(look_at_outputs)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *outputs,
                                  ptrdiff_t first, NAME(Preview) *preview) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  preview->count = plan->fetches ? smaller(plan->block, plan->tiles - first) : 0;
  preview->side = plan->tile;
  preview->row = width * s->output_channels;
  preview->column = s->output_channels;
  preview->x = preview->y = preview->offset = 0;
  for (ptrdiff_t tile = 0; tile < preview->count; tile++, NAME(advance)(&place, plan)) {
    preview->corners[tile] = outputs + ((place.image * height + place.y) * width + place.x) * s->output_channels;
  }
}

/// Fetches the next pixel of every tile, to be read or (`writes`) written. No address is too wild to fetch.
static inline __attribute__((always_inline)) void NAME(fetch)(NAME(Preview) *preview, const int writes) {
  if (preview->y == preview->side) return;
  for (ptrdiff_t tile = 0; tile < preview->count; tile++) {
    const float *pixel = preview->corners[tile] + preview->offset;
    for (ptrdiff_t channel = 0; channel < preview->column; channel += group_lanes) {
      if (writes) {
        __builtin_prefetch(pixel + channel, 1, 3);
      } else {
        __builtin_prefetch(pixel + channel, 0, 2);
      }
    }
  }
  preview->offset += preview->column;
  if (++preview->x == preview->side) {
    preview->x = 0;
    preview->y++;
    preview->offset += preview->row - preview->side * preview->column;
  }
}

/// For all points, the tiles that they count for, and groups: products[tile][point][output] = Σ over inputs of
/// data[tile][point][input] · packed.
static void NAME(multiply_block)(const WinogradPlan *plan, const NAME(TileOrder) *order, ptrdiff_t inner_groups,
                                 ptrdiff_t outer_groups, const float *data, const float *packed, float *products,
                                 NAME(Preview) *next, NAME(Preview) *targets) {
  // A group of 16 inputs plays a row of the kernel.
  const TileSteps steps = {.input_column = plan->input_tile,
                            .output_column = plan->output_tile,
                            .taps = inner_groups,
                            .tap_row = winograd_points * group_lanes,
                            .run = group_lanes,
                            .weight_group = inner_groups * group_lanes * group_lanes,
                            .output_group = winograd_points * group_lanes,
                            .options = 0};
  for (ptrdiff_t point = 0; point < winograd_points; point++) {
    NAME(fetch)(next, 0);
    if (point >= winograd_points - 16) NAME(fetch)(targets, 1);
    const ptrdiff_t first = order->first[NAME(kind_of)(point)], count = order->count[NAME(kind_of)(point)];
    for (ptrdiff_t group = 0, groups = 0; group < outer_groups; group += groups) {
      groups = NAME(tile_groups)(outer_groups - group);
      const ptrdiff_t pixels = NAME(tile_pixels)(groups), parts = (count + pixels - 1) / pixels;
      const float *from = data + first * plan->input_tile + point * group_lanes;
      float *to = products + first * plan->output_tile + (group * winograd_points + point) * group_lanes;
      for (ptrdiff_t i = 0; i < parts; i++) {
        const ptrdiff_t columns = count / parts + (i < count % parts);
        NAME(single_rows)[groups - 1][columns](&steps, from, packed, 0, to);
        from += columns * plan->input_tile;
        to += columns * plan->output_tile;
      }
      packed += groups * steps.weight_group;
    }
  }
}

static void NAME(convolve)(const ConvolutionSizes *s, const float *inputs, const float *packed, const float *bias,
                           int options, float *outputs, float *scratch) {
  const WinogradPlan plan = winograd_plan(s, 0, PIXELS);
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t outer = s->output_channels;
  float *data = scratch + winograd_zeros_floats(s), *products = data + plan.block * plan.input_tile;
  memset(scratch, 0, sizeof(float) * (size_t)winograd_zeros_floats(s));
  NAME(Preview) next, targets;
  NAME(TileOrder) order;
  for (ptrdiff_t first = 0; first < plan.tiles; first += plan.block) {
    const ptrdiff_t count = smaller(plan.block, plan.tiles - first);
    NAME(sort_tiles)(&plan, height, width, first, count, &order);
    NAME(transform_block)(s, &plan, inputs, first, count, order.slots, scratch, data);
    NAME(look_at_inputs)(s, &plan, inputs, first + count, &next);
    NAME(look_at_outputs)(s, &plan, outputs, first, &targets);
    NAME(multiply_block)(&plan, &order, groups_of(s->input_channels), groups_of(outer), data, packed, products,
                         &next, &targets);
    NAME(TilePlace) place = NAME(place_of)(first, &plan);
    for (ptrdiff_t tile = 0; tile < count; tile++, NAME(advance)(&place, &plan)) {
      float *target = outputs + ((place.image * height + place.y) * width + place.x) * outer;
      const ptrdiff_t rows = smaller(plan.tile, height - place.y), columns = smaller(plan.tile, width - place.x);
      for (ptrdiff_t channel = 0; channel < outer; channel += group_lanes) {
        const ptrdiff_t lanes_used = smaller(group_lanes, outer - channel);
        float last[group_lanes] = {0};
        const float *biases = bias ? bias + channel : 0;
        if (bias && lanes_used < group_lanes) {
          memcpy(last, biases, sizeof(float) * (size_t)lanes_used);
          biases = last;
        }
        const float *points = products + order.slots[tile] * plan.output_tile + channel * winograd_points;
        NAME(write_function) *write = plan.tile == 4 ? NAME(write_tile_3) : NAME(write_tile_5);
        if (lanes_used == group_lanes) {
          write(points, biases, options, rows, columns, width * outer, outer, target + channel);
        } else {
          // The last group of a channel count that 16 does not divide goes through a tile beside the outputs.
          float border[16][group_lanes] = {{0}};
          for (ptrdiff_t p = 0; p < rows * columns && options & convolution_option_accumulate; p++) {
            const float *old = target + (p / columns * width + p % columns) * outer + channel;
            memcpy(border[p], old, sizeof(float) * (size_t)lanes_used);
          }
          write(points, biases, options, rows, columns, columns * group_lanes, group_lanes, border[0]);
          for (ptrdiff_t p = 0; p < rows * columns; p++) {
            float *new = target + (p / columns * width + p % columns) * outer + channel;
            memcpy(new, border[p], sizeof(float) * (size_t)lanes_used);
          }
        }
      }
    }
  }
}

void NAME(convolution_winograd_forward)(const ConvolutionSizes *s, const float *inputs, const float *packed,
                                        const float *bias, bool relu, bool accumulating, float *outputs,
                                        float *scratch) {
  NAME(convolve)(s, inputs, packed, bias, convolution_options(relu, accumulating), outputs, scratch);
}

void NAME(convolution_winograd_input_gradient)(const ConvolutionSizes *s, const float *output_gradient,
                                               const float *transposed, bool accumulating, float *input_gradient,
                                               float *scratch) {
  const ConvolutionSizes swapped = transposed_sizes(s);
  NAME(convolve)(&swapped, output_gradient, transposed, 0, convolution_options(false, accumulating), input_gradient,
                 scratch);
}

/// The tiles of a block that a point of each kind counts for, in their order.
static void NAME(list_tiles)(const NAME(TileOrder) *order, ptrdiff_t count,
                             ptrdiff_t places[4][winograd_block_tiles]) {
  for (ptrdiff_t kind = 0; kind < 4; kind++) {
    ptrdiff_t *place = places[kind];
    for (ptrdiff_t tile = 0; tile < count; tile++) {
      if ((order->kinds[tile] & kind) == kind) *place++ = tile;
    }
  }
}

/// One point of the tiles at `places`, as [group of 16 channels][tile][16]: each sum passes over all tiles, which lie so
/// far apart that the caches and their prefetching are at a loss. Tiles that the point does not count for have a gradient
/// of zeros there, whose products would leave the sums as they are.
static void NAME(collect_point)(const float *tiles, ptrdiff_t tile_floats, const ptrdiff_t *places, ptrdiff_t count,
                                ptrdiff_t groups, float *points) {
  for (ptrdiff_t place = 0; place < count; place++) {
    const float *tile = tiles + places[place] * tile_floats;
    for (ptrdiff_t group = 0; group < groups; group++) {
      STORE(points + (group * count + place) * group_lanes, LOAD(tile + group * winograd_points * group_lanes));
    }
  }
}

void NAME(convolution_winograd_weight_gradient)(const ConvolutionSizes *s, const float *inputs,
                                                const float *output_gradient, bool accumulating,
                                                float *weight_gradient, float *scratch) {
  const WinogradPlan plan = winograd_plan(s, 1, PIXELS);
  const ptrdiff_t inner = s->input_channels, outer = s->output_channels, outer_groups = groups_of(outer);
  const ptrdiff_t padded_outer = outer_groups * group_lanes, plane = inner * padded_outer;
  float *data = scratch + winograd_zeros_floats(s), *gradients = data + plan.block * plan.input_tile;
  float *point_data = gradients + plan.block * plan.output_tile;
  float *point_gradients = point_data + plan.block * groups_of(inner) * group_lanes;
  float *sums = point_gradients + plan.block * padded_outer;
  memset(scratch, 0, sizeof(float) * (size_t)winograd_zeros_floats(s));
  NAME(Preview) next, next_gradients;
  NAME(TileOrder) order;
  ptrdiff_t places[4][winograd_block_tiles];
  for (ptrdiff_t first = 0; first < plan.tiles; first += plan.block) {
    const ptrdiff_t count = smaller(plan.block, plan.tiles - first);
    NAME(sort_tiles)(&plan, convolution_output_height(s), convolution_output_width(s), first, count, &order);
    NAME(list_tiles)(&order, count, places);
    NAME(transform_block)(s, &plan, inputs, first, count, 0, scratch, data);
    NAME(transform_gradients)(s, &plan, output_gradient, first, count, scratch, gradients);
    SumSteps steps = {.images = 1,
                             .rows = 1,
                             .target_tap = padded_outer,
                             .adds = first > 0,
                             .streams = NAME(streams_points)(plane, sums)};
    NAME(look_at_inputs)(s, &plan, inputs, first + count, &next);
    NAME(look_at_outputs)(s, &plan, output_gradient, first + count, &next_gradients);
    for (ptrdiff_t point = 0; point < winograd_points; point++) {
      NAME(fetch)(&next, 0);
      if (point >= winograd_points - 16) NAME(fetch)(&next_gradients, 0);
      const ptrdiff_t kind = NAME(kind_of)(point), columns = order.count[kind];
      const float *point_inputs = data + point * group_lanes, *point_outputs = gradients + point * group_lanes;
      // A single sum over all tiles takes them where they are.
      const int collects = columns < count || groups_of(inner) + outer_groups > 2;
      if (collects) {
        NAME(collect_point)(point_inputs, plan.input_tile, places[kind], columns, groups_of(inner), point_data);
        NAME(collect_point)(point_outputs, plan.output_tile, places[kind], columns, outer_groups, point_gradients);
        point_inputs = point_data, point_outputs = point_gradients;
      }
      steps.columns = columns;
      steps.input_column = collects ? group_lanes : plan.input_tile;
      steps.gradient_pixel = collects ? group_lanes : plan.output_tile;
      steps.gradient_group = columns * group_lanes;
      for (ptrdiff_t group = 0, groups = 0; group < outer_groups; group += groups) {
        groups = NAME(sum_groups)(outer_groups - group);
        const float *gradient = point_outputs + group * columns * group_lanes;
        for (ptrdiff_t input = 0; input < inner; input += group_lanes) {
          float *to = sums + point * plane + input * padded_outer + group * group_lanes;
          NAME(sum_groups_of)(&steps, 0, groups, smaller(group_lanes, inner - input), point_inputs + input * columns,
                              gradient, to);
        }
      }
    }
  }
  for (ptrdiff_t input = 0; input < inner; input++) {
    for (ptrdiff_t channel = 0; channel < outer; channel += group_lanes) {
      const float *from = sums + input * padded_outer + channel;
      float *target = weight_gradient + input * outer + channel;
      const ptrdiff_t count = smaller(group_lanes, outer - channel);
      if (plan.tile == 4) {
        NAME(write_kernel_3)(from, plane, count, inner * outer, accumulating, target);
      } else {
        NAME(write_kernel_5)(from, plane, count, inner * outer, accumulating, target);
      }
    }
  }
}

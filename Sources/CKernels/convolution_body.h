// The direct convolutions, compiled once for each family after its header. The including file defines PIXELS (how many
// pixels × 16 channels of sums fit the registers) and TAPS (how many taps × 16 channels do).
//
// Rows of an image are contiguous, so the taps (kx, channel) of one kernel row are one run of kernel·channels floats,
// and the inner loop of every pass is: one vector of 16 channels times broadcast floats of a run.
//
// Local arrays must have constant sizes and be unrolled whole: otherwise the sums live in memory, at a third of the
// speed and without a warning.

#include "multiply_add.h"

typedef float NAME(lanes) __attribute__((vector_size(64)));
typedef float NAME(loose) __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t NAME(bits) __attribute__((vector_size(64)));
#define lanes NAME(lanes)
#define LOAD(address) (*(const NAME(loose) *)(address))
#define STORE(address, value) (*(NAME(loose) *)(address) = (value))
#define UNROLL _Pragma("clang loop unroll(full)")
// Hides where an address comes from, so that the optimizer does not trade it for many others.
#define KEEP(value) __asm__("" : "+r"(value))
// A vector of one number. What multiplies it once reads it with the multiplication.
#define BROADCAST(number) ((number) - (lanes){0})
// max(0, x) that keeps NaN, so that a run that has diverged says so.
#define POSITIVE(x) ((lanes)((NAME(bits))(x) & ~((x) < 0)))

// MARK: Tiles of outputs

/// What all tiles of one convolution share. Distances are in floats.
typedef struct {
  /// From one row or column of the tile to the next, in the inputs and in the outputs.
  ptrdiff_t input_row, input_column, output_row, output_column;
  /// Rows of the kernel, the distance between two of them in the inputs, and taps × channels in each.
  ptrdiff_t taps, tap_row, run;
  /// From one group of 16 output channels to the next, in the weights and in the outputs.
  ptrdiff_t weight_group, output_group;
  int options;
} NAME(TileSteps);
#define TileSteps NAME(TileSteps)

typedef void NAME(TileFunction)(const TileSteps *, const float *inputs, const float *weights, const float *bias,
                                 float *outputs);

/// GROUPS × 16 outputs of ROWS × COLUMNS pixels. Three pixels share a pointer: x86 addresses p, p + 4i and p + 8i.
#define TILE(GROUPS, ROWS, COLUMNS)                                                                              \
  static void NAME(tile_##GROUPS##_##ROWS##_##COLUMNS)(const TileSteps *steps, const float *inputs,              \
                                                       const float *weights, const float *bias, float *outputs) { \
    lanes sums[GROUPS][ROWS][COLUMNS];                                                                           \
    UNROLL for (int g = 0; g < GROUPS; g++) {                                                                    \
      lanes start = bias ? LOAD(bias + g * group_lanes) : (lanes){0};                                            \
      UNROLL for (int r = 0; r < ROWS; r++) {                                                                    \
        UNROLL for (int c = 0; c < COLUMNS; c++) sums[g][r][c] = start;                                          \
      }                                                                                                          \
    }                                                                                                            \
    const ptrdiff_t column = steps->input_column, run = steps->run, next = steps->output_group;                  \
    const ptrdiff_t output_row = steps->output_row, output_column = steps->output_column;                        \
    const int options = steps->options;                                                                          \
    const float *rows[GROUPS];                                                                                   \
    UNROLL for (int g = 0; g < GROUPS; g++) rows[g] = weights + g * steps->weight_group;                         \
    for (ptrdiff_t tap = 0; tap < steps->taps; tap++) {                                                          \
      const float *pixels[ROWS][(COLUMNS + 2) / 3];                                                              \
      UNROLL for (int r = 0; r < ROWS; r++) {                                                                    \
        UNROLL for (int c = 0; c < (COLUMNS + 2) / 3; c++) {                                                     \
          pixels[r][c] = inputs + tap * steps->tap_row + r * steps->input_row + 3 * c * column;                  \
        }                                                                                                        \
      }                                                                                                          \
      for (ptrdiff_t t = 0; t < run; t++) {                                                                      \
        lanes weight[GROUPS];                                                                                    \
        UNROLL for (int g = 0; g < GROUPS; g++) {                                                                \
          weight[g] = LOAD(rows[g]);                                                                             \
          rows[g] += group_lanes;                                                                                \
        }                                                                                                        \
        UNROLL for (int r = 0; r < ROWS; r++) {                                                                  \
          UNROLL for (int c = 0; c < COLUMNS; c++) {                                                             \
            lanes pixel = BROADCAST(pixels[r][c / 3][(c % 3) * column]);                                         \
            UNROLL for (int g = 0; g < GROUPS; g++) sums[g][r][c] = fused(weight[g], pixel, sums[g][r][c]);      \
          }                                                                                                      \
          UNROLL for (int c = 0; c < (COLUMNS + 2) / 3; c++) pixels[r][c]++;                                     \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
    if (options & convolution_option_accumulate) {                                                               \
      UNROLL for (int g = 0; g < GROUPS; g++) {                                                                  \
        UNROLL for (int r = 0; r < ROWS; r++) {                                                                  \
          UNROLL for (int c = 0; c < COLUMNS; c++) {                                                             \
            sums[g][r][c] += LOAD(outputs + g * next + r * output_row + c * output_column);                      \
          }                                                                                                      \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
    if (options & convolution_option_relu) {                                                                     \
      UNROLL for (int g = 0; g < GROUPS; g++) {                                                                  \
        UNROLL for (int r = 0; r < ROWS; r++) {                                                                  \
          UNROLL for (int c = 0; c < COLUMNS; c++) sums[g][r][c] = POSITIVE(sums[g][r][c]);                      \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
    UNROLL for (int g = 0; g < GROUPS; g++) {                                                                    \
      UNROLL for (int r = 0; r < ROWS; r++) {                                                                    \
        UNROLL for (int c = 0; c < COLUMNS; c++) {                                                               \
          STORE(outputs + g * next + r * output_row + c * output_column, sums[g][r][c]);                         \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
  }

TILE(1, 1, 1) TILE(1, 1, 2) TILE(1, 1, 3)
#if PIXELS >= 6
TILE(1, 1, 4) TILE(1, 1, 5) TILE(1, 1, 6) TILE(1, 2, 1) TILE(1, 2, 2) TILE(1, 2, 3)
#endif
#if PIXELS >= 16
TILE(1, 1, 7) TILE(1, 1, 8) TILE(1, 1, 9) TILE(1, 1, 10) TILE(1, 1, 11) TILE(1, 1, 12) TILE(1, 1, 13) TILE(1, 1, 14)
TILE(1, 1, 15) TILE(1, 1, 16)
TILE(1, 2, 4) TILE(1, 2, 5) TILE(1, 2, 6) TILE(1, 2, 7) TILE(1, 2, 8)
TILE(1, 4, 1) TILE(1, 4, 2) TILE(1, 4, 3) TILE(1, 4, 4)
TILE(2, 1, 1) TILE(2, 1, 2) TILE(2, 1, 3) TILE(2, 1, 4) TILE(2, 1, 5) TILE(2, 1, 6) TILE(2, 1, 7) TILE(2, 1, 8)
TILE(2, 1, 9) TILE(2, 1, 10) TILE(2, 1, 11) TILE(2, 1, 12) TILE(2, 1, 13) TILE(2, 1, 14)
TILE(2, 2, 1) TILE(2, 2, 2) TILE(2, 2, 3) TILE(2, 2, 4) TILE(2, 2, 5) TILE(2, 2, 6) TILE(2, 2, 7)
TILE(2, 4, 1) TILE(2, 4, 2) TILE(2, 4, 3)
#endif

// A register of one group takes a product for each number that is read, and CPUs that multiply two registers in a cycle
// read but two: two groups share what is read. They leave registers for 14 pixels.
#define PAIR_PIXELS (PIXELS >= 16 ? 14 : 0)

#define ENTRY(GROUPS, ROWS, COLUMNS) [COLUMNS] = NAME(tile_##GROUPS##_##ROWS##_##COLUMNS)
/// By groups − 1, and the columns of one row.
static NAME(TileFunction) *const NAME(single_rows)[][PIXELS + 1] = {
    {ENTRY(1, 1, 1), ENTRY(1, 1, 2), ENTRY(1, 1, 3),
#if PIXELS >= 6
     ENTRY(1, 1, 4), ENTRY(1, 1, 5), ENTRY(1, 1, 6),
#endif
#if PIXELS >= 16
     ENTRY(1, 1, 7), ENTRY(1, 1, 8), ENTRY(1, 1, 9), ENTRY(1, 1, 10), ENTRY(1, 1, 11), ENTRY(1, 1, 12),
     ENTRY(1, 1, 13), ENTRY(1, 1, 14), ENTRY(1, 1, 15), ENTRY(1, 1, 16)},
    {ENTRY(2, 1, 1), ENTRY(2, 1, 2), ENTRY(2, 1, 3), ENTRY(2, 1, 4), ENTRY(2, 1, 5), ENTRY(2, 1, 6), ENTRY(2, 1, 7),
     ENTRY(2, 1, 8), ENTRY(2, 1, 9), ENTRY(2, 1, 10), ENTRY(2, 1, 11), ENTRY(2, 1, 12), ENTRY(2, 1, 13),
     ENTRY(2, 1, 14)
#endif
    },
};
#if PIXELS >= 6
static NAME(TileFunction) *const NAME(double_rows)[][PIXELS / 2 + 1] = {
    {ENTRY(1, 2, 1), ENTRY(1, 2, 2), ENTRY(1, 2, 3),
#if PIXELS >= 16
     ENTRY(1, 2, 4), ENTRY(1, 2, 5), ENTRY(1, 2, 6), ENTRY(1, 2, 7), ENTRY(1, 2, 8)},
    {ENTRY(2, 2, 1), ENTRY(2, 2, 2), ENTRY(2, 2, 3), ENTRY(2, 2, 4), ENTRY(2, 2, 5), ENTRY(2, 2, 6), ENTRY(2, 2, 7)
#endif
    },
};
#endif
#if PIXELS >= 16
static NAME(TileFunction) *const NAME(fourfold_rows)[][PIXELS / 4 + 1] = {
    {ENTRY(1, 4, 1), ENTRY(1, 4, 2), ENTRY(1, 4, 3), ENTRY(1, 4, 4)},
    {ENTRY(2, 4, 1), ENTRY(2, 4, 2), ENTRY(2, 4, 3)},
};
#endif
#undef ENTRY

/// How many of `left` groups of 16 output channels a tile takes.
static inline ptrdiff_t NAME(tile_groups)(ptrdiff_t left) { return PAIR_PIXELS > 0 && left >= 2 ? 2 : 1; }

/// How many pixels the registers hold of so many groups.
static inline ptrdiff_t NAME(tile_pixels)(ptrdiff_t groups) { return groups == 2 ? PAIR_PIXELS : PIXELS; }

/// The function for tiles of `columns` and as many rows as fit, at most `rows`, which it sets to the tile's.
static NAME(TileFunction) *NAME(tile_for)(ptrdiff_t groups, ptrdiff_t columns, ptrdiff_t *rows) {
#if PIXELS >= 16
  if (*rows >= 4 && columns * 4 <= NAME(tile_pixels)(groups)) {
    *rows = 4;
    return NAME(fourfold_rows)[groups - 1][columns];
  }
#endif
#if PIXELS >= 6
  if (*rows >= 2 && columns * 2 <= NAME(tile_pixels)(groups)) {
    *rows = 2;
    return NAME(double_rows)[groups - 1][columns];
  }
#endif
  *rows = 1;
  return NAME(single_rows)[groups - 1][columns];
}

/// A rectangle of `height` × `width` outputs of ``tile_groups`` whole groups of channels, or of up to 16 channels.
static void NAME(rectangle)(const TileSteps *steps, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                            const float *inputs, const float *weights, const float *bias, float *outputs) {
  // Equal tiles: 30 columns are 15 + 15, not 16 + 14, and 7 columns take two rows at once.
  const ptrdiff_t groups = groups_of(channels), pixels = NAME(tile_pixels)(groups);
  const ptrdiff_t tiles = (width + pixels - 1) / pixels, base = width / tiles, wider = width % tiles;
  TileSteps narrow = *steps;
  float border[PIXELS * group_lanes];
  for (ptrdiff_t y = 0, rows = 0; y < height; y += rows) {
    ptrdiff_t x = 0;
    for (ptrdiff_t tile = 0; tile < tiles; tile++) {
      ptrdiff_t columns = base + (tile < wider);
      rows = tiles == 1 ? height - y : 1;
      NAME(TileFunction) *function = NAME(tile_for)(groups, columns, &rows);
      const float *source = inputs + y * steps->input_row + x * steps->input_column;
      float *target = outputs + y * steps->output_row + x * steps->output_column;
      if (channels == groups * group_lanes) {
        function(steps, source, weights, bias, target);
      } else {
        // The last group of a channel count that 16 does not divide goes through a full tile beside the outputs.
        narrow.output_column = group_lanes;
        narrow.output_row = columns * group_lanes;
        if (steps->options & convolution_option_accumulate) {
          for (ptrdiff_t pixel = 0; pixel < rows * columns; pixel++) {
            const float *old = target + pixel / columns * steps->output_row + pixel % columns * steps->output_column;
            for (ptrdiff_t channel = 0; channel < group_lanes; channel++) {
              border[pixel * group_lanes + channel] = channel < channels ? old[channel] : 0;
            }
          }
        }
        function(&narrow, source, weights, bias, border);
        for (ptrdiff_t pixel = 0; pixel < rows * columns; pixel++) {
          float *new = target + pixel / columns * steps->output_row + pixel % columns * steps->output_column;
          const float *sums = border + pixel * group_lanes;
          for (ptrdiff_t channel = 0; channel < channels; channel++) new[channel] = sums[channel];
        }
      }
      x += columns;
    }
  }
}

/// Writes `height` × `width` pixels of which (y, x) is source pixel (y + first_row, x + first_column), or zero where the
/// source has none.
static void NAME(copy_with_halo)(const float *source, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                                 ptrdiff_t source_height, ptrdiff_t first_row, ptrdiff_t first_column,
                                 ptrdiff_t source_width, float *target) {
  const ptrdiff_t left = smaller(width, larger(0, -first_column));
  const ptrdiff_t right = larger(left, smaller(width, source_width - first_column));
  for (ptrdiff_t y = 0; y < height; y++, target += width * channels) {
    ptrdiff_t row = y + first_row;
    if (row < 0 || row >= source_height) {
      memset(target, 0, sizeof(float) * (size_t)(width * channels));
      continue;
    }
    if (left > 0) memset(target, 0, sizeof(float) * (size_t)(left * channels));
    if (right > left) {
      memcpy(target + left * channels, source + (row * source_width + left + first_column) * channels,
             sizeof(float) * (size_t)((right - left) * channels));
    }
    if (width > right) memset(target + right * channels, 0, sizeof(float) * (size_t)((width - right) * channels));
  }
}

// MARK: Forward

void NAME(convolution_direct_forward)(const ConvolutionSizes *s, const float *inputs, const float *packed,
                                      const float *bias, bool relu, bool accumulating, float *outputs,
                                      float *scratch) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t padded_height = s->height + 2 * s->padding, padded_width = s->width + 2 * s->padding;
  const ptrdiff_t inner = s->input_channels, outer = s->output_channels;
  const ptrdiff_t panel = s->kernel * s->kernel * inner * group_lanes;
  const TileSteps steps = {
      .input_row = s->stride * padded_width * inner,
      .input_column = s->stride * inner,
      .output_row = width * outer,
      .output_column = outer,
      .taps = s->kernel,
      .tap_row = padded_width * inner,
      .run = s->kernel * inner,
      .weight_group = panel,
      .output_group = group_lanes,
      .options = convolution_options(relu, accumulating),
  };
  for (ptrdiff_t image = 0; image < s->batch; image++) {
    const float *source = inputs + image * s->height * s->width * inner;
    if (s->padding > 0) {
      NAME(copy_with_halo)(source, padded_height, padded_width, inner, s->height, -s->padding, -s->padding, s->width,
                           scratch);
      source = scratch;
    }
    float *target = outputs + image * height * width * outer;
    for (ptrdiff_t first = 0, channels = 0; first < outer; first += channels) {
      channels = smaller(outer - first, NAME(tile_groups)((outer - first) / group_lanes) * group_lanes);
      float last[group_lanes] = {0};
      const float *biases = bias ? bias + first : 0;
      if (bias && channels < group_lanes) {
        memcpy(last, biases, sizeof(float) * (size_t)channels);
        biases = last;
      }
      NAME(rectangle)(&steps, height, width, channels, source, packed + first / group_lanes * panel, biases,
                      target + first);
    }
  }
}

// MARK: Gradient of the inputs

/// Clears, or leaves, the inputs that no output has seen.
static void NAME(unseen)(const TileSteps *steps, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels,
                         float *target) {
  if (steps->options & convolution_option_accumulate) return;
  for (ptrdiff_t y = 0; y < height; y++) {
    for (ptrdiff_t x = 0; x < width; x++) {
      memset(target + y * steps->output_row + x * steps->output_column, 0, sizeof(float) * (size_t)channels);
    }
  }
}

void NAME(convolution_direct_input_gradient)(const ConvolutionSizes *s, const float *output_gradient,
                                             const float *transposed, bool accumulating, float *input_gradient,
                                             float *scratch) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t inner = s->output_channels, outer = s->input_channels;
  const ConvolutionHalo halo_y = halo_of(s->height, height, s->kernel, s->stride, s->padding);
  const ConvolutionHalo halo_x = halo_of(s->width, width, s->kernel, s->stride, s->padding);
  const int copies = halo_y.before > 0 || halo_y.after > 0 || halo_x.before > 0 || halo_x.after > 0;
  const ptrdiff_t padded_height = halo_y.before + height + halo_y.after;
  const ptrdiff_t padded_width = halo_x.before + width + halo_x.after;
  for (ptrdiff_t image = 0; image < s->batch; image++) {
    const float *source = output_gradient + image * height * width * inner;
    if (copies) {
      NAME(copy_with_halo)(source, padded_height, padded_width, inner, height, -halo_y.before, -halo_x.before, width,
                           scratch);
      source = scratch;
    }
    float *target = input_gradient + image * s->height * s->width * outer;
    for (ptrdiff_t y = 0; y < smaller(s->stride, s->height); y++) {
      const ConvolutionPhase rows = phase_of(y, s->height, s->kernel, s->stride, s->padding);
      // The packs of smaller remainders come first.
      const ptrdiff_t above = taps_before(rows.tap, s->kernel, s->stride);
      for (ptrdiff_t x = 0; x < smaller(s->stride, s->width); x++) {
        const ConvolutionPhase columns = phase_of(x, s->width, s->kernel, s->stride, s->padding);
        const ptrdiff_t before = above * s->kernel + rows.taps * taps_before(columns.tap, s->kernel, s->stride);
        const float *weights = transposed + before * inner * groups_of(outer) * group_lanes;
        const ptrdiff_t panel = rows.taps * columns.taps * inner * group_lanes;
        const TileSteps steps = {
            .input_row = padded_width * inner,
            .input_column = inner,
            .output_row = s->stride * s->width * outer,
            .output_column = s->stride * outer,
            .taps = rows.taps,
            .tap_row = padded_width * inner,
            .run = columns.taps * inner,
            .weight_group = panel,
            .output_group = group_lanes,
            .options = convolution_options(false, accumulating),
        };
        float *corner = target + (y * s->width + x) * outer;
        if (panel == 0) {
          NAME(unseen)(&steps, rows.count, columns.count, outer, corner);
          continue;
        }
        const ptrdiff_t start_row = rows.start + halo_y.before, start_column = columns.start + halo_x.before;
        const float *start = source + (start_row * padded_width + start_column) * inner;
        for (ptrdiff_t first = 0, channels = 0; first < outer; first += channels) {
          channels = smaller(outer - first, NAME(tile_groups)((outer - first) / group_lanes) * group_lanes);
          NAME(rectangle)(&steps, rows.count, columns.count, channels, start, weights + first / group_lanes * panel, 0,
                          corner + first);
        }
      }
    }
  }
}

// MARK: Gradient of the weights

/// The pixels that one tile of the weight gradient sums over. Distances are in floats.
typedef struct {
  ptrdiff_t images, rows, columns;
  ptrdiff_t input_image, input_row, input_column;
  /// From one pixel of the output gradient to the next; its rows and images follow without a gap.
  ptrdiff_t gradient_pixel;
  /// From one group of 16 output channels to the next in the output gradient.
  ptrdiff_t gradient_group;
  /// From one tap to the next in the sums.
  ptrdiff_t target_tap;
  int adds;
} NAME(SumSteps);
#define SumSteps NAME(SumSteps)

typedef void NAME(SumFunction)(const SumSteps *, const float *inputs, const float *gradient, float *target);

/// COUNT taps × GROUPS × 16 outputs, summed over pixels in order. Sums that are added to others fetch those first.
#define SUMS(GROUPS, COUNT)                                                                                      \
  static void NAME(sums_##GROUPS##_##COUNT)(const SumSteps *steps, const float *inputs, const float *gradient,   \
                                            float *target) {                                                     \
    const ptrdiff_t column = steps->input_column, pixel = steps->gradient_pixel, next = steps->target_tap;       \
    const ptrdiff_t group = steps->gradient_group;                                                               \
    const int adds = steps->adds;                                                                                \
    if (adds) {                                                                                                  \
      UNROLL for (int t = 0; t < COUNT; t++) {                                                                   \
        UNROLL for (int g = 0; g < GROUPS; g++) __builtin_prefetch(target + t * next + g * group_lanes, 1, 3);   \
      }                                                                                                          \
    }                                                                                                            \
    lanes sums[COUNT][GROUPS];                                                                                   \
    UNROLL for (int t = 0; t < COUNT; t++) {                                                                     \
      UNROLL for (int g = 0; g < GROUPS; g++) sums[t][g] = (lanes){0};                                           \
    }                                                                                                            \
    for (ptrdiff_t image = 0; image < steps->images; image++) {                                                  \
      for (ptrdiff_t row = 0; row < steps->rows; row++) {                                                        \
        const float *x = inputs + image * steps->input_image + row * steps->input_row;                           \
        for (ptrdiff_t count = steps->columns; count > 0; count--) {                                             \
          lanes dy[GROUPS];                                                                                      \
          UNROLL for (int g = 0; g < GROUPS; g++) dy[g] = LOAD(gradient + g * group);                            \
          UNROLL for (int t = 0; t < COUNT; t++) {                                                               \
            lanes number = BROADCAST(x[t]);                                                                      \
            UNROLL for (int g = 0; g < GROUPS; g++) sums[t][g] = fused(dy[g], number, sums[t][g]);               \
          }                                                                                                      \
          gradient += pixel;                                                                                     \
          x += column;                                                                                           \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
    UNROLL for (int t = 0; t < COUNT; t++) {                                                                     \
      UNROLL for (int g = 0; g < GROUPS; g++) {                                                                  \
        float *place = target + t * next + g * group_lanes;                                                      \
        STORE(place, adds ? sums[t][g] + LOAD(place) : sums[t][g]);                                              \
      }                                                                                                          \
    }                                                                                                            \
  }

SUMS(1, 1) SUMS(1, 2) SUMS(1, 3)
#if TAPS >= 6
SUMS(1, 4) SUMS(1, 5) SUMS(1, 6)
#endif
#if TAPS >= 28
SUMS(1, 7) SUMS(1, 8) SUMS(1, 9) SUMS(1, 10) SUMS(1, 11) SUMS(1, 12) SUMS(1, 13) SUMS(1, 14) SUMS(1, 15) SUMS(1, 16)
SUMS(1, 17) SUMS(1, 18) SUMS(1, 19) SUMS(1, 20) SUMS(1, 21) SUMS(1, 22) SUMS(1, 23) SUMS(1, 24) SUMS(1, 25) SUMS(1, 26)
SUMS(1, 27) SUMS(1, 28)
SUMS(2, 1) SUMS(2, 2) SUMS(2, 3) SUMS(2, 4) SUMS(2, 5) SUMS(2, 6) SUMS(2, 7) SUMS(2, 8) SUMS(2, 9) SUMS(2, 10)
SUMS(2, 11) SUMS(2, 12) SUMS(2, 13) SUMS(2, 14)
SUMS(3, 1) SUMS(3, 2) SUMS(3, 3) SUMS(3, 4) SUMS(3, 5) SUMS(3, 6) SUMS(3, 7) SUMS(3, 8) SUMS(3, 9)
#endif

#define ENTRY(GROUPS, COUNT) [COUNT] = NAME(sums_##GROUPS##_##COUNT)
/// By groups − 1, and taps.
static NAME(SumFunction) *const NAME(sums)[][TAPS + 1] = {
    {ENTRY(1, 1), ENTRY(1, 2), ENTRY(1, 3),
#if TAPS >= 6
     ENTRY(1, 4), ENTRY(1, 5), ENTRY(1, 6),
#endif
#if TAPS >= 28
     ENTRY(1, 7), ENTRY(1, 8), ENTRY(1, 9), ENTRY(1, 10), ENTRY(1, 11), ENTRY(1, 12), ENTRY(1, 13), ENTRY(1, 14),
     ENTRY(1, 15), ENTRY(1, 16), ENTRY(1, 17), ENTRY(1, 18), ENTRY(1, 19), ENTRY(1, 20), ENTRY(1, 21), ENTRY(1, 22),
     ENTRY(1, 23), ENTRY(1, 24), ENTRY(1, 25), ENTRY(1, 26), ENTRY(1, 27), ENTRY(1, 28)},
    {ENTRY(2, 1), ENTRY(2, 2), ENTRY(2, 3), ENTRY(2, 4), ENTRY(2, 5), ENTRY(2, 6), ENTRY(2, 7), ENTRY(2, 8),
     ENTRY(2, 9), ENTRY(2, 10), ENTRY(2, 11), ENTRY(2, 12), ENTRY(2, 13), ENTRY(2, 14)},
    {ENTRY(3, 1), ENTRY(3, 2), ENTRY(3, 3), ENTRY(3, 4), ENTRY(3, 5), ENTRY(3, 6), ENTRY(3, 7), ENTRY(3, 8),
     ENTRY(3, 9)
#endif
    },
};
#undef ENTRY

/// How many of `left` whole groups of 16 output channels are summed at once.
static inline ptrdiff_t NAME(sum_groups)(ptrdiff_t left) {
  if (TAPS < 28 || left < 2) return 1;
  return left == 2 || left == 4 ? 2 : 3;
}

/// Adds the products of `taps` inputs of every pixel with whole `groups` of 16 channels of its gradient to `target`.
static void NAME(sum_groups_of)(const SumSteps *steps, ptrdiff_t groups, ptrdiff_t taps, const float *inputs,
                                const float *gradient, float *target) {
  const ptrdiff_t most = groups == 3 ? 9 : groups == 2 ? 14 : TAPS, blocks = (taps + most - 1) / most;
  for (ptrdiff_t block = 0, first = 0; block < blocks; block++) {
    const ptrdiff_t count = taps / blocks + (block < taps % blocks);
    NAME(sums)[groups - 1][count](steps, inputs + first, gradient, target + first * steps->target_tap);
    first += count;
  }
}

/// The same of the last group, which has fewer than 16 channels.
static void NAME(sum_last_channels)(const SumSteps *steps, ptrdiff_t taps, ptrdiff_t channels, const float *inputs,
                                    const float *gradient, float *target) {
  const ptrdiff_t blocks = (taps + TAPS - 1) / TAPS;
  SumSteps narrow = *steps;
  narrow.target_tap = group_lanes;
  narrow.adds = 0;
  float border[TAPS * group_lanes];
  for (ptrdiff_t block = 0, first = 0; block < blocks; block++) {
    const ptrdiff_t count = taps / blocks + (block < taps % blocks);
    float *sums = target + first * steps->target_tap;
    NAME(sums)[0][count](&narrow, inputs + first, gradient, border);
    for (ptrdiff_t t = 0; t < count; t++) {
      for (ptrdiff_t channel = 0; channel < channels; channel++) {
        float old = steps->adds ? sums[t * steps->target_tap + channel] : 0;
        sums[t * steps->target_tap + channel] = old + border[t * group_lanes + channel];
      }
    }
    first += count;
  }
}

void NAME(convolution_direct_weight_gradient)(const ConvolutionSizes *s, const float *inputs,
                                              const float *output_gradient, bool accumulating,
                                              float *weight_gradient, float *scratch) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t inner = s->input_channels, outer = s->output_channels;
  const ptrdiff_t padded_width = s->width + 2 * s->padding, run = s->kernel * inner;
  const ConvolutionChunk chunk = chunk_of(s);
  const ptrdiff_t padded_outer = groups_of(outer) * group_lanes;
  float *wide_gradient = scratch + chunk.input_floats;
  int adds = accumulating;
  for (ptrdiff_t image = 0; image < s->batch; image += chunk.images) {
    const ptrdiff_t images = smaller(chunk.images, s->batch - image);
    for (ptrdiff_t row = 0; row < height; row += chunk.rows) {
      const ptrdiff_t rows = smaller(chunk.rows, height - row);
      const ptrdiff_t input_rows = s->padding == 0 ? s->height : (rows - 1) * s->stride + s->kernel;
      const float *source = inputs + (image * s->height + row * s->stride) * s->width * inner;
      if (s->padding > 0) {
        for (ptrdiff_t i = 0; i < images; i++) {
          NAME(copy_with_halo)(inputs + (image + i) * s->height * s->width * inner, input_rows, padded_width, inner,
                               s->height, row * s->stride - s->padding, -s->padding, s->width,
                               scratch + i * input_rows * padded_width * inner);
        }
        source = scratch;
      }
      const float *gradient = output_gradient + (image * height + row) * width * outer;
      if (outer != padded_outer) {
        const ptrdiff_t pixels = images * rows * width;
        for (ptrdiff_t pixel = 0; pixel < pixels; pixel++) {
          memcpy(wide_gradient + pixel * padded_outer, gradient + pixel * outer, sizeof(float) * (size_t)outer);
          memset(wide_gradient + pixel * padded_outer + outer, 0, sizeof(float) * (size_t)(padded_outer - outer));
        }
        gradient = wide_gradient;
      }
      const SumSteps steps = {
          .images = images,
          .rows = rows,
          .columns = width,
          .input_image = input_rows * padded_width * inner,
          .input_row = s->stride * padded_width * inner,
          .input_column = s->stride * inner,
          .gradient_pixel = padded_outer,
          .gradient_group = group_lanes,
          .target_tap = outer,
          .adds = adds,
      };
      for (ptrdiff_t first = 0, channels = 0; first < outer; first += channels) {
        const ptrdiff_t groups = NAME(sum_groups)((outer - first) / group_lanes);
        channels = smaller(outer - first, groups * group_lanes);
        for (ptrdiff_t ky = 0; ky < s->kernel; ky++) {
          const float *pixels = source + ky * padded_width * inner;
          float *target = weight_gradient + ky * run * outer + first;
          if (channels < group_lanes) {
            NAME(sum_last_channels)(&steps, run, channels, pixels, gradient + first, target);
          } else {
            NAME(sum_groups_of)(&steps, groups, run, pixels, gradient + first, target);
          }
        }
      }
      adds = 1;
    }
  }
}

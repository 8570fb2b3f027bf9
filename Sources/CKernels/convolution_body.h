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
typedef float NAME(line) __attribute__((vector_size(64), may_alias));
typedef int32_t NAME(bits) __attribute__((vector_size(64)));
#define lanes NAME(lanes)
#define LOAD(address) (*(const NAME(loose) *)(address))
#define STORE(address, value) (*(NAME(loose) *)(address) = (value))
// Past the caches, to an address that 64 divides.
#define STREAM(address, value) __builtin_nontemporal_store(value, (NAME(line) *)(address))
#define UNROLL _Pragma("clang loop unroll(full)")
// Hides where an address comes from, so that the optimizer does not trade it for many others.
#define KEEP(value) __asm__("" : "+r"(value))
// A vector of one number. What multiplies it once reads it with the multiplication.
#define BROADCAST(number) ((number) - (lanes){0})
// max(0, x) that keeps NaN, so that a run that has diverged says so.
#define POSITIVE(x) ((lanes)((NAME(bits))(x) & ~((x) < 0)))

/// Two arrays that will be read soon: where their next lines are, and how many are left.
typedef struct {
  const float *place[2];
  ptrdiff_t lines[2];
} NAME(Fetches);
#define Fetches NAME(Fetches)

/// Where the next `lines` lines are, or null when none is left.
static const float *NAME(next_fetches)(Fetches *fetches, ptrdiff_t lines) {
  for (int i = 0; i < 2; i++) {
    if (fetches->lines[i] > 0) {
      const float *place = fetches->place[i];
      fetches->place[i] += lines * group_lanes;
      fetches->lines[i] -= lines;
      return place;
    }
  }
  return 0;
}

// MARK: Tiles of outputs

/// What all tiles of one convolution share. Distances are in floats.
typedef struct {
  /// From one row or column of the tile to the next, in the inputs and in the outputs.
  ptrdiff_t input_row, input_column, output_row, output_column;
  /// Rows of the kernel, the distance between two of them in the inputs, and taps × channels in each.
  ptrdiff_t taps, tap_row, run;
  /// From one group of 16 output channels to the next, in the weights and in the outputs.
  ptrdiff_t weight_group, output_group;
  /// What a fetching tile fetches, a line with every number of the run.
  const float *ahead;
  int options;
} NAME(TileSteps);
#define TileSteps NAME(TileSteps)

typedef void NAME(TileFunction)(const TileSteps *, const float *inputs, const float *weights, const float *bias,
                                 float *outputs);

/// Tiles of fewer taps × channels are done before they would have fetched their outputs' lines.
#define FETCHING_TAPS 64

/// GROUPS × 16 outputs of ROWS × COLUMNS pixels. Three pixels share a pointer: x86 addresses p, p + 4i and p + 8i.
/// The outputs' lines are on their way from memory while the sums are made, and those of `ahead` in tiles that FETCH.
#define TILE_OF(KIND, FETCH, GROUPS, ROWS, COLUMNS)                                                              \
  static void NAME(KIND##_##GROUPS##_##ROWS##_##COLUMNS)(const TileSteps *steps, const float *inputs,            \
                                                         const float *weights, const float *bias,                \
                                                         float *outputs) {                                       \
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
    const float *ahead = steps->ahead;                                                                           \
    if (steps->taps * run >= FETCHING_TAPS) {                                                                    \
      UNROLL for (int g = 0; g < GROUPS; g++) {                                                                  \
        UNROLL for (int r = 0; r < ROWS; r++) {                                                                  \
          UNROLL for (int c = 0; c < COLUMNS; c++) {                                                             \
            __builtin_prefetch(outputs + g * next + r * output_row + c * output_column, 1, 3);                   \
          }                                                                                                      \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
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
        if (FETCH) {                                                                                             \
          __builtin_prefetch(ahead, 0, 2);                                                                       \
          ahead += group_lanes;                                                                                  \
        }                                                                                                        \
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

#define TILE(GROUPS, ROWS, COLUMNS) TILE_OF(tile, 0, GROUPS, ROWS, COLUMNS)
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
// Where nothing has to be waited for, to fetch costs a fiftieth of the time: a tile of its own does.
TILE_OF(fetching_tile, 1, 2, 1, 14)
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
/// For PAIR_PIXELS of one row.
static NAME(TileFunction) *const NAME(fetching_pair) = NAME(fetching_tile_2_1_14);
#else
static NAME(TileFunction) *const NAME(fetching_pair) = 0;
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
static void NAME(rectangle)(const TileSteps *steps, Fetches *fetches, ptrdiff_t height, ptrdiff_t width,
                            ptrdiff_t channels, const float *inputs, const float *weights, const float *bias,
                            float *outputs) {
  // Equal tiles: 30 columns are 15 + 15, not 16 + 14, and 7 columns take two rows at once.
  const ptrdiff_t groups = groups_of(channels), pixels = NAME(tile_pixels)(groups);
  const ptrdiff_t tiles = (width + pixels - 1) / pixels, base = width / tiles, wider = width % tiles;
  TileSteps own = *steps, narrow = *steps;
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
        if (groups == 2 && columns == PAIR_PIXELS) {
          own.ahead = NAME(next_fetches)(fetches, steps->taps * steps->run);
          if (own.ahead) function = NAME(fetching_pair);
        }
        function(&own, source, weights, bias, target);
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

/// All channels of `height` × `width` outputs.
///
/// A band of pixels at a time meets all weights: its inputs are still in the second-level cache for the last of these,
/// and its outputs, which lie side by side, leave together. Meanwhile the next band's inputs are fetched.
static void NAME(outputs)(const TileSteps *steps, ptrdiff_t height, ptrdiff_t width, ptrdiff_t outer,
                          const float *inputs, const float *weights, const float *bias, float *outputs) {
  // 160 KiB leave room for narrow layers' weights. Fewer pixels than 56 would have wide layers' weights pass too often.
  const ptrdiff_t band_floats = 40 << 10, fewest = 56, tile = NAME(tile_pixels)(NAME(tile_groups)(groups_of(outer)));
  const ptrdiff_t pixels = larger(fewest, band_floats / (steps->run + outer) / tile * tile);
  const ptrdiff_t rows = height == 1 ? 1 : larger(1, pixels / width);
  const ptrdiff_t columns = height == 1 ? smaller(pixels, width) : width;
  for (ptrdiff_t y = 0; y < height; y += rows) {
    for (ptrdiff_t x = 0; x < width; x += columns) {
      const float *source = inputs + y * steps->input_row + x * steps->input_column;
      float *target = outputs + y * steps->output_row + x * steps->output_column;
      const ptrdiff_t next = height == 1 ? columns * steps->input_column : rows * steps->input_row;
      Fetches fetches = {.place = {source + next}, .lines = {next <= band_floats ? next / group_lanes : 0}};
      for (ptrdiff_t first = 0, channels = 0; first < outer; first += channels) {
        channels = smaller(outer - first, NAME(tile_groups)((outer - first) / group_lanes) * group_lanes);
        float last[group_lanes] = {0};
        const float *biases = bias ? bias + first : 0;
        if (bias && channels < group_lanes) {
          memcpy(last, biases, sizeof(float) * (size_t)channels);
          biases = last;
        }
        NAME(rectangle)(steps, &fetches, smaller(rows, height - y), smaller(columns, width - x), channels, source,
                        weights + first / group_lanes * steps->weight_group, biases, target + first);
      }
    }
  }
}

/// Copies pixels and the zeros around them.
static void NAME(copy_with_halo)(const ConvolutionCopy *copy, const float *source, float *target) {
  const ptrdiff_t width = copy->width, pixel = copy->pixel;
  const ptrdiff_t left = smaller(width, larger(0, -copy->first_column));
  const ptrdiff_t right = larger(left, smaller(width, copy->source_width - copy->first_column));
  // Pixels without gaps are copied as one.
  const int whole = pixel == copy->channels && copy->source_pixel == copy->channels;
  const ptrdiff_t runs = whole ? right > left : right - left, run = whole ? (right - left) * pixel : copy->channels;
  for (ptrdiff_t y = 0; y < copy->height; y++, target += width * pixel) {
    ptrdiff_t row = y + copy->first_row;
    if (row < 0 || row >= copy->source_height) {
      memset(target, 0, sizeof(float) * (size_t)(width * pixel));
      continue;
    }
    if (left > 0) memset(target, 0, sizeof(float) * (size_t)(left * pixel));
    const float *from = source + (row * copy->source_width + left + copy->first_column) * copy->source_pixel;
    float *to = target + left * pixel;
    for (ptrdiff_t i = 0; i < runs; i++, from += copy->source_pixel, to += pixel) {
      memcpy(to, from, sizeof(float) * (size_t)run);
    }
    if (width > right) memset(target + right * pixel, 0, sizeof(float) * (size_t)((width - right) * pixel));
  }
}

// MARK: Forward

void NAME(convolution_direct_forward)(const ConvolutionSizes *s, const float *inputs, const float *packed,
                                      const float *bias, bool relu, bool accumulating, float *outputs,
                                      float *scratch) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t padded_height = s->height + 2 * s->padding, padded_width = s->width + 2 * s->padding;
  const ptrdiff_t inner = s->input_channels, outer = s->output_channels;
  const TileSteps steps = {
      .input_row = s->stride * padded_width * inner,
      .input_column = s->stride * inner,
      .output_row = width * outer,
      .output_column = outer,
      .taps = s->kernel,
      .tap_row = padded_width * inner,
      .run = s->kernel * inner,
      .weight_group = s->kernel * s->kernel * inner * group_lanes,
      .output_group = group_lanes,
      .options = convolution_options(relu, accumulating),
  };
  if (pixels_are_one_row(s)) {
    NAME(outputs)(&steps, 1, s->batch * height * width, outer, inputs, packed, bias, outputs);
    return;
  }
  const ConvolutionCopy halo = {
      .height = padded_height,
      .width = padded_width,
      .channels = inner,
      .pixel = inner,
      .source_height = s->height,
      .source_width = s->width,
      .source_pixel = inner,
      .first_row = -s->padding,
      .first_column = -s->padding,
  };
  for (ptrdiff_t image = 0; image < s->batch; image++) {
    const float *source = inputs + image * s->height * s->width * inner;
    if (s->padding > 0) {
      NAME(copy_with_halo)(&halo, source, scratch);
      source = scratch;
    }
    NAME(outputs)(&steps, height, width, outer, source, packed, bias, outputs + image * height * width * outer);
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

/// The gradient of the inputs (y, x) with y ≡ rows->first and x ≡ columns->first (mod stride), of one image, from
/// `source`, whose rows are `padded_width` pixels.
static void NAME(input_gradient_phase)(const ConvolutionSizes *s, const ConvolutionPhase *rows,
                                       const ConvolutionPhase *columns, ptrdiff_t padded_width, const float *source,
                                       const float *transposed, bool accumulating, float *target) {
  const ptrdiff_t inner = s->output_channels, outer = s->input_channels;
  // The packs of smaller remainders come first.
  const ptrdiff_t before = taps_before(rows->tap, s->kernel, s->stride) * s->kernel +
                           rows->taps * taps_before(columns->tap, s->kernel, s->stride);
  const float *weights = transposed + before * inner * groups_of(outer) * group_lanes;
  const TileSteps steps = {
      .input_row = padded_width * inner,
      .input_column = inner,
      .output_row = s->stride * s->width * outer,
      .output_column = s->stride * outer,
      .taps = rows->taps,
      .tap_row = padded_width * inner,
      .run = columns->taps * inner,
      .weight_group = rows->taps * columns->taps * inner * group_lanes,
      .output_group = group_lanes,
      .options = convolution_options(false, accumulating),
  };
  float *corner = target + (rows->first * s->width + columns->first) * outer;
  if (steps.weight_group == 0) {
    NAME(unseen)(&steps, rows->count, columns->count, outer, corner);
  } else if (pixels_are_one_row(s)) {
    NAME(outputs)(&steps, 1, s->batch * rows->count * columns->count, outer, source, weights, 0, corner);
  } else {
    NAME(outputs)(&steps, rows->count, columns->count, outer, source, weights, 0, corner);
  }
}

void NAME(convolution_direct_input_gradient)(const ConvolutionSizes *s, const float *output_gradient,
                                             const float *transposed, bool accumulating, float *input_gradient,
                                             float *scratch) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t inner = s->output_channels;
  const ConvolutionHalo halo_y = halo_of(s->height, height, s->kernel, s->stride, s->padding);
  const ConvolutionHalo halo_x = halo_of(s->width, width, s->kernel, s->stride, s->padding);
  const int copies = halo_y.before > 0 || halo_y.after > 0 || halo_x.before > 0 || halo_x.after > 0;
  const ConvolutionCopy halo = {
      .height = halo_y.before + height + halo_y.after,
      .width = halo_x.before + width + halo_x.after,
      .channels = inner,
      .pixel = inner,
      .source_height = height,
      .source_width = width,
      .source_pixel = inner,
      .first_row = -halo_y.before,
      .first_column = -halo_x.before,
  };
  const ptrdiff_t calls = pixels_are_one_row(s) ? smaller(1, s->batch) : s->batch;
  for (ptrdiff_t image = 0; image < calls; image++) {
    const float *source = output_gradient + image * height * width * inner;
    if (copies) {
      NAME(copy_with_halo)(&halo, source, scratch);
      source = scratch;
    }
    float *target = input_gradient + image * s->height * s->width * s->input_channels;
    for (ptrdiff_t y = 0; y < smaller(s->stride, s->height); y++) {
      const ConvolutionPhase rows = phase_of(y, s->height, s->kernel, s->stride, s->padding);
      for (ptrdiff_t x = 0; x < smaller(s->stride, s->width); x++) {
        const ConvolutionPhase columns = phase_of(x, s->width, s->kernel, s->stride, s->padding);
        const ptrdiff_t row = rows.start + halo_y.before, column = columns.start + halo_x.before;
        NAME(input_gradient_phase)(s, &rows, &columns, halo.width, source + (row * halo.width + column) * inner,
                                   transposed, accumulating, target);
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
  /// What is fetched meanwhile, a line with every pixel.
  const float *ahead;
  int adds;
  /// Whether sums that are not added go past the caches.
  int streams;
} NAME(SumSteps);
#define SumSteps NAME(SumSteps)

typedef void NAME(SumFunction)(const SumSteps *, const float *inputs, const float *gradient, float *target);

/// COUNT taps × GROUPS × 16 outputs, summed over pixels in order. Sums that are added to others fetch those first. Six
/// sums or fewer leave no time to fetch ahead.
#define SUMS(GROUPS, COUNT)                                                                                      \
  static void NAME(sums_##GROUPS##_##COUNT)(const SumSteps *steps, const float *inputs, const float *gradient,   \
                                            float *target) {                                                     \
    const ptrdiff_t column = steps->input_column, pixel = steps->gradient_pixel, next = steps->target_tap;       \
    const ptrdiff_t group = steps->gradient_group;                                                               \
    const float *ahead = steps->ahead;                                                                           \
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
          if (GROUPS * COUNT > 6) __builtin_prefetch(ahead, 0, 2);                                               \
          ahead += group_lanes;                                                                                  \
          gradient += pixel;                                                                                     \
          x += column;                                                                                           \
        }                                                                                                        \
      }                                                                                                          \
    }                                                                                                            \
    UNROLL for (int t = 0; t < COUNT; t++) {                                                                     \
      UNROLL for (int g = 0; g < GROUPS; g++) {                                                                  \
        float *place = target + t * next + g * group_lanes;                                                      \
        if (steps->streams && !adds) {                                                                           \
          STREAM(place, sums[t][g]);                                                                             \
        } else {                                                                                                 \
          STORE(place, adds ? sums[t][g] + LOAD(place) : sums[t][g]);                                            \
        }                                                                                                        \
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
SUMS(4, 1) SUMS(4, 2) SUMS(4, 3) SUMS(4, 4) SUMS(4, 5) SUMS(4, 6)
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
     ENTRY(3, 9)},
    {ENTRY(4, 1), ENTRY(4, 2), ENTRY(4, 3), ENTRY(4, 4), ENTRY(4, 5), ENTRY(4, 6)
#endif
    },
};
#undef ENTRY

/// How many of `left` whole groups of 16 output channels are summed at once: most often four, with six taps. More taps
/// of fewer groups read more for each product.
static inline ptrdiff_t NAME(sum_groups)(ptrdiff_t left) {
  if (TAPS < 28 || left < 2) return 1;
  return left == 5 || left == 6 ? 3 : smaller(left, 4);
}

/// Adds the products of `taps` inputs of every pixel with whole `groups` of 16 channels of its gradient to `target`.
/// `fetches` may be null.
static void NAME(sum_groups_of)(SumSteps *steps, Fetches *fetches, ptrdiff_t groups, ptrdiff_t taps,
                                const float *inputs, const float *gradient, float *target) {
  const ptrdiff_t most = groups == 4 ? 6 : groups == 3 ? 9 : groups == 2 ? 14 : TAPS, blocks = (taps + most - 1) / most;
  const ptrdiff_t pixels = steps->images * steps->rows * steps->columns;
  for (ptrdiff_t block = 0, first = 0; block < blocks; block++) {
    const ptrdiff_t count = taps / blocks + (block < taps % blocks);
    steps->ahead = fetches ? NAME(next_fetches)(fetches, pixels) : 0;
    if (!steps->ahead) steps->ahead = gradient;
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
  narrow.ahead = gradient;
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

/// A block of the weights: `inputs` and `outputs` channels from the first ones on, of every tap. In a pixel's inputs
/// `run` taps and channels follow one another, in `runs` places, `across` of them in each row of the kernel.
typedef struct {
  ptrdiff_t first_input, inputs, first_output, outputs;
  ptrdiff_t run, runs, across;
} NAME(SumBlock);
#define SumBlock NAME(SumBlock)

/// Copies a block's sums from the weight gradient into scratch, where those of a tile's groups lie together, or back.
static void NAME(move_sums)(const ConvolutionSizes *s, const SumBlock *block, int back, float *weight_gradient,
                            float *sums) {
  const ptrdiff_t tap = s->output_channels, run_taps = s->kernel / block->across * s->input_channels;
  for (ptrdiff_t first = 0, channels = 0; first < block->outputs; first += channels) {
    const ptrdiff_t groups = NAME(sum_groups)((block->outputs - first) / group_lanes);
    channels = smaller(block->outputs - first, groups * group_lanes);
    for (ptrdiff_t run = 0; run < block->runs; run++) {
      float *place = weight_gradient + (run * run_taps + block->first_input) * tap + block->first_output + first;
      for (ptrdiff_t t = 0; t < block->run; t++, place += tap, sums += groups * group_lanes) {
        memcpy(back ? place : sums, back ? sums : place, sizeof(float) * (size_t)channels);
      }
    }
  }
}

/// Copies what a block sees of a chunk's inputs, from output row `row` on, and says how the copy is read.
static void NAME(copy_inputs)(const ConvolutionSizes *s, ptrdiff_t pixel, const SumBlock *block, ptrdiff_t row,
                              const float *inputs, SumSteps *steps, float *target) {
  const ptrdiff_t stride = copied_stride(s), skipped = s->stride / stride;
  const ConvolutionCopy copy = {
      .height = (steps->rows - 1) * stride + s->kernel,
      .width = (steps->columns - 1) * stride + s->kernel,
      .channels = block->inputs,
      .pixel = pixel,
      // A row that is skipped counts as the end of the one before.
      .source_height = (s->height + skipped - 1) / skipped,
      .source_width = s->width,
      .source_pixel = skipped * s->input_channels,
      .first_row = row * stride - s->padding,
      .first_column = -s->padding,
  };
  steps->input_column = stride * pixel;
  steps->input_row = stride * copy.width * pixel;
  steps->input_image = copy.height * copy.width * pixel;
  for (ptrdiff_t image = 0; image < steps->images; image++) {
    NAME(copy_with_halo)(&copy, inputs + image * s->height * s->width * s->input_channels + block->first_input,
                         target + image * steps->input_image);
  }
}

/// Copies a block's channels of the gradient of `pixels` pixels, with zeros up to whole groups.
static void NAME(copy_gradient)(const ConvolutionSizes *s, ptrdiff_t pixel, const SumBlock *block, ptrdiff_t pixels,
                                const float *gradient, float *target) {
  const ptrdiff_t zeros = groups_of(block->outputs) * group_lanes - block->outputs;
  for (; pixels > 0; pixels--, gradient += s->output_channels, target += pixel) {
    memcpy(target, gradient, sizeof(float) * (size_t)block->outputs);
    if (zeros > 0) memset(target + block->outputs, 0, sizeof(float) * (size_t)zeros);
  }
}

/// What follows the chunk of `steps`, which begins at an image and one of its output rows.
static Fetches NAME(fetches_after)(const ConvolutionSizes *s, const SumSteps *steps, ptrdiff_t image, ptrdiff_t row,
                                   const float *inputs, const float *output_gradient) {
  const ptrdiff_t height = convolution_output_height(s), end = row + steps->rows, next = image + steps->images;
  const ptrdiff_t gradient_row = steps->columns * s->output_channels, gradient = (next - 1) * height + end;
  const ptrdiff_t input_row = s->width * s->input_channels;
  const ptrdiff_t input = end < height ? image * s->height + end * s->stride : next * s->height;
  const ptrdiff_t input_rows = steps->images * smaller(s->height, steps->rows * s->stride);
  const ptrdiff_t gradient_rows = steps->images * steps->rows;
  return (Fetches){
      .place = {output_gradient + gradient * gradient_row, inputs + input * input_row},
      .lines = {smaller(gradient_rows, s->batch * height - gradient) * gradient_row / group_lanes,
                smaller(input_rows, s->batch * s->height - input) * input_row / group_lanes},
  };
}

/// Adds the products of a chunk's pixels to a block's sums. `inputs` begin at the chunk's first image, `gradient` at
/// its first pixel and the block's first channel.
static void NAME(sum_chunk)(const ConvolutionSizes *s, const ConvolutionChunk *chunk, const SumBlock *block,
                            ptrdiff_t row, const float *inputs, const float *gradient, SumSteps *steps,
                            Fetches *fetches, float *sums, float *scratch) {
  ptrdiff_t tap_row = s->width * s->input_channels;
  const float *source = inputs + row * s->stride * tap_row;
  if (chunk->input_floats > 0) {
    NAME(copy_inputs)(s, chunk->input_pixel, block, row, inputs, steps, scratch);
    tap_row = steps->input_row / copied_stride(s);
    source = scratch;
  }
  if (chunk->gradient_floats > 0) {
    const ptrdiff_t pixels = steps->images * steps->rows * steps->columns;
    NAME(copy_gradient)(s, chunk->gradient_pixel, block, pixels, gradient, scratch + chunk->input_floats);
    gradient = scratch + chunk->input_floats;
  }
  for (ptrdiff_t first = 0, channels = 0; first < block->outputs; first += channels) {
    const ptrdiff_t groups = NAME(sum_groups)((block->outputs - first) / group_lanes);
    channels = smaller(block->outputs - first, groups * group_lanes);
    steps->target_tap = chunk->sum_floats > 0 ? groups * group_lanes : s->output_channels;
    float *target = sums + (chunk->sum_floats > 0 ? block->runs * block->run * first : first);
    for (ptrdiff_t run = 0; run < block->runs; run++, target += block->run * steps->target_tap) {
      const float *pixels = source + run / block->across * tap_row + run % block->across * chunk->input_pixel;
      if (channels < group_lanes) {
        NAME(sum_last_channels)(steps, block->run, channels, pixels, gradient + first, target);
      } else {
        NAME(sum_groups_of)(steps, fetches, groups, block->run, pixels, gradient + first, target);
      }
    }
  }
}

/// A block's sums over all pixels, added to what `sums` holds if `adds`.
static void NAME(sum_block)(const ConvolutionSizes *s, const ConvolutionChunk *chunk, const SumBlock *block, int adds,
                            const float *inputs, const float *output_gradient, float *sums, float *scratch) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  SumSteps steps = {
      .columns = width,
      .input_image = s->height * s->width * s->input_channels,
      .input_row = s->stride * s->width * s->input_channels,
      .input_column = s->stride * s->input_channels,
      .gradient_pixel = chunk->gradient_pixel,
      .gradient_group = group_lanes,
      .adds = adds,
  };
  for (ptrdiff_t image = 0; image < s->batch; image += chunk->images) {
    steps.images = smaller(chunk->images, s->batch - image);
    for (ptrdiff_t row = 0; row < height; row += chunk->rows) {
      steps.rows = smaller(chunk->rows, height - row);
      Fetches fetches = NAME(fetches_after)(s, &steps, image, row, inputs, output_gradient);
      NAME(sum_chunk)(s, chunk, block, row, inputs + image * s->height * s->width * s->input_channels,
                      output_gradient + (image * height + row) * width * s->output_channels + block->first_output,
                      &steps, &fetches, sums, scratch);
      steps.adds = 1;
    }
  }
}

void NAME(convolution_direct_weight_gradient)(const ConvolutionSizes *s, const float *inputs,
                                              const float *output_gradient, bool accumulating,
                                              float *weight_gradient, float *scratch) {
  const ConvolutionChunk chunk = chunk_of(s);
  const int moves = chunk.sum_floats > 0;
  float *sums = moves ? scratch + chunk.input_floats + chunk.gradient_floats : weight_gradient;
  SumBlock block;
  // Pixels that were moved apart no longer have the taps of a row of the kernel in one run.
  // Moved apart, a pixel's inputs have a gap behind them.
  block.across = chunk.input_pixel == chunk.inputs ? 1 : s->kernel;
  block.runs = s->kernel * block.across;
  for (ptrdiff_t output = 0; output < s->output_channels; output += chunk.outputs) {
    block.first_output = output;
    block.outputs = smaller(chunk.outputs, s->output_channels - output);
    for (ptrdiff_t input = 0; input < s->input_channels; input += chunk.inputs) {
      block.first_input = input;
      block.inputs = smaller(chunk.inputs, s->input_channels - input);
      block.run = s->kernel / block.across * block.inputs;
      if (moves && accumulating) NAME(move_sums)(s, &block, 0, weight_gradient, sums);
      NAME(sum_block)(s, &chunk, &block, accumulating, inputs, output_gradient, sums, scratch);
      if (moves && s->batch > 0) NAME(move_sums)(s, &block, 1, weight_gradient, sums);
    }
  }
}

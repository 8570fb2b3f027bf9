// How convolutions are cut into blocks: what the families of convolution_body.h share with convolution_sizes.c.
#ifndef CONVOLUTION_BLOCKS_H
#define CONVOLUTION_BLOCKS_H

#include "kernel_table.h"

#include <string.h>

/// Output channels are dealt in groups of this many in every family, so that all share one packed layout.
enum { group_lanes = 16 };

static inline ptrdiff_t groups_of(ptrdiff_t channels) { return (channels + group_lanes - 1) / group_lanes; }
static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

/// The work of the input gradient along one axis for the rows y ≡ first (mod stride): a stride-1 convolution over the
/// output gradient. With r = (y + padding) mod stride it meets the taps r, r + stride, …; `count` rows y = first,
/// first + stride, … start at row `start` of the output gradient, which may be negative: then in the halo.
typedef struct {
  ptrdiff_t first, count, tap, taps, start;
} ConvolutionPhase;

/// How many of the kernel's taps along one axis have the remainder `tap` modulo the stride.
static inline ptrdiff_t taps_of(ptrdiff_t tap, ptrdiff_t kernel, ptrdiff_t stride) {
  return tap < kernel ? (kernel - tap + stride - 1) / stride : 0;
}

/// How many have a smaller remainder.
static inline ptrdiff_t taps_before(ptrdiff_t tap, ptrdiff_t kernel, ptrdiff_t stride) {
  ptrdiff_t taps = 0;
  for (ptrdiff_t smaller_tap = 0; smaller_tap < tap; smaller_tap++) taps += taps_of(smaller_tap, kernel, stride);
  return taps;
}

static inline ConvolutionPhase phase_of(ptrdiff_t first, ptrdiff_t extent, ptrdiff_t kernel, ptrdiff_t stride,
                                         ptrdiff_t padding) {
  ConvolutionPhase phase;
  phase.first = first;
  phase.count = first < extent ? (extent - first + stride - 1) / stride : 0;
  phase.tap = (first + padding) % stride;
  phase.taps = taps_of(phase.tap, kernel, stride);
  phase.start = (first + padding) / stride - (phase.taps - 1);
  return phase;
}

/// The halo that the input gradient needs around one axis of the output gradient.
typedef struct {
  ptrdiff_t before, after;
} ConvolutionHalo;

static inline ConvolutionHalo halo_of(ptrdiff_t extent, ptrdiff_t output, ptrdiff_t kernel, ptrdiff_t stride,
                                       ptrdiff_t padding) {
  ConvolutionHalo halo = {0, 0};
  for (ptrdiff_t first = 0; first < smaller(stride, extent); first++) {
    ConvolutionPhase phase = phase_of(first, extent, kernel, stride, padding);
    if (phase.taps == 0) continue;
    halo.before = larger(halo.before, -phase.start);
    halo.after = larger(halo.after, phase.start + phase.count - 1 + phase.taps - output);
  }
  return halo;
}

/// Whether pixels follow one another without a border that a kernel would see, through rows and images.
static inline int pixels_are_one_row(const ConvolutionSizes *s) {
  return s->kernel == 1 && s->stride == 1 && s->padding == 0;
}

/// Pixels to be copied: `height` × `width` of them, `channels` of each, `source_pixel` floats from one to the next in
/// the source and `pixel` floats in the copy. (y, x) is source pixel (y + first_row, x + first_column), and zero where
/// the source, whose rows are `source_width` pixels, has none.
typedef struct {
  ptrdiff_t height, width, channels, pixel;
  ptrdiff_t source_height, source_width, source_pixel;
  ptrdiff_t first_row, first_column;
} ConvolutionCopy;

/// How the weight gradient is cut. The order of the sums follows from `images` and `rows` alone.
///
/// A chunk of the batch is `images` whole images or, where one image is too large for the second-level cache, `rows`
/// output rows of one image. A block of the weights is every tap of `inputs` × `outputs` channels: all chunks pass by
/// before the next one begins.
typedef struct {
  ptrdiff_t images, rows;
  ptrdiff_t inputs, outputs;
  /// From one pixel to the next, of what the sums read of the inputs and of the gradient.
  ptrdiff_t input_pixel, gradient_pixel;
  /// Floats of the copies in scratch, 0 where there is none: of a chunk's inputs and gradient, and of a block's sums.
  ptrdiff_t input_floats, gradient_floats, sum_floats;
} ConvolutionChunk;

ConvolutionChunk chunk_of(const ConvolutionSizes *shape);

/// The stride over copies of inputs: kernels of one tap have no need of the pixels between those that they see.
static inline ptrdiff_t copied_stride(const ConvolutionSizes *s) {
  return s->kernel == 1 && s->padding == 0 ? 1 : s->stride;
}

/// Winograd's tiles are 4 × 4 outputs, whatever the kernel.
enum { winograd_tile = 4, winograd_tile_pixels = winograd_tile * winograd_tile };

/// Points along one axis of a tile: as many as inputs.
static inline ptrdiff_t winograd_side(ptrdiff_t kernel) { return kernel + winograd_tile - 1; }
static inline ptrdiff_t winograd_points(ptrdiff_t kernel) { return winograd_side(kernel) * winograd_side(kernel); }

/// The most tiles of a block that fetches the next one ahead.
enum { winograd_fetched_tiles = 24 };

/// The most tiles of any block.
enum { winograd_block_tiles = 128 };

/// How Winograd's convolution cuts a batch into tiles, and how many it takes at once.
typedef struct {
  ptrdiff_t side, points, down, across, tiles, block;
  /// Floats from one transformed tile to the next, of the inputs and of the outputs, and between groups of channels.
  ptrdiff_t input_tile, output_tile, point_group;
  /// Whether the pixels of the next block are fetched ahead: not where this block fills the second-level cache.
  int fetches;
} WinogradPlan;

/// One pixel of zeros, of the inputs or of the outputs, for tiles over an edge.
static inline ptrdiff_t winograd_zeros_floats(const ConvolutionSizes *s) {
  return groups_of(larger(s->input_channels, s->output_channels)) * group_lanes;
}

/// The plan for a family whose register tiles hold up to `pixels` tiles; it changes no sum of the forward pass.
WinogradPlan winograd_plan(const ConvolutionSizes *shape, int weight_gradient, ptrdiff_t pixels);

// Packs that are copies, the same for every family.
ConvolutionPack convolution_direct_pack, convolution_direct_pack_transposed;

/// What the loops do with a result, to be added up.
enum {
  /// Outputs become max(0, output).
  convolution_option_relu = 1,
  /// The result is added to what the output holds.
  convolution_option_accumulate = 2,
};

static inline int convolution_options(bool relu, bool accumulating) {
  return (relu ? convolution_option_relu : 0) + (accumulating ? convolution_option_accumulate : 0);
}

/// The convolution that computes the input gradient: flipped kernel, channels and sizes swapped.
static inline ConvolutionSizes transposed_sizes(const ConvolutionSizes *s) {
  ConvolutionSizes t = *s;
  t.height = convolution_output_height(s);
  t.width = convolution_output_width(s);
  t.input_channels = s->output_channels;
  t.output_channels = s->input_channels;
  t.padding = s->kernel - 1 - s->padding;
  return t;
}

#endif

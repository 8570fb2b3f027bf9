// Sizes of convolutions, and packs that are copies. The loops are in convolution_body.h.
#include "convolution_blocks.h"

ptrdiff_t convolution_output_height(const ConvolutionSizes *s) {
  return (s->height + 2 * s->padding - s->kernel) / s->stride + 1;
}

ptrdiff_t convolution_output_width(const ConvolutionSizes *s) {
  return (s->width + 2 * s->padding - s->kernel) / s->stride + 1;
}

// MARK: Packs

ptrdiff_t convolution_direct_packed_floats(const ConvolutionSizes *s) {
  return groups_of(s->output_channels) * group_lanes * s->kernel * s->kernel * s->input_channels;
}

void convolution_direct_pack(const ConvolutionSizes *s, const float *weights, float *packed) {
  ptrdiff_t rows = s->kernel * s->kernel * s->input_channels, columns = s->output_channels;
  for (ptrdiff_t first = 0; first < columns; first += group_lanes) {
    ptrdiff_t lanes = smaller(group_lanes, columns - first);
    for (ptrdiff_t row = 0; row < rows; row++, packed += group_lanes) {
      const float *source = weights + row * columns + first;
      for (ptrdiff_t lane = 0; lane < lanes; lane++) packed[lane] = source[lane];
      for (ptrdiff_t lane = lanes; lane < group_lanes; lane++) packed[lane] = 0;
    }
  }
}

ptrdiff_t convolution_direct_transposed_floats(const ConvolutionSizes *s) {
  return groups_of(s->input_channels) * group_lanes * s->kernel * s->kernel * s->output_channels;
}

void convolution_direct_pack_transposed(const ConvolutionSizes *s, const float *weights, float *packed) {
  ptrdiff_t inputs = s->input_channels, outputs = s->output_channels;
  // Remainders r of y + padding, not phases: r is what the taps depend on, and every r < stride belongs to one phase.
  for (ptrdiff_t ry = 0; ry < s->stride; ry++) {
    for (ptrdiff_t rx = 0; rx < s->stride; rx++) {
      ptrdiff_t taps_y = taps_of(ry, s->kernel, s->stride);
      ptrdiff_t taps_x = taps_of(rx, s->kernel, s->stride);
      for (ptrdiff_t first = 0; first < inputs; first += group_lanes) {
        ptrdiff_t lanes = smaller(group_lanes, inputs - first);
        for (ptrdiff_t ty = taps_y - 1; ty >= 0; ty--) {
          for (ptrdiff_t tx = taps_x - 1; tx >= 0; tx--) {
            ptrdiff_t tap = (ry + s->stride * ty) * s->kernel + rx + s->stride * tx;
            const float *source = weights + (tap * inputs + first) * outputs;
            for (ptrdiff_t output = 0; output < outputs; output++, packed += group_lanes) {
              for (ptrdiff_t lane = 0; lane < lanes; lane++) packed[lane] = source[lane * outputs + output];
              for (ptrdiff_t lane = lanes; lane < group_lanes; lane++) packed[lane] = 0;
            }
          }
        }
      }
    }
  }
}

// MARK: Scratch

ptrdiff_t convolution_direct_forward_scratch(const ConvolutionSizes *s) {
  if (s->padding == 0) return 0;
  return (s->height + 2 * s->padding) * (s->width + 2 * s->padding) * s->input_channels;
}

ptrdiff_t convolution_direct_input_gradient_scratch(const ConvolutionSizes *s) {
  ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  ConvolutionHalo rows = halo_of(s->height, height, s->kernel, s->stride, s->padding);
  ConvolutionHalo columns = halo_of(s->width, width, s->kernel, s->stride, s->padding);
  if (rows.before <= 0 && rows.after <= 0 && columns.before <= 0 && columns.after <= 0) return 0;
  return (rows.before + height + rows.after) * (columns.before + width + columns.after) * s->output_channels;
}

/// Images and rows of a chunk.
static ConvolutionChunk pixels_of_chunk(const ConvolutionSizes *s) {
  // Inputs and gradients of a chunk share the second-level cache with the weight gradient: half of 512 KiB.
  const ptrdiff_t budget = 64 << 10;
  ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  ptrdiff_t input_row = (s->width + 2 * s->padding) * s->input_channels;
  ptrdiff_t gradient_row = width * groups_of(s->output_channels) * group_lanes;
  ptrdiff_t input_image = (s->height + 2 * s->padding) * input_row, gradient_image = height * gradient_row;
  ConvolutionChunk chunk = {.images = 1, .rows = height};
  if (input_image + gradient_image <= budget) {
    chunk.images = smaller(s->batch, budget / (input_image + gradient_image));
  } else {
    ptrdiff_t overlap = larger(0, s->kernel - s->stride) * input_row;
    ptrdiff_t rows = larger(1, (budget - overlap) / (s->stride * input_row + gradient_row));
    ptrdiff_t bands = (height + rows - 1) / rows;
    chunk.rows = (height + bands - 1) / bands;
  }
  return chunk;
}

ConvolutionChunk chunk_of(const ConvolutionSizes *s) {
  // 384 KiB of sums leave room in a mebibyte for a chunk and for the next one, which is fetched. Blocks are about
  // square, since each copies a chunk's inputs and gradient for itself; four groups are summed at once.
  const ptrdiff_t most_sums = 96 << 10, outputs_first = 192, outputs_step = 4 * group_lanes;
  const ptrdiff_t taps = s->kernel * s->kernel, padded_outputs = groups_of(s->output_channels) * group_lanes;
  ConvolutionChunk chunk = pixels_of_chunk(s);
  chunk.inputs = s->input_channels;
  chunk.outputs = padded_outputs;
  // Pixels whole kibibytes apart meet in few sets of the first-level cache: copies move them one line further apart.
  const int apart = s->stride * s->input_channels % 256 == 0;
  if (taps * chunk.inputs * padded_outputs > most_sums) {
    ptrdiff_t inputs = chunk.inputs;
    if (apart) {
      ptrdiff_t most = larger(group_lanes, most_sums / (taps * smaller(padded_outputs, outputs_first)));
      ptrdiff_t blocks = (inputs + most - 1) / most;
      inputs = groups_of((inputs + blocks - 1) / blocks) * group_lanes;
    }
    // Blocks that are too large all the same would be moved for nothing.
    ptrdiff_t steps = most_sums / (taps * inputs * outputs_step);
    if (steps > 0) {
      chunk.inputs = inputs;
      chunk.outputs = smaller(padded_outputs, steps * outputs_step);
      chunk.sum_floats = taps * inputs * chunk.outputs;
    }
  }
  chunk.input_pixel = apart ? chunk.inputs + group_lanes : s->input_channels;
  chunk.gradient_pixel = chunk.outputs;
  if (s->padding > 0 || apart) {
    ptrdiff_t stride = copied_stride(s), width = (convolution_output_width(s) - 1) * stride + s->kernel;
    ptrdiff_t height = (chunk.rows - 1) * stride + s->kernel;
    chunk.input_floats = chunk.images * height * width * chunk.input_pixel;
  }
  if (chunk.outputs != s->output_channels) {
    chunk.gradient_floats = chunk.images * chunk.rows * convolution_output_width(s) * chunk.gradient_pixel;
  }
  return chunk;
}

ptrdiff_t convolution_direct_weight_gradient_scratch(const ConvolutionSizes *s) {
  ConvolutionChunk chunk = chunk_of(s);
  return chunk.input_floats + chunk.gradient_floats + chunk.sum_floats;
}

ptrdiff_t convolution_direct_chunk_pixels(const ConvolutionSizes *s) {
  ConvolutionChunk chunk = pixels_of_chunk(s);
  return chunk.images * chunk.rows * convolution_output_width(s);
}

// MARK: Winograd

bool convolution_winograd_fits(const ConvolutionSizes *s) {
  return (s->kernel == 3 || s->kernel == 5) && s->stride == 1 && s->padding < s->kernel;
}

enum { fewest_pixels = 3, most_pixels = 16 };

WinogradPlan winograd_plan(const ConvolutionSizes *s, int weight_gradient, ptrdiff_t pixels) {
  WinogradPlan plan;
  plan.side = winograd_side(s->kernel);
  plan.points = winograd_points(s->kernel);
  plan.down = (convolution_output_height(s) + winograd_tile - 1) / winograd_tile;
  plan.across = (convolution_output_width(s) + winograd_tile - 1) / winograd_tile;
  plan.tiles = s->batch * plan.down * plan.across;
  plan.point_group = plan.points * group_lanes;
  // 16 floats more than the points' vectors keep the tiles from meeting in one set of the cache.
  plan.input_tile = plan.point_group * groups_of(s->input_channels) + group_lanes;
  plan.output_tile = plan.point_group * groups_of(s->output_channels) + group_lanes;
  // Measured on Zen 4 (32 KiB and 1 MiB of caches a core): narrow layers want all of a block in the first-level cache;
  // layers whose weights stay in the second want transformed tiles to fit beside them; wider ones, whose weights pass
  // by from further away, want to see them seldom, and have no room to fetch ahead.
  // On Ice Lake (48 KiB and 1.25 MiB) weights of more than a mebibyte are far enough away. Weight gradients, whose order
  // of sums follows from the block, keep the earlier border.
  const int wide = convolution_winograd_packed_floats(s) > (weight_gradient ? 1 << 20 : 1 << 18);
  const ptrdiff_t tile_floats = plan.input_tile + plan.output_tile, scratch_budget = 4 << 20;
  if (wide) {
    plan.block = larger(16, smaller(winograd_block_tiles, scratch_budget / tile_floats / 16 * 16));
  } else if (weight_gradient) {
    plan.block = 24;
  } else if (pixels < most_pixels) {
    // Zen 3, AVX2: two full register tiles of six.
    plan.block = 12;
  } else {
    // One register tile of two groups. Of 8 × 8 points, the first-level cache would not hold eight tiles either.
    plan.block = s->kernel == 3 && s->input_channels + s->output_channels <= 2 * group_lanes ? 8 : 14;
  }
  plan.block = smaller(plan.block, plan.tiles);
  plan.fetches = !wide;
  return plan;
}

ptrdiff_t convolution_winograd_packed_floats(const ConvolutionSizes *s) {
  return winograd_points(s->kernel) * group_lanes * group_lanes * groups_of(s->input_channels) *
         groups_of(s->output_channels);
}

ptrdiff_t convolution_winograd_transposed_floats(const ConvolutionSizes *s) {
  return convolution_winograd_packed_floats(s);
}

ptrdiff_t convolution_winograd_forward_scratch(const ConvolutionSizes *s) {
  const WinogradPlan plan = winograd_plan(s, 0, most_pixels), other = winograd_plan(s, 0, fewest_pixels);
  return winograd_zeros_floats(s) + larger(plan.block, other.block) * (plan.input_tile + plan.output_tile);
}

ptrdiff_t convolution_winograd_input_gradient_scratch(const ConvolutionSizes *s) {
  const ConvolutionSizes transposed = transposed_sizes(s);
  return convolution_winograd_forward_scratch(&transposed);
}

ptrdiff_t convolution_winograd_weight_gradient_scratch(const ConvolutionSizes *s) {
  const WinogradPlan plan = winograd_plan(s, 1, most_pixels);
  const ptrdiff_t point = (groups_of(s->input_channels) + groups_of(s->output_channels)) * group_lanes;
  return winograd_zeros_floats(s) + plan.block * (plan.input_tile + plan.output_tile + point) +
         plan.points * s->input_channels * groups_of(s->output_channels) * group_lanes;
}

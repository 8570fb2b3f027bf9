// Winograd's convolutions F(4×4, 3×3) and F(4×4, 5×5), compiled once for each family after convolution_body.h, whose
// register tiles do the products (Lavin and Gray 2015, "Fast algorithms for convolutional neural networks", §4).
//
// Both compute tiles of 4 × 4 outputs from overlapping tiles of `side` × `side` inputs, 6 or 8, at as many points:
//
//   V = Bᵀ d B,  U = G g Gᵀ,  y = Aᵀ (Σ over channels U ⊙ V) A.
//
// The weight gradient is the correlation of such a tile of inputs with a 4 × 4 tile of the output gradient, which plays
// the kernel: F(3×3, 4×4) and F(5×5, 4×4), with the same points. G's factors wait until all tiles are summed.
//
// Transformed tiles are [group of 16 channels][points][16]: a transform writes one run of vectors.
//
// A tile at the lower or right edge of an image may have fewer rows or columns of outputs than a whole one. The last
// point, ∞, then counts for nothing along that axis: in Aᵀ it is in the last output alone, and in the transform of an
// output gradient it is that output. So 6 or 11 of 36 products are left out there, and 8 or 15 of 64: at 7 × 7 outputs
// and 3 × 3 kernels, 23 of 144.

/// Channels that a transform takes at once: what one register holds, since a transform needs thirty of them.
typedef float NAME(part) __attribute__((vector_size(4 * PART)));
typedef int32_t NAME(part_bits) __attribute__((vector_size(4 * PART)));
typedef float NAME(loose_part) __attribute__((vector_size(4 * PART), aligned(4), may_alias));
#define part NAME(part)
#define LOAD_PART(address) (*(const NAME(loose_part) *)(address))
#define STORE_PART(address, value) (*(NAME(loose_part) *)(address) = (value))
#define POSITIVE_PART(x) ((part)((NAME(part_bits))(x) & ~((x) < 0)))

// a + factor · b, with a constant: PLUS for powers of two from 1 on, whose products are exact, FUSED_PLUS for others.
#define PLUS(a, factor, b) add_exact((part){0} + (float)(factor), b, a)
#define FUSED_PLUS(a, factor, b) fused((part){0} + (float)(factor), b, a)

/// In front of a transform: makes the compiler align the stack. For what it spills alone it does not, and in most
/// processes vectors then lie across two lines of the cache, which takes a third more time.
#define ALIGN_SPILLS                        \
  do {                                      \
    lanes vector;                           \
    __asm__ volatile("" : "=m"(vector));    \
  } while (0)

/// The transforms between pixels and points for one size of kernel.
typedef struct {
  void (*data)(const float *image, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, ptrdiff_t y, ptrdiff_t x,
               const float *zeros, float *points);
  void (*output)(const float *points, const float *bias, int options, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row,
                 ptrdiff_t column, float *outputs);
  void (*gradient)(const float *const pixels[], ptrdiff_t groups, float *points);
  void (*kernel)(const float *kernel, ptrdiff_t tap, ptrdiff_t plane, int streams, float *points);
  void (*kernel_gradient)(const float *sums, ptrdiff_t plane, ptrdiff_t count, ptrdiff_t tap, int adds,
                          float *weights);
} NAME(TileTransforms);

#define KERNEL 3
#include "convolution_winograd_transforms.h"
#undef KERNEL
#define KERNEL 5
#include "convolution_winograd_transforms.h"
#undef KERNEL

static const NAME(TileTransforms) *NAME(transforms_of)(const ConvolutionSizes *s) {
  return s->kernel == 3 ? &NAME(transforms_3) : &NAME(transforms_5);
}

// MARK: Drivers

/// Whether planes of points go past the caches: where they are so many that the first ones have left before the last
/// are written, lines would be fetched for nothing, and planes whole mebibytes apart push each other out even earlier.
static int NAME(streams_points)(ptrdiff_t floats, const float *points) {
  const ptrdiff_t most_kept = 4 << 20;
  return floats > most_kept && (uintptr_t)points % sizeof(lanes) == 0;
}

static void NAME(pack_kernels)(const ConvolutionSizes *s, const float *weights, int transposed, float *packed) {
  const ptrdiff_t kernel = s->kernel, taps = kernel * kernel;
  const ptrdiff_t inner = transposed ? s->output_channels : s->input_channels;
  const ptrdiff_t outer = transposed ? s->input_channels : s->output_channels;
  const ptrdiff_t padded_inner = groups_of(inner) * group_lanes, plane = groups_of(outer) * padded_inner * group_lanes;
  const int streams = NAME(streams_points)(winograd_points(kernel) * plane, packed);
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
      NAME(transforms_of)(s)->kernel(block[0], group_lanes, plane, streams, points);
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
  NAME(TilePlace) place = {index / (plan->down * plan->across), in_image / plan->across * winograd_tile,
                            in_image % plan->across * winograd_tile};
  return place;
}

static inline void NAME(advance)(NAME(TilePlace) *place, const WinogradPlan *plan) {
  place->x += winograd_tile;
  if (place->x < plan->across * winograd_tile) return;
  place->x = 0;
  place->y += winograd_tile;
  if (place->y < plan->down * winograd_tile) return;
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
    order->kinds[tile] = (place.y + winograd_tile <= height) + 2 * (place.x + winograd_tile <= width);
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
static inline ptrdiff_t NAME(kind_of)(ptrdiff_t point, ptrdiff_t side) {
  // Divisions of 64 bits would be felt.
  return (point >= side * (side - 1)) + 2 * ((uint32_t)(point + 1) % (uint32_t)side == 0);
}

/// V of tiles `first` … `first + count` of the batch, each at its slot or, without slots, in a row.
static void NAME(transform_block)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *inputs,
                                  ptrdiff_t first, ptrdiff_t count, const ptrdiff_t *slots, const float *zeros,
                                  float *points) {
  const NAME(TileTransforms) *transforms = NAME(transforms_of)(s);
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  for (ptrdiff_t tile = 0; tile < count; tile++, NAME(advance)(&place, plan)) {
    transforms->data(inputs + place.image * s->height * s->width * s->input_channels, s->height, s->width,
                     s->input_channels, place.y - s->padding, place.x - s->padding, zeros,
                     points + (slots ? slots[tile] : tile) * plan->input_tile);
  }
}

/// G dy Gᵀ of tiles `first` … `first + count` of the batch.
static void NAME(transform_gradients)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *gradient,
                                      ptrdiff_t first, ptrdiff_t count, const float *zeros, float *points) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  const ptrdiff_t outer = s->output_channels, whole = outer / group_lanes, rest = outer % group_lanes;
  const NAME(TileTransforms) *transforms = NAME(transforms_of)(s);
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  for (ptrdiff_t tile = 0; tile < count; tile++, NAME(advance)(&place, plan)) {
    const float *corner = gradient + ((place.image * height + place.y) * width + place.x) * outer;
    const float *pixels[winograd_tile_pixels];
    float window[winograd_tile_pixels][group_lanes], *target = points + tile * plan->output_tile;
    for (ptrdiff_t i = 0; i < winograd_tile; i++) {
      for (ptrdiff_t j = 0; j < winograd_tile; j++) {
        int inside = place.y + i < height && place.x + j < width;
        pixels[i * winograd_tile + j] = inside ? corner + (i * width + j) * outer : zeros;
      }
    }
    transforms->gradient(pixels, whole, target);
    if (rest == 0) continue;
    for (ptrdiff_t p = 0; p < winograd_tile_pixels; p++) {
      for (ptrdiff_t lane = 0; lane < group_lanes; lane++) {
        window[p][lane] = lane < rest ? pixels[p][whole * group_lanes + lane] : 0;
      }
      pixels[p] = window[p];
    }
    transforms->gradient(pixels, 1, target + whole * plan->point_group);
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

/// Of the inputs, the pixels that no tile before has read: the last rows and columns of a tile, and the first
/// at the image's edge, where the next tile's begin.
static void NAME(look_at_inputs)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *inputs,
                                 ptrdiff_t first, NAME(Preview) *preview) {
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  preview->count = plan->fetches ? smaller(plan->block, plan->tiles - first) : 0;
  preview->side = 5;
  const ptrdiff_t skipped = plan->side - preview->side - s->padding;
  preview->row = s->width * s->input_channels;
  preview->column = s->input_channels;
  preview->x = preview->y = preview->offset = 0;
  for (ptrdiff_t tile = 0; tile < preview->count; tile++, NAME(advance)(&place, plan)) {
    const ptrdiff_t y = place.y == 0 ? 0 : place.y + skipped, x = place.x == 0 ? 0 : place.x + skipped;
    preview->corners[tile] = inputs + ((place.image * s->height + y) * s->width + x) * s->input_channels;
  }
}

/// The pixels of a block of outputs, or of their gradient.
static void NAME(look_at_outputs)(const ConvolutionSizes *s, const WinogradPlan *plan, const float *outputs,
                                  ptrdiff_t first, NAME(Preview) *preview) {
  const ptrdiff_t height = convolution_output_height(s), width = convolution_output_width(s);
  NAME(TilePlace) place = NAME(place_of)(first, plan);
  preview->count = plan->fetches ? smaller(plan->block, plan->tiles - first) : 0;
  preview->side = winograd_tile;
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
                            .tap_row = plan->point_group,
                            .run = group_lanes,
                            .weight_group = inner_groups * group_lanes * group_lanes,
                            .output_group = plan->point_group,
                            .options = 0};
  for (ptrdiff_t point = 0; point < plan->points; point++) {
    NAME(fetch)(next, 0);
    if (point >= plan->points - winograd_tile_pixels) NAME(fetch)(targets, 1);
    const ptrdiff_t kind = NAME(kind_of)(point, plan->side), first = order->first[kind], count = order->count[kind];
    for (ptrdiff_t group = 0, groups = 0; group < outer_groups; group += groups) {
      groups = NAME(tile_groups)(outer_groups - group);
      const ptrdiff_t pixels = NAME(tile_pixels)(groups), parts = (count + pixels - 1) / pixels;
      const float *from = data + first * plan->input_tile + point * group_lanes;
      float *to = products + first * plan->output_tile + group * plan->point_group + point * group_lanes;
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
  const NAME(TileTransforms) *transforms = NAME(transforms_of)(s);
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
      const ptrdiff_t rows = smaller(winograd_tile, height - place.y);
      const ptrdiff_t columns = smaller(winograd_tile, width - place.x);
      for (ptrdiff_t channel = 0; channel < outer; channel += group_lanes) {
        const ptrdiff_t lanes_used = smaller(group_lanes, outer - channel);
        float last[group_lanes] = {0};
        const float *biases = bias ? bias + channel : 0;
        if (bias && lanes_used < group_lanes) {
          memcpy(last, biases, sizeof(float) * (size_t)lanes_used);
          biases = last;
        }
        const float *points =
            products + order.slots[tile] * plan.output_tile + channel / group_lanes * plan.point_group;
        if (lanes_used == group_lanes) {
          transforms->output(points, biases, options, rows, columns, width * outer, outer, target + channel);
        } else {
          // The last group of a channel count that 16 does not divide goes through a tile beside the outputs.
          float border[winograd_tile_pixels][group_lanes] = {{0}};
          for (ptrdiff_t p = 0; p < rows * columns && options & convolution_option_accumulate; p++) {
            const float *old = target + (p / columns * width + p % columns) * outer + channel;
            memcpy(border[p], old, sizeof(float) * (size_t)lanes_used);
          }
          transforms->output(points, biases, options, rows, columns, columns * group_lanes, group_lanes, border[0]);
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

/// One point of the tiles at `places`, as [group of 16 channels][tile][16]: each sum passes over all tiles, which lie
/// so far apart that the caches and their prefetching are at a loss. Tiles that the point does not count for have a
/// gradient of zeros there, whose products would leave the sums as they are.
static void NAME(collect_point)(const float *tiles, ptrdiff_t tile_floats, ptrdiff_t group_floats,
                                const ptrdiff_t *places, ptrdiff_t count, ptrdiff_t groups, float *points) {
  for (ptrdiff_t place = 0; place < count; place++) {
    const float *from = tiles + places[place] * tile_floats;
    float *to = points + place * group_lanes;
    for (ptrdiff_t group = 0; group < groups; group++, from += group_floats, to += count * group_lanes) {
      STORE(to, LOAD(from));
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
                             .streams = NAME(streams_points)(plan.points * plane, sums)};
    NAME(look_at_inputs)(s, &plan, inputs, first + count, &next);
    NAME(look_at_outputs)(s, &plan, output_gradient, first + count, &next_gradients);
    for (ptrdiff_t point = 0; point < plan.points; point++) {
      NAME(fetch)(&next, 0);
      if (point >= plan.points - winograd_tile_pixels) NAME(fetch)(&next_gradients, 0);
      const ptrdiff_t kind = NAME(kind_of)(point, plan.side), columns = order.count[kind];
      const float *point_inputs = data + point * group_lanes, *point_outputs = gradients + point * group_lanes;
      // A single sum over all tiles takes them where they are.
      const int collects = columns < count || groups_of(inner) + outer_groups > 2;
      if (collects) {
        NAME(collect_point)(point_inputs, plan.input_tile, plan.point_group, places[kind], columns, groups_of(inner),
                            point_data);
        NAME(collect_point)(point_outputs, plan.output_tile, plan.point_group, places[kind], columns, outer_groups,
                            point_gradients);
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
      NAME(transforms_of)(s)->kernel_gradient(from, plane, count, inner * outer, accumulating, target);
    }
  }
}

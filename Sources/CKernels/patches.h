// Patches of images as rows of a matrix (im2col) and their sums back into images (col2im).

INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

INLINE void copy_floats(float *to, const float *from, ptrdiff_t count) {
  if (count < LANES) {
    store_part(to, load_part(from, count), count);
    return;
  }
  ptrdiff_t i = 0;
  for (; i + LANES <= count; i += LANES) store(to + i, load(from + i));
  if (i < count) store(to + count - LANES, load(from + count - LANES));  // overlaps: the same numbers twice
}

INLINE void add_floats(float *to, const float *from, ptrdiff_t count) {
#define PASS(i, n) store_some(to + i, load_some(to + i, n) + load_some(from + i, n), n)
  FOR_VECTORS(count, PASS);
#undef PASS
}

// Where patches lie: calls ROW(image offset, patch offset, floats) for each kernel row inside the image, and
// OUTSIDE(patch offset, floats) for what lies in the padding. The taps (kx, channel) of a kernel row are contiguous in
// both.
#define FOR_PATCH_ROWS(ROW, OUTSIDE)                                                                                \
  const ptrdiff_t channels = s->channels, tap_row = s->kernel * channels, row_stride = s->width * channels;         \
  ptrdiff_t ox = first % s->output_width, oy = first / s->output_width % s->output_height;                          \
  ptrdiff_t image = first / (s->output_width * s->output_height) * s->height * row_stride, patch = 0;               \
  for (ptrdiff_t i = 0; i < count; i++) {                                                                           \
    const ptrdiff_t x0 = ox * s->stride - s->padding, y0 = oy * s->stride - s->padding;                             \
    const ptrdiff_t left = x0 < 0 ? -x0 : 0;                                                                        \
    const ptrdiff_t right = smaller(s->width - x0, s->kernel), inside = right > left ? right - left : 0;            \
    for (ptrdiff_t ky = 0; ky < s->kernel; ky++, patch += tap_row) {                                                \
      const ptrdiff_t y = y0 + ky;                                                                                  \
      if (y < 0 || y >= s->height || inside == 0) {                                                                 \
        OUTSIDE(patch, tap_row);                                                                                    \
        continue;                                                                                                   \
      }                                                                                                             \
      if (left > 0) OUTSIDE(patch, left * channels);                                                                \
      ROW(image + y * row_stride + (x0 + left) * channels, patch + left * channels, inside * channels);             \
      if (left + inside < s->kernel)                                                                                \
        OUTSIDE(patch + (left + inside) * channels, (s->kernel - left - inside) * channels);                        \
    }                                                                                                               \
    if (++ox == s->output_width) {                                                                                  \
      ox = 0;                                                                                                       \
      if (++oy == s->output_height) {                                                                               \
        oy = 0;                                                                                                     \
        image += s->height * row_stride;                                                                            \
      }                                                                                                             \
    }                                                                                                               \
  }

static void gather_patches(const float *x, const PatchSizes *s, ptrdiff_t first, ptrdiff_t count, float *patches) {
#define COPY(at, to, n) copy_floats(patches + (to), x + (at), n)
#define ZERO(to, n) zero(patches + (to), n)
  FOR_PATCH_ROWS(COPY, ZERO)
#undef ZERO
#undef COPY
}

static void scatter_patches(const float *patches, const PatchSizes *s, ptrdiff_t first, ptrdiff_t count, float *dx) {
#define ADD(at, from, n) add_floats(dx + (at), patches + (from), n)
#define NOTHING(at, n) (void)0
  FOR_PATCH_ROWS(ADD, NOTHING)
#undef NOTHING
#undef ADD
}

#undef FOR_PATCH_ROWS

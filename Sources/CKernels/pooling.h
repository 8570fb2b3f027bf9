// Pooling over windows of [batch, height, width, channels]: vectors run over the channels.

// The part of a window that lies inside the image: rows and columns [first, end) of the window.
typedef struct Clip {
  ptrdiff_t first_row, end_row, first_column, end_column;
} Clip;

// With `padded` a constant 0, the whole window, and the compiler sees its size.
INLINE Clip clip_window(const PoolingSizes *s, ptrdiff_t oy, ptrdiff_t ox, const ptrdiff_t size,
                        const ptrdiff_t stride, const int padded) {
  Clip clip = {0, size, 0, size};
  if (padded) {
    const ptrdiff_t y = oy * stride - s->padding, x = ox * stride - s->padding;
    if (y < 0) clip.first_row = -y;
    if (x < 0) clip.first_column = -x;
    if (y + size > s->height) clip.end_row = s->height - y;
    if (x + size > s->width) clip.end_column = s->width - x;
  }
  return clip;
}

// `x` is the first element of the clipped window; indices count from the corner of the whole one.
INLINE void max_window(const float *x, ptrdiff_t row_stride, ptrdiff_t channels, const ptrdiff_t size, const Clip clip,
                       ptrdiff_t n, float *y, uint8_t *choice) {
  vf best = load_some(x, n);
  vi index = (vi){0} + (int32_t)(clip.first_row * size + clip.first_column);
  for (ptrdiff_t ky = clip.first_row; ky < clip.end_row; ky++) {
    for (ptrdiff_t kx = clip.first_column; kx < clip.end_column; kx++) {
      if (ky == clip.first_row && kx == clip.first_column) continue;
      const vf v = load_some(x + (ky - clip.first_row) * row_stride + (kx - clip.first_column) * channels, n);
      const vi better = (v > best) | (v != v);  // a NaN wins, so that it is not lost
      best = choose(better, v, best);
      index = (better & (int32_t)(ky * size + kx)) | (~better & index);
    }
  }
  store_some(y, best, n);
  if (choice) store_bytes(choice, __builtin_convertvector(index, vb), n);
}

// `size` and `stride` are constants in the common cases, so that the window unrolls.
INLINE void max_pool_windows(const float *x, const PoolingSizes *s, const ptrdiff_t size, const ptrdiff_t stride,
                             const int padded, float *y, uint8_t *choices) {
  const ptrdiff_t channels = s->channels, row_stride = s->width * channels;
  const ptrdiff_t padding = padded ? s->padding : 0;
  for (ptrdiff_t b = 0; b < s->batch; b++) {
    for (ptrdiff_t oy = 0; oy < s->output_height; oy++) {
      for (ptrdiff_t ox = 0; ox < s->output_width; ox++) {
        const Clip clip = clip_window(s, oy, ox, size, stride, padded);
        const float *corner = x + (b * s->height + oy * stride - padding + clip.first_row) * row_stride +
                              (ox * stride - padding + clip.first_column) * channels;
#define PASS(i, n) \
  max_window(corner + i, row_stride, channels, size, clip, n, y + i, choices ? choices + i : choices)
        FOR_VECTORS(channels, PASS);
#undef PASS
        y += channels;
        if (choices) choices += channels;
      }
    }
  }
}

static void max_pool(const float *x, const PoolingSizes *s, float *y, uint8_t *choices) {
  if (s->padding > 0)
    max_pool_windows(x, s, s->size, s->stride, 1, y, choices);
  else if (s->size == 2 && s->stride == 2)
    max_pool_windows(x, s, 2, 2, 0, y, choices);
  else
    max_pool_windows(x, s, s->size, s->stride, 0, y, choices);
}

INLINE void zero(float *x, ptrdiff_t count) { __builtin_memset(x, 0, (size_t)count * sizeof(float)); }

// Zeros in the rows and columns behind the last windows, which touch one another.
INLINE void zero_border(const PoolingSizes *s, float *dx) {
  const ptrdiff_t row = s->width * s->channels;
  const ptrdiff_t rows = s->output_height * s->size, covered = s->output_width * s->size * s->channels;
  for (ptrdiff_t b = 0; b < s->batch; b++, dx += s->height * row) {
    for (ptrdiff_t y = 0; y < rows && covered < row; y++) zero(dx + y * row + covered, row - covered);
    zero(dx + rows * row, (s->height - rows) * row);
  }
}

// `add` is 0 where windows do not overlap: then each window writes all its elements, and they may be streamed.
INLINE void spread_window(const float *dy, const uint8_t *choice, ptrdiff_t row_stride, ptrdiff_t channels,
                          const ptrdiff_t size, const Clip clip, ptrdiff_t n, float *dx, const int add, bool streamed) {
  const vf d = load_some(dy, n);
  const vi index = __builtin_convertvector(load_bytes(choice, n), vi);
  for (ptrdiff_t ky = clip.first_row; ky < clip.end_row; ky++) {
    for (ptrdiff_t kx = clip.first_column; kx < clip.end_column; kx++) {
      float *p = dx + (ky - clip.first_row) * row_stride + (kx - clip.first_column) * channels;
      const vf part = keep(index == (int32_t)(ky * size + kx), d);
      if (add)
        store_some(p, load_some(p, n) + part, n);
      else
        store_streamed(p, part, n, streamed);
    }
  }
}

INLINE void max_pool_backward_windows(const float *dy, const uint8_t *choices, const PoolingSizes *s,
                                      const ptrdiff_t size, const ptrdiff_t stride, const int padded, float *dx,
                                      const int add) {
  const ptrdiff_t channels = s->channels, row_stride = s->width * channels;
  const ptrdiff_t padding = padded ? s->padding : 0;
  const bool streamed = !add && is_streamed(dx, s->batch * s->height * s->width, channels);
  for (ptrdiff_t b = 0; b < s->batch; b++) {
    for (ptrdiff_t oy = 0; oy < s->output_height; oy++) {
      for (ptrdiff_t ox = 0; ox < s->output_width; ox++) {
        const Clip clip = clip_window(s, oy, ox, size, stride, padded);
        float *corner = dx + (b * s->height + oy * stride - padding + clip.first_row) * row_stride +
                        (ox * stride - padding + clip.first_column) * channels;
#define PASS(i, n) spread_window(dy + i, choices + i, row_stride, channels, size, clip, n, corner + i, add, streamed)
        FOR_VECTORS(channels, PASS);
#undef PASS
        dy += channels;
        choices += channels;
      }
    }
  }
  end_streaming(streamed);
}

static void max_pool_backward(const float *dy, const uint8_t *choices, const PoolingSizes *s, float *dx) {
  if (s->padding == 0 && s->size == s->stride) {
    zero_border(s, dx);
    if (s->size == 2)
      max_pool_backward_windows(dy, choices, s, 2, 2, 0, dx, 0);
    else
      max_pool_backward_windows(dy, choices, s, s->size, s->size, 0, dx, 0);
    return;
  }
  zero(dx, s->batch * s->height * s->width * s->channels);
  if (s->padding > 0)
    max_pool_backward_windows(dy, choices, s, s->size, s->stride, 1, dx, 1);
  else
    max_pool_backward_windows(dy, choices, s, s->size, s->stride, 0, dx, s->stride < s->size);
}

INLINE void average_window(const float *x, ptrdiff_t row_stride, ptrdiff_t channels, ptrdiff_t size, ptrdiff_t n,
                           float *y) {
  vf sum = {0};
  for (ptrdiff_t ky = 0; ky < size; ky++)
    for (ptrdiff_t kx = 0; kx < size; kx++) sum += load_some(x + ky * row_stride + kx * channels, n);
  store_some(y, sum / (float)(size * size), n);
}

static void average_pool(const float *x, const PoolingSizes *s, float *y) {
  const ptrdiff_t channels = s->channels, row_stride = s->width * channels;
  for (ptrdiff_t b = 0; b < s->batch; b++) {
    for (ptrdiff_t oy = 0; oy < s->output_height; oy++) {
      for (ptrdiff_t ox = 0; ox < s->output_width; ox++) {
        const float *corner = x + (b * s->height + oy * s->stride) * row_stride + ox * s->stride * channels;
#define PASS(i, n) average_window(corner + i, row_stride, channels, s->size, n, y + i)
        FOR_VECTORS(channels, PASS);
#undef PASS
        y += channels;
      }
    }
  }
}

INLINE void add_to_window(const float *dy, ptrdiff_t row_stride, ptrdiff_t channels, ptrdiff_t size, ptrdiff_t n,
                          float *dx) {
  const vf part = load_some(dy, n) / (float)(size * size);
  for (ptrdiff_t ky = 0; ky < size; ky++) {
    for (ptrdiff_t kx = 0; kx < size; kx++) {
      float *p = dx + ky * row_stride + kx * channels;
      store_some(p, load_some(p, n) + part, n);
    }
  }
}

static void average_pool_backward(const float *dy, const PoolingSizes *s, float *dx) {
  const ptrdiff_t channels = s->channels, row_stride = s->width * channels;
  zero(dx, s->batch * s->height * row_stride);
  for (ptrdiff_t b = 0; b < s->batch; b++) {
    for (ptrdiff_t oy = 0; oy < s->output_height; oy++) {
      for (ptrdiff_t ox = 0; ox < s->output_width; ox++) {
        float *corner = dx + (b * s->height + oy * s->stride) * row_stride + ox * s->stride * channels;
#define PASS(i, n) add_to_window(dy + i, row_stride, channels, s->size, n, corner + i)
        FOR_VECTORS(channels, PASS);
#undef PASS
        dy += channels;
      }
    }
  }
}

static void global_average(const float *x, ptrdiff_t batch, ptrdiff_t pixels, ptrdiff_t channels, float *y) {
  for (ptrdiff_t b = 0; b < batch; b++, x += pixels * channels, y += channels) {
    column_sums(x, pixels, channels, y, 0);
#define PASS(i, n) store_some(y + i, load_some(y + i, n) / (float)pixels, n)
    FOR_VECTORS(channels, PASS);
#undef PASS
  }
}

static void global_average_backward(const float *dy, ptrdiff_t batch, ptrdiff_t pixels, ptrdiff_t channels,
                                    float *dx) {
  for (ptrdiff_t b = 0; b < batch; b++, dy += channels) {
    for (ptrdiff_t p = 0; p < pixels; p++, dx += channels) {
#define PASS(i, n) store_some(dx + i, load_some(dy + i, n) / (float)pixels, n)
      FOR_VECTORS(channels, PASS);
#undef PASS
    }
  }
}

// Group normalisation of images (Wu & He 2018): mean and variance of each sample's groups of neighbouring channels.
//
// Sums run channel by channel over the pixels as batch norm's do, and then, in double precision, over a group's channels.
// Without pixels, which is layer norm (Ba et al. 2016), a group is one run of numbers. Sums over samples are added one
// sample after another, so that they do not depend on how the samples were cut into microbatches.

// Σ x and Σ x² of a run.
INLINE void run_moments(const float *x, ptrdiff_t count, double *sum, double *square) {
  vd sums[SUM_PARTS] = {0}, squares[SUM_PARTS] = {0};
#define PASS(i, n, part)                                                                                            \
  do {                                                                                                              \
    const vd v = widen(load_some(x + i, n));                                                                        \
    sums[part] += v;                                                                                                \
    squares[part] = add_exact(v, v, squares[part]);                                                                 \
  } while (0)
  FOR_SUM_VECTORS(count, PASS);
#undef PASS
  *sum = sum_wide_lanes(sums);
  *square = sum_wide_lanes(squares);
}

INLINE void finish_group(double sum, double square, double count, float epsilon, float *mean,
                         float *inverse_deviation) {
  const double m = sum / count;
  double variance = fused_wide(-m, m, square / count);
  variance = variance < 0 ? 0 : variance;  // rounding of a constant group
  *mean = (float)m;
  *inverse_deviation = (float)(1 / __builtin_sqrt(variance + (double)epsilon));
}

// Mean and inverse deviation of a sample's groups.
static void group_moments(const float *x, const GroupSizes *s, float epsilon, float *mean, float *inverse_deviation) {
  const ptrdiff_t channels = s->channels, group = channels / s->groups;
  const double count = (double)(group * s->pixels);
  double sum = 0, square = 0;
  if (s->pixels == 1) {
    for (ptrdiff_t g = 0; g < s->groups; g++) {
      run_moments(x + g * group, group, &sum, &square);
      finish_group(sum, square, count, epsilon, mean + g, inverse_deviation + g);
    }
    return;
  }
  ptrdiff_t left = group;
  for (ptrdiff_t c0 = 0; c0 < channels; c0 += PANEL) {
    const ptrdiff_t width = channels - c0 < PANEL ? channels - c0 : PANEL;
    __attribute__((aligned(128))) double sums[PANEL] = {0}, squares[PANEL] = {0};
    for (ptrdiff_t r0 = 0; r0 < s->pixels; r0 += BLOCK_ROWS) {
      const ptrdiff_t block = s->pixels - r0 < BLOCK_ROWS ? s->pixels - r0 : BLOCK_ROWS;
      const float *corner = x + r0 * channels + c0;
#define STRIP(c, vectors, n) strip_moments(corner + c, block, channels, r0, sums + c, squares + c, vectors, n)
      FOR_SUM_STRIPS(width, STRIP);
#undef STRIP
    }
    for (ptrdiff_t c = 0; c < width; c++) {
      sum += sums[c];
      square += squares[c];
      if (--left > 0) continue;
      finish_group(sum, square, count, epsilon, mean++, inverse_deviation++);
      sum = square = 0;
      left = group;
    }
  }
}

// A number of each of the channels from c0 on: that of its group.
INLINE void spread_groups(const float *of_group, ptrdiff_t c0, ptrdiff_t width, ptrdiff_t group, float *of_channel) {
  ptrdiff_t g = c0 / group, left = group - c0 % group;
  for (ptrdiff_t c = 0; c < width; c++) {
    of_channel[c] = of_group[g];
    if (--left == 0) {
      g++;
      left = group;
    }
  }
}

static void group_normalization(const float *x, const GroupSizes *s, float epsilon, const float *scale,
                                const float *shift, float *y, float *mean, float *inverse_deviation) {
  const ptrdiff_t channels = s->channels, group = channels / s->groups, sample = channels * s->pixels;
  for (ptrdiff_t b = 0; b < s->batch; b++, x += sample, y += sample, mean += s->groups, inverse_deviation += s->groups) {
    group_moments(x, s, epsilon, mean, inverse_deviation);
    for (ptrdiff_t g = 0; s->pixels == 1 && g < s->groups; g++) {
      const vf m = splat(mean[g]), inverse = splat(inverse_deviation[g]);
      const ptrdiff_t c0 = g * group;
#define PASS(i, n)                                                                                                  \
  store_some(y + c0 + i,                                                                                            \
             fused(load_some(x + c0 + i, n) - m, load_some(scale + c0 + i, n) * inverse,                            \
                   load_some(shift + c0 + i, n)),                                                                   \
             n)
      FOR_VECTORS(group, PASS);
#undef PASS
    }
    for (ptrdiff_t c0 = 0; s->pixels > 1 && c0 < channels; c0 += PANEL) {
      const ptrdiff_t width = channels - c0 < PANEL ? channels - c0 : PANEL;
      float means[PANEL], inverses[PANEL];
      spread_groups(mean, c0, width, group, means);
      spread_groups(inverse_deviation, c0, width, group, inverses);
#define STRIP(c, vectors, n)                                                                                        \
  apply_columns(x + c0 + c, s->pixels, channels, means + c, inverses + c, scale + c0 + c, shift + c0 + c, 0,          \
                y + c0 + c, false, FollowingActivationNone, vectors, n)
      FOR_STRIPS(width, STRIP);
#undef STRIP
    }
  }
}

// What a group's backward pass sums up, Σ γ·dy and Σ γ·dy·(x − mean), becomes what its elements need:
// dx = inverse · γ · dy − average − slope · (x − mean).
INLINE void group_coefficients(double sum, double product, double count, double inverse, float *average,
                               float *slope) {
  *average = (float)(inverse * sum / count);
  *slope = (float)(inverse * inverse * inverse * product / count);
}

INLINE void run_backward(const float *x, const float *dy, ptrdiff_t count, const float *scale, float mean,
                         float inverse_deviation, float *dx, float *scale_gradient, float *shift_gradient) {
  const vf m = splat(mean), inverse = splat(inverse_deviation);
  vd sums[SUM_PARTS] = {0}, products[SUM_PARTS] = {0};
#define PASS(i, n, part)                                                                                            \
  do {                                                                                                              \
    const vf centered = load_some(x + i, n) - m, d = load_some(dy + i, n);                                          \
    const vd g = widen(d) * widen(load_some(scale + i, n));                                                         \
    sums[part] += g;                                                                                                \
    products[part] = fused_wide(g, widen(centered), products[part]);                                                \
    store_some(scale_gradient + i, fused(d * centered, inverse, load_some(scale_gradient + i, n)), n);              \
    store_some(shift_gradient + i, load_some(shift_gradient + i, n) + d, n);                                        \
  } while (0)
  FOR_SUM_VECTORS(count, PASS);
#undef PASS
  float average, slope;
  group_coefficients(sum_wide_lanes(sums), sum_wide_lanes(products), (double)count, inverse_deviation, &average,
                     &slope);
  const vf averages = splat(average), slopes = splat(slope);
#define PASS(i, n)                                                                                                  \
  store_some(dx + i,                                                                                                \
             fused(-slopes, load_some(x + i, n) - m,                                                                \
                   fused(load_some(dy + i, n), load_some(scale + i, n) * inverse, -averages)),                      \
             n)
  FOR_VECTORS(count, PASS);
#undef PASS
}

// dx = factor · dy − average − slope · (x − mean).
INLINE void group_gradient_strip(const float *x, const float *dy, ptrdiff_t rows, ptrdiff_t columns, const float *mean,
                                 const float *factor, const float *average, const float *slope, float *dx,
                                 const int vectors, const ptrdiff_t n) {
  vf means[4], factors[4], averages[4], slopes[4];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    means[v] = load_some(mean + v * LANES, n);
    factors[v] = load_some(factor + v * LANES, n);
    averages[v] = load_some(average + v * LANES, n);
    slopes[v] = load_some(slope + v * LANES, n);
  }
  for (ptrdiff_t r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const ptrdiff_t at = r * columns + v * LANES;
      const vf centered = load_some(x + at, n) - means[v];
      store_some(dx + at, fused(-slopes[v], centered, fused(factors[v], load_some(dy + at, n), -averages[v])), n);
    }
  }
}

// The backward pass of a sample's channels c0 ..< end, which are whole groups: one, or as many as a panel holds.
static void groups_backward(const float *x, const float *dy, const GroupSizes *s, ptrdiff_t c0, ptrdiff_t end,
                            const float *scale, const float *mean, const float *inverse_deviation, float *dx,
                            float *scale_gradient, float *shift_gradient) {
  const ptrdiff_t channels = s->channels, group = channels / s->groups, first_group = c0 / group;
  float average[PANEL], slope[PANEL], means[PANEL], inverses[PANEL];
  double group_sum = 0, group_product = 0;
  ptrdiff_t left = group, g = 0;
  for (ptrdiff_t p0 = c0; p0 < end; p0 += PANEL) {
    const ptrdiff_t width = end - p0 < PANEL ? end - p0 : PANEL;
    __attribute__((aligned(128))) double sums[PANEL] = {0}, products[PANEL] = {0};
    spread_groups(mean, p0, width, group, means);
    for (ptrdiff_t r0 = 0; r0 < s->pixels; r0 += BLOCK_ROWS) {
      const ptrdiff_t block = s->pixels - r0 < BLOCK_ROWS ? s->pixels - r0 : BLOCK_ROWS, corner = r0 * channels + p0;
      // The gradient is only read: a mask alone would write it.
#define STRIP(c, vectors, n)                                                                                        \
  strip_gradients(x + corner + c, (float *)dy + corner + c, 0, block, channels, means + c, 0, 0, sums + c,           \
                  products + c, mask_none, vectors, n)
      FOR_SUM_STRIPS(width, STRIP);
#undef STRIP
    }
    for (ptrdiff_t c = 0; c < width; c++) {
      const double inverse = inverse_deviation[first_group + g];
      scale_gradient[p0 + c] += (float)(products[c] * inverse);
      shift_gradient[p0 + c] += (float)sums[c];
      group_sum = fused_wide(sums[c], (double)scale[p0 + c], group_sum);
      group_product = fused_wide(products[c], (double)scale[p0 + c], group_product);
      if (--left > 0) continue;
      group_coefficients(group_sum, group_product, (double)(group * s->pixels), inverse, average + g, slope + g);
      group_sum = group_product = 0;
      left = group;
      g++;
    }
  }
  for (ptrdiff_t p0 = c0; p0 < end; p0 += PANEL) {
    const ptrdiff_t width = end - p0 < PANEL ? end - p0 : PANEL;
    float averages[PANEL], slopes[PANEL], factors[PANEL];
    spread_groups(mean, p0, width, group, means);
    spread_groups(inverse_deviation, p0, width, group, inverses);
    spread_groups(average, p0 - c0, width, group, averages);
    spread_groups(slope, p0 - c0, width, group, slopes);
    for (ptrdiff_t c = 0; c < width; c++) factors[c] = scale[p0 + c] * inverses[c];
#define STRIP(c, vectors, n)                                                                                        \
  group_gradient_strip(x + p0 + c, dy + p0 + c, s->pixels, channels, means + c, factors + c, averages + c,            \
                       slopes + c, dx + p0 + c, vectors, n)
    FOR_STRIPS(width, STRIP);
#undef STRIP
  }
}

static void group_normalization_backward(const float *x, const float *dy, const GroupSizes *s, const float *scale,
                                         const float *mean, const float *inverse_deviation, float *dx,
                                         float *scale_gradient, float *shift_gradient, bool accumulating) {
  const ptrdiff_t channels = s->channels, group = channels / s->groups, sample = channels * s->pixels;
  const ptrdiff_t together = group < PANEL ? PANEL / group * group : group;
  if (!accumulating) {
    zero(scale_gradient, channels);
    zero(shift_gradient, channels);
  }
  for (ptrdiff_t b = 0; b < s->batch; b++) {
    for (ptrdiff_t g = 0; s->pixels == 1 && g < s->groups; g++)
      run_backward(x + g * group, dy + g * group, group, scale + g * group, mean[g], inverse_deviation[g],
                   dx + g * group, scale_gradient + g * group, shift_gradient + g * group);
    for (ptrdiff_t c0 = 0; s->pixels > 1 && c0 < channels; c0 += together)
      groups_backward(x, dy, s, c0, smaller(channels, c0 + together), scale, mean, inverse_deviation, dx,
                      scale_gradient, shift_gradient);
    x += sample;
    dy += sample;
    dx += sample;
    mean += s->groups;
    inverse_deviation += s->groups;
  }
}

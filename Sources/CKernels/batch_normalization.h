// Batch normalisation of the columns of a matrix (Ioffe & Szegedy 2015).
//
// Statistics: a block of rows sums its differences from the mean of all rows before it, and their squares; over the
// blocks, doubles. So a large mean costs no accuracy, and memory is read once.

// Columns that are summed together: a page of each row, so that memory is read in long runs.
#define ROW_PANEL 1024

// Adds a strip's Σ x and Σ x² over a block of rows to the doubles. `rows_before` have gone into them already.
INLINE void strip_moments(const float *x, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t rows_before, double *sums,
                          double *squares, const int vectors, const ptrdiff_t n) {
  const int chains = 4 / vectors;
  vf s[4] = {{0}, {0}, {0}, {0}}, q[4] = {{0}, {0}, {0}, {0}}, shift[4];
  if (rows_before == 0) {
#define TERM(v, at) load_some(x + (at), n)
    SUM_STRIP(s, rows, columns, vectors, TERM);
#undef TERM
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    if (rows_before == 0)
      shift[v] = s[v * chains] / (float)rows;
    else
      shift[v] = __builtin_convertvector(((vd *)sums)[v] * (1 / (double)rows_before), vf);
  }
#pragma unroll
  for (int j = 0; j < 4; j++) s[j] = (vf){0};

  ptrdiff_t r = 0;
  for (; r + chains <= rows; r += chains) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const vf d = load_some(x + (r + j % chains) * columns + j / chains * LANES, n) - shift[j / chains];
      s[j] += d;
      q[j] = fused(d, d, q[j]);
    }
  }
  for (; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const vf d = load_some(x + r * columns + v * LANES, n) - shift[v];
      s[v * chains] += d;
      q[v * chains] = fused(d, d, q[v * chains]);
    }
  }
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    const int j = v * chains;
    for (int width = chains / 2; width > 0; width /= 2) {
      for (int k = j; k < j + width; k++) {
        s[k] += s[k + width];
        q[k] += q[k + width];
      }
    }
    // Σ x = Σ d + n·shift and Σ x² = Σ d² + shift · (2 Σ d + n·shift).
    const vd wide_shift = widen(shift[v]), sum = widen(s[j]), shifted = wide_shift * (double)rows;
    ((vd *)sums)[v] += sum + shifted;
    ((vd *)squares)[v] += fused_wide(wide_shift, 2 * sum + shifted, widen(q[j]));
  }
}

static void batch_normalization_statistics(const float *x, ptrdiff_t rows, ptrdiff_t columns, float epsilon, float *mean,
                                     float *inverse_deviation, float *statistics_mean, float *statistics_variance,
                                     double weight, bool accumulating) {
  const double count = (double)rows, unbiased = rows > 1 ? count / (count - 1) : 1;
  for (ptrdiff_t c0 = 0; c0 < columns; c0 += ROW_PANEL) {
    const ptrdiff_t width = columns - c0 < ROW_PANEL ? columns - c0 : ROW_PANEL;
    __attribute__((aligned(128))) double sums[ROW_PANEL] = {0}, squares[ROW_PANEL] = {0};
    for (ptrdiff_t r0 = 0; r0 < rows; r0 += BLOCK_ROWS) {
      const ptrdiff_t block = rows - r0 < BLOCK_ROWS ? rows - r0 : BLOCK_ROWS;
      const float *corner = x + r0 * columns + c0;
#define STRIP(c, vectors, n) strip_moments(corner + c, block, columns, r0, sums + c, squares + c, vectors, n)
      FOR_SUM_STRIPS(width, STRIP);
#undef STRIP
    }
    for (ptrdiff_t c = 0; c < width; c++) {
      const double m = sums[c] / count;
      double variance = fused_wide(-m, m, squares[c] / count);
      variance = variance < 0 ? 0 : variance;  // rounding of a constant column
      mean[c0 + c] = (float)m;
      inverse_deviation[c0 + c] = (float)(1 / __builtin_sqrt(variance + (double)epsilon));
      const float old_mean = accumulating ? statistics_mean[c0 + c] : 0;
      const float old_variance = accumulating ? statistics_variance[c0 + c] : 0;
      statistics_mean[c0 + c] = old_mean + (float)(m * weight);
      statistics_variance[c0 + c] = old_variance + (float)(variance * unbiased * weight);
    }
  }
}

INLINE vf activated(vf z, const FollowingActivation activation) {
  switch (activation) {
    case FollowingActivationReLU: return positive_part(z);
    case FollowingActivationGELU: return gelu_of(z, false);
    case FollowingActivationGELUTanh: return gelu_of(z, true);
    default: return z;
  }
}

// y = (x − mean) · factor + shift (+ addend): subtracting first keeps the digits of a column whose mean is large.
// The backward pass computes the same expression for what follows.
INLINE void apply_strip(const float *x, ptrdiff_t rows, ptrdiff_t columns, const vf mean[4], const vf factor[4],
                        const vf shift[4], const float *addend, float *y, bool streamed,
                        const FollowingActivation activation, const int vectors, const ptrdiff_t n) {
#pragma clang loop unroll_count(2)
  for (ptrdiff_t r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const ptrdiff_t at = r * columns + v * LANES;
      vf z = fused(load_some(x + at, n) - mean[v], factor[v], shift[v]);
      if (addend) z += load_some(addend + at, n);
      store_streamed(y + at, activated(z, activation), n, streamed);
    }
  }
}

INLINE void apply_columns(const float *x, ptrdiff_t rows, ptrdiff_t columns, const float *mean,
                          const float *inverse_deviation, const float *scale, const float *shift,
                          const float *addend, float *y, bool streamed, FollowingActivation activation,
                          const int vectors, const ptrdiff_t n) {
  vf means[4], factors[4], shifts[4];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    means[v] = load_some(mean + v * LANES, n);
    factors[v] = load_some(scale + v * LANES, n) * load_some(inverse_deviation + v * LANES, n);
    shifts[v] = load_some(shift + v * LANES, n);
  }
  // Each with its constants.
#define STRIP(addend, activation) \
  apply_strip(x, rows, columns, means, factors, shifts, addend, y, streamed, activation, vectors, n)
  if (addend && activation == FollowingActivationReLU)
    STRIP(addend, FollowingActivationReLU);
  else if (addend)
    STRIP(addend, FollowingActivationNone);
  else if (activation == FollowingActivationReLU)
    STRIP(0, FollowingActivationReLU);
  else if (activation == FollowingActivationGELU)
    STRIP(0, FollowingActivationGELU);
  else if (activation == FollowingActivationGELUTanh)
    STRIP(0, FollowingActivationGELUTanh);
  else
    STRIP(0, FollowingActivationNone);
#undef STRIP
}

static void batch_normalization_apply(const float *x, ptrdiff_t rows, ptrdiff_t columns, const float *mean,
                                const float *inverse_deviation, const float *scale, const float *shift,
                                const float *addend, float *y, FollowingActivation activation) {
  const bool streamed = y != x && y != addend && is_streamed(y, rows, columns);
  for (ptrdiff_t r0 = 0; r0 < rows; r0 += BLOCK_ROWS) {
    const ptrdiff_t block = rows - r0 < BLOCK_ROWS ? rows - r0 : BLOCK_ROWS, at = r0 * columns;
#define STRIP(c, vectors, n)                                                                                        \
  apply_columns(x + at + c, block, columns, mean + c, inverse_deviation + c, scale + c, shift + c,                   \
                addend ? addend + at + c : addend, y + at + c, streamed, activation, vectors, n)
    FOR_STRIPS(columns, STRIP);
#undef STRIP
  }
  end_streaming(streamed);
}

static void batch_normalization_evaluate(const float *x, ptrdiff_t rows, ptrdiff_t columns, float epsilon,
                                   const float *mean, const float *variance, const float *scale, const float *shift,
                                   const float *addend, float *y, FollowingActivation activation) {
  for (ptrdiff_t c0 = 0; c0 < columns; c0 += ROW_PANEL) {
    const ptrdiff_t width = columns - c0 < ROW_PANEL ? columns - c0 : ROW_PANEL;
    float inverse_deviation[ROW_PANEL];
    for (ptrdiff_t c = 0; c < width; c++)
      inverse_deviation[c] = (float)(1 / __builtin_sqrt((double)variance[c0 + c] + (double)epsilon));
#define STRIP(c, vectors, n)                                                                                        \
  apply_columns(x + c0 + c, rows, columns, mean + c0 + c, inverse_deviation + c, scale + c0 + c, shift + c0 + c,     \
                addend ? addend + c0 + c : addend, y + c0 + c, false, activation, vectors, n)
    FOR_STRIPS(width, STRIP);
#undef STRIP
  }
}

// What an activation behind the normalisation makes of dy.
enum {
  // There is none.
  mask_none,
  // A ReLU follows at once: dy counts where the normalised value is positive, which x tells.
  mask_own,
  // A ReLU follows an addition: dy counts where `output` is positive, and becomes zero elsewhere.
  mask_output,
  // A GELU follows at once: dy becomes dy times its slope, which x tells, but not cheaply twice.
  slope_gelu,
  slope_gelu_tanh,
};

INLINE int wants_shift(const int mask) { return mask != mask_none && mask != mask_output; }

INLINE vf gradient_behind(const float *dy, const float *output, ptrdiff_t at, vf centered, vf factor, vf shift,
                          const int mask, ptrdiff_t n) {
  const vf d = load_some(dy + at, n);
  switch (mask) {
    case mask_own: return keep(fused(centered, factor, shift) > 0, d);
    case mask_output: return keep(load_some(output + at, n) > 0, d);
    case slope_gelu: return d * gelu_slope(fused(centered, factor, shift), false);
    case slope_gelu_tanh: return d * gelu_slope(fused(centered, factor, shift), true);
    default: return d;
  }
}

// Adds a strip's Σ dy and Σ dy · (x − mean) over a block of rows to the doubles.
INLINE void strip_gradients(const float *x, float *dy, const float *output, ptrdiff_t rows, ptrdiff_t columns,
                            const float *mean, const float *factor, const float *shift, double *sums,
                            double *products, const int mask, const int vectors, const ptrdiff_t n) {
  vf s[4] = {{0}, {0}, {0}, {0}}, p[4] = {{0}, {0}, {0}, {0}}, means[4], factors[4], shifts[4];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    means[v] = load_some(mean + v * LANES, n);
    factors[v] = wants_shift(mask) ? load_some(factor + v * LANES, n) : (vf){0};
    shifts[v] = wants_shift(mask) ? load_some(shift + v * LANES, n) : (vf){0};
  }
#define TERM(j, v, at)                                                                                              \
  do {                                                                                                              \
    const vf centered = load_some(x + (at), n) - means[v];                                                          \
    const vf d = gradient_behind(dy, output, at, centered, factors[v], shifts[v], mask, n);                         \
    if (mask > mask_own) store_some(dy + (at), d, n);                                                               \
    s[j] += d;                                                                                                      \
    p[j] = fused(d, centered, p[j]);                                                                                \
  } while (0)
  // Two chains a vector, so that one loop can hold both sums.
  const int chains = vectors < 4 ? 2 : 1;
  ptrdiff_t r = 0;
  for (; r + chains <= rows; r += chains) {
#pragma unroll
    for (int j = 0; j < vectors * chains; j++) TERM(j, j / chains, (r + j % chains) * columns + j / chains * LANES);
  }
  for (; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) TERM(v * chains, v, r * columns + v * LANES);
  }
#undef TERM
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    const int j = v * chains;
    ((vd *)sums)[v] += widen(chains == 2 ? s[j] + s[j + 1] : s[j]);
    ((vd *)products)[v] += widen(chains == 2 ? p[j] + p[j + 1] : p[j]);
  }
}

// dx = factor · (dy − average − slope · (x − mean)).
INLINE void input_gradient_strip(const float *x, const float *dy, ptrdiff_t rows, ptrdiff_t columns,
                                 const float *mean, const float *factor, const float *shift, const float *average,
                                 const float *slope, float *dx, bool streamed, const int mask, const int vectors,
                                 const ptrdiff_t n) {
  vf means[4], factors[4], shifts[4], averages[4], slopes[4];
#pragma unroll
  for (int v = 0; v < vectors; v++) {
    means[v] = load_some(mean + v * LANES, n);
    factors[v] = load_some(factor + v * LANES, n);
    shifts[v] = mask == mask_own ? load_some(shift + v * LANES, n) : (vf){0};
    averages[v] = load_some(average + v * LANES, n);
    slopes[v] = load_some(slope + v * LANES, n);
  }
  for (ptrdiff_t r = 0; r < rows; r++) {
#pragma unroll
    for (int v = 0; v < vectors; v++) {
      const ptrdiff_t at = r * columns + v * LANES;
      const vf centered = load_some(x + at, n) - means[v];
      const vf d = gradient_behind(dy, 0, at, centered, factors[v], shifts[v], mask, n) - averages[v];
      store_streamed(dx + at, factors[v] * fused(-slopes[v], centered, d), n, streamed);
    }
  }
}

INLINE void backward_panel(const float *x, float *dy, const float *output, const float *shift, ptrdiff_t rows,
                           ptrdiff_t columns, ptrdiff_t width, const float *scale, const float *mean,
                           const float *inverse_deviation, float *dx, float *scale_gradient, float *shift_gradient,
                           bool accumulating, const int mask) {
  __attribute__((aligned(128))) double sums[ROW_PANEL] = {0}, products[ROW_PANEL] = {0};
  float factor[ROW_PANEL], average[ROW_PANEL], slope[ROW_PANEL];
  for (ptrdiff_t c = 0; c < width; c++) factor[c] = scale[c] * inverse_deviation[c];
  for (ptrdiff_t r0 = 0; r0 < rows; r0 += BLOCK_ROWS) {
    const ptrdiff_t block = rows - r0 < BLOCK_ROWS ? rows - r0 : BLOCK_ROWS, corner = r0 * columns;
#define STRIP(c, vectors, n)                                                                                        \
  strip_gradients(x + corner + c, dy + corner + c, output ? output + corner + c : output, block, columns, mean + c, \
                  factor + c, shift ? shift + c : shift, sums + c, products + c, mask, vectors, n)
    FOR_SUM_STRIPS(width, STRIP);
#undef STRIP
  }
  for (ptrdiff_t c = 0; c < width; c++) {
    const double inverse = inverse_deviation[c];
    const double dscale = products[c] * inverse, dshift = sums[c];
    average[c] = (float)(dshift / (double)rows);
    slope[c] = (float)(dscale * inverse / (double)rows);
    scale_gradient[c] = (accumulating ? scale_gradient[c] : 0) + (float)dscale;
    shift_gradient[c] = (accumulating ? shift_gradient[c] : 0) + (float)dshift;
  }
  // In dy there is by now what the others make of it.
  const int rest = mask == mask_own ? mask_own : mask_none;
  const bool streamed = dx != dy && is_streamed(dx, rows, columns);
  for (ptrdiff_t r0 = 0; r0 < rows; r0 += BLOCK_ROWS) {
    const ptrdiff_t block = rows - r0 < BLOCK_ROWS ? rows - r0 : BLOCK_ROWS, corner = r0 * columns;
#define STRIP(c, vectors, n)                                                                                        \
  input_gradient_strip(x + corner + c, dy + corner + c, block, columns, mean + c, factor + c,                        \
                       shift ? shift + c : shift, average + c, slope + c, dx + corner + c, streamed, rest, vectors, n)
    FOR_STRIPS(width, STRIP);
#undef STRIP
  }
  end_streaming(streamed);
}

static void batch_normalization_backward(const float *x, float *dy, FollowingActivation activation,
                                   const float *output, const float *shift, ptrdiff_t rows, ptrdiff_t columns,
                                   const float *scale, const float *mean, const float *inverse_deviation, float *dx,
                                   float *scale_gradient, float *shift_gradient, bool accumulating) {
  for (ptrdiff_t c = 0; c < columns; c += ROW_PANEL) {
    const ptrdiff_t width = columns - c < ROW_PANEL ? columns - c : ROW_PANEL;
#define PASS(output, shift, mask)                                                                                   \
  backward_panel(x + c, dy + c, output, shift, rows, columns, width, scale + c, mean + c, inverse_deviation + c,      \
                 dx + c, scale_gradient + c, shift_gradient + c, accumulating, mask)
    if (activation == FollowingActivationGELU)
      PASS(0, shift + c, slope_gelu);
    else if (activation == FollowingActivationGELUTanh)
      PASS(0, shift + c, slope_gelu_tanh);
    else if (activation == FollowingActivationNone)
      PASS(0, 0, mask_none);
    else if (output)
      PASS(output + c, 0, mask_output);
    else
      PASS(0, shift + c, mask_own);
#undef PASS
  }
}

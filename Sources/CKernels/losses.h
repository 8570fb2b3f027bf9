// Softmax with cross-entropy, squared error, predictions.
#include "elementary.h"

// e^x for x ≤ 0, to about one unit in the last place: 2^n · p(r) with x = n ln 2 + r and |r| ≤ ½ ln 2, the polynomial
// of Cephes' expf. 0 below −87.3, where the result would be subnormal; NaN for NaN.
INLINE vf exponential(vf x) {
  const float round_bias = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer in the low bits
  const vf biased = fused(x, splat(1.44269504088896341f), splat(round_bias));
  const vf n = biased - round_bias;
  const vf high = fused(-n, splat(0.693359375f), x);
  const vf r = fused(n, splat(2.12194440e-4f), high);
  vf p = fused(r, splat(1.9875691500e-4f), splat(1.3981999507e-3f));
  p = fused(p, r, splat(8.3334519073e-3f));
  p = fused(p, r, splat(4.1665795894e-2f));
  p = fused(p, r, splat(1.6666665459e-1f));
  p = fused(p, r, splat(5.0000001201e-1f));
  p = fused(p, r * r, r) + 1.0f;
  const vf power = (vf)(((vi)biased + 127) << 23);
  return keep(~(x < -87.3f), p * power);
}

INLINE float row_maximum(const float *row, ptrdiff_t columns) {
  const ptrdiff_t whole = columns / SUM_LANES * SUM_LANES;
  float largest = row[0];
  if (whole) {
    vf m[SUM_PARTS];
#pragma unroll
    for (int p = 0; p < SUM_PARTS; p++) {
      m[p] = load(row + p * LANES);
      for (ptrdiff_t i = SUM_LANES + p * LANES; i < whole; i += SUM_LANES) m[p] = larger(load(row + i), m[p]);
    }
    largest = largest_lane(m);
  }
  for (ptrdiff_t i = whole; i < columns; i++) largest = row[i] > largest ? row[i] : largest;
  return largest;
}

static double cross_entropy(const float *logits, ptrdiff_t rows, ptrdiff_t columns, const int32_t *labels,
                            float smoothing, float *gradient, ptrdiff_t *correct) {
  double loss = 0;
  ptrdiff_t right = 0;
  const float on = 1 - smoothing, off = smoothing / (float)columns;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = logits + r * columns;
    const ptrdiff_t label = labels[r];
    const float maximum = row_maximum(row, columns);
    const vf maxima = splat(maximum);
    const float target = row[label] - maximum;  // read now: the gradient may take the logits' place
    int first = row[label] == maximum;
    for (ptrdiff_t i = 0; first && i < label; i++) first = row[i] != maximum;

    vf sums[SUM_PARTS] = {0}, shifted[SUM_PARTS] = {0};
#define PASS(i, n, part)                                                                                            \
  do {                                                                                                              \
    const vi inside = lanes_below(n);                                                                               \
    const vf d = keep(inside, load_some(row + i, n) - maxima);                                                      \
    const vf e = keep(inside, exponential(d));                                                                      \
    shifted[part] += d;                                                                                             \
    sums[part] += e;                                                                                                \
    if (gradient) store_some(gradient + r * columns + i, e, n);                                                     \
  } while (0)
    FOR_SUM_VECTORS(columns, PASS);
#undef PASS
    const float sum = sum_lanes(sums);
    right += first && sum == sum;
    double term = natural_logarithm((double)sum) - (double)on * target;
    if (off != 0) term -= (double)off * sum_lanes(shifted);
    loss += term;

    if (gradient) {
      float *g = gradient + r * columns;
      const vf inverse = splat(1 / sum), offs = splat(off);
#define PASS(i, n) store_some(g + i, fused(load_some(g + i, n), inverse, -offs), n)
      FOR_VECTORS(columns, PASS);
#undef PASS
      g[label] -= on;
    }
  }
  *correct = right;
  return loss;
}

static double squared_error(const float *outputs, const float *targets, ptrdiff_t rows, ptrdiff_t columns,
                            float *gradient) {
  double loss = 0;
  const vf factor = splat(2 / (float)columns);
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *y = outputs + r * columns, *t = targets + r * columns;
    vd sums[SUM_PARTS] = {0};
#define PASS(i, n, part)                                                                                            \
  do {                                                                                                              \
    const vf d = load_some(y + i, n) - load_some(t + i, n);                                                         \
    sums[part] = add_exact(widen(d), widen(d), sums[part]);                                                         \
    if (gradient) store_some(gradient + r * columns + i, d * factor, n);                                            \
  } while (0)
    FOR_SUM_VECTORS(columns, PASS);
#undef PASS
    loss += sum_wide_lanes(sums) / (double)columns;
  }
  return loss;
}

static void predictions(const float *logits, ptrdiff_t rows, ptrdiff_t columns, int32_t *classes) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = logits + r * columns;
    ptrdiff_t best = 0;
    int finite = 1;
    for (ptrdiff_t i = 0; i < columns; i++) {
      finite &= row[i] - row[i] == 0;  // neither NaN nor infinite
      best = row[i] > row[best] ? i : best;
    }
    classes[r] = finite ? (int32_t)best : -1;
  }
}

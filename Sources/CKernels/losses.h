// Softmax with cross-entropy, squared error, predictions.

// e^x for x ≤ 0, to about one unit in the last place: 2^n · p(r) with x = n ln 2 + r and |r| ≤ ½ ln 2, the polynomial
// of Cephes' expf. 0 below −87.3, where the result would be subnormal; NaN for NaN.
INLINE vf exponential(vf x) {
  const float round_bias = 12582912.0f;  // 1.5 · 2^23: adding it rounds to an integer in the low bits
  const vf biased = x * 1.44269504088896341f + round_bias;
  const vf n = biased - round_bias;
  const vf high = x - n * 0.693359375f;
  const vf r = high - n * -2.12194440e-4f;
  vf p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const vf power = (vf)(((vi)biased + 127) << 23);
  return keep(~(x < -87.3f), p * power);
}

INLINE float row_maximum(const float *row, ptrdiff_t columns) {
  const ptrdiff_t whole = columns / LANES * LANES;
  float largest = row[0];
  if (whole) {
    vf m = load(row);
    for (ptrdiff_t i = LANES; i < whole; i += LANES) m = larger(load(row + i), m);
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

    vf sums = {0}, shifted = {0};
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    const vi inside = lanes_below(n);                                                                               \
    const vf d = keep(inside, load_some(row + i, n) - maxima);                                                      \
    const vf e = keep(inside, exponential(d));                                                                      \
    shifted += d;                                                                                                   \
    sums += e;                                                                                                      \
    if (gradient) store_some(gradient + r * columns + i, e, n);                                                     \
  } while (0)
    FOR_VECTORS(columns, PASS);
#undef PASS
    const float sum = sum_lanes(sums);
    right += first && sum == sum;
    double term = __builtin_log((double)sum) - (double)on * target;
    if (off != 0) term -= (double)off * sum_lanes(shifted);
    loss += term;

    if (gradient) {
      float *g = gradient + r * columns;
      const vf inverse = splat(1 / sum), offs = splat(off);
#define PASS(i, n) store_some(g + i, load_some(g + i, n) * inverse - offs, n)
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
    vd sums = {0};
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    const vf d = load_some(y + i, n) - load_some(t + i, n);                                                         \
    sums += widen(d) * widen(d);                                                                                    \
    if (gradient) store_some(gradient + r * columns + i, d * factor, n);                                            \
  } while (0)
    FOR_VECTORS(columns, PASS);
#undef PASS
    loss += sum_wide_lanes(&sums) / (double)columns;
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

// Gaussian error linear units (Hendrycks & Gimpel 2016): y = x·Φ(x), and the approximation of Φ by a tanh.
//
// Every element is one function of x, whatever its place in a vector, so results do not depend on how an array is cut.

// Φ(−a) · e^(a²/2) for a ≥ 0, to 5e-8 of itself, as a polynomial of t = 1 ÷ (1 + 0.35a): a minimax fit over 0…13.3, beyond
// which e^(−a²/2) is 0 here. The form is that of Abramowitz & Stegun 26.2.17.
INLINE vf normal_tail_ratio(vf a) {
  const vf t = 1.0f / fused(a, splat(0.35f), splat(1.0f));
  vf p = fused(t, splat(-2.911490761e-02f), splat(1.438179612e-01f));
  p = fused(p, t, splat(-2.553901970e-01f));
  p = fused(p, t, splat(1.587957591e-01f));
  p = fused(p, t, splat(-2.284296416e-02f));
  p = fused(p, t, splat(1.053919867e-01f));
  p = fused(p, t, splat(1.198631227e-01f));
  p = fused(p, t, splat(1.398575604e-01f));
  p = fused(p, t, splat(1.396216601e-01f));
  return p * t;
}

INLINE vf magnitude(vf x) { return (vf)((vi)x & 0x7FFFFFFF); }

// Φ(x), and e^(−x²/2).
INLINE vf normal_distribution(vf x, vf *bell) {
  const vf a = magnitude(x);
  *bell = exponential(a * a * -0.5f);
  const vf tail = *bell * normal_tail_ratio(a);
  return choose(x < 0, tail, 1.0f - tail);
}

// ½ (1 + tanh(√(2/π) (x + 0.044715x³))) = 1 ÷ (1 + e^(−v)), and its derivative. Beyond |x| = 11 e^(−|v|) is 0.
INLINE vf tanh_distribution(vf x, vf *density) {
  const vf limit = splat(11.0f);
  const vf c = choose(x > limit, limit, choose(x < -limit, -limit, x)), square = c * c;
  const vf v = c * fused(square, splat(0.0713548162726f), splat(1.59576912161f));
  const vf e = exponential(-magnitude(v)), inverse = 1.0f / (e + 1.0f);
  *density = e * inverse * inverse * fused(square, splat(0.2140644488178f), splat(1.59576912161f));
  return choose(v < 0, e * inverse, inverse);
}

INLINE vf gelu_of(vf x, const bool tanh_form) {
  vf unused;
  return x * (tanh_form ? tanh_distribution(x, &unused) : normal_distribution(x, &unused));
}

// Φ(x) + x·φ(x).
INLINE vf gelu_slope(vf x, const bool tanh_form) {
  vf density;
  if (tanh_form) {
    const vf distribution = tanh_distribution(x, &density);
    return fused(x, density, distribution);
  }
  const vf distribution = normal_distribution(x, &density);
  return fused(x, density * 0.398942280401f, distribution);
}

static void gelu(const float *x, ptrdiff_t count, bool tanh_form, float *y) {
#define EXACT_PASS(i, n) store_some(y + i, gelu_of(load_some(x + i, n), false), n)
#define TANH_PASS(i, n) store_some(y + i, gelu_of(load_some(x + i, n), true), n)
  if (tanh_form)
    FOR_VECTORS(count, TANH_PASS);
  else
    FOR_VECTORS(count, EXACT_PASS);
#undef TANH_PASS
#undef EXACT_PASS
}

static void gelu_backward(const float *x, const float *dy, ptrdiff_t count, bool tanh_form, float *dx) {
#define EXACT_PASS(i, n) store_some(dx + i, load_some(dy + i, n) * gelu_slope(load_some(x + i, n), false), n)
#define TANH_PASS(i, n) store_some(dx + i, load_some(dy + i, n) * gelu_slope(load_some(x + i, n), true), n)
  if (tanh_form)
    FOR_VECTORS(count, TANH_PASS);
  else
    FOR_VECTORS(count, EXACT_PASS);
#undef TANH_PASS
#undef EXACT_PASS
}

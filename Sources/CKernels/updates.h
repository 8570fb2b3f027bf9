// Optimizer steps on a range of parameters.
//
// Without gradients, u, m and v of a parameter fall by a factor at every step, and end at a few units of the smallest
// subnormal number: 0.9 · 4 rounds to 4. Intel's CPUs take some 50 times as long for a vector with one of them (112 in
// place of 2.4 ns for SGD's step), so what falls below 2⁻¹²⁶ becomes 0: by the rule, on every CPU, not by a thread's mode.

// g ← scale · g + λw; u ← m·u + g; w ← w − η·u, or w ← w − η·(g + m·u)
// (Goyal et al. 2017, remark 2, form 9).
INLINE void sgd_with(float *weights, const float *gradient, float *momentum_buffer, ptrdiff_t count, vf rate,
                     vf momentum, vf decay, vf gradient_scale, const bool nesterov) {
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    const vf w = load_some(weights + i, n);                                                                         \
    const vf g = fused(load_some(gradient + i, n), gradient_scale, decay * w);                                      \
    const vf u = without_subnormals(fused(momentum, load_some(momentum_buffer + i, n), g));                         \
    store_some(momentum_buffer + i, u, n);                                                                          \
    store_some(weights + i, fused(-rate, nesterov ? fused(momentum, u, g) : u, w), n);                              \
  } while (0)
  FOR_VECTORS(count, PASS);
#undef PASS
}

static void sgd(float *weights, const float *gradient, float *momentum_buffer, ptrdiff_t count, float rate,
                float momentum, float decay, float gradient_scale, bool nesterov) {
  const vf rates = splat(rate), momenta = splat(momentum), decays = splat(decay), scales = splat(gradient_scale);
  if (momentum_buffer && nesterov) {
    sgd_with(weights, gradient, momentum_buffer, count, rates, momenta, decays, scales, 1);
  } else if (momentum_buffer) {
    sgd_with(weights, gradient, momentum_buffer, count, rates, momenta, decays, scales, 0);
  } else {
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    const vf w = load_some(weights + i, n);                                                                         \
    store_some(weights + i, fused(-rates, fused(load_some(gradient + i, n), scales, decays * w), w), n);            \
  } while (0)
    FOR_VECTORS(count, PASS);
#undef PASS
  }
}

// Both moments and √v̂ + ε of the elements i ..< i + n: w, m and root (Kingma & Ba 2015, algorithm 1).
#define ADAM_MOMENTS(i, n)                                                                                          \
  const vf w = load_some(weights + i, n);                                                                           \
  const vf g = fused(load_some(gradient + i, n), splat(a.gradient_scale), a.coupled_decay * w);                     \
  const vf m = without_subnormals(fused(splat(a.beta1), load_some(first_moment + i, n), a.one_minus_beta1 * g));    \
  const vf v = without_subnormals(                                                                                  \
      fused(splat(a.beta2), load_some(second_moment + i, n), a.one_minus_beta2 * (g * g)));                         \
  store_some(first_moment + i, m, n);                                                                               \
  store_some(second_moment + i, v, n);                                                                              \
  const vf root = fused(__builtin_elementwise_sqrt(v), splat(a.inverse_root2), splat(a.epsilon))

// With the weight decay of Loshchilov & Hutter 2019 as a factor on the weights.
static void adam(float *weights, const float *gradient, float *first_moment, float *second_moment, ptrdiff_t count,
                 const AdamNumbers *numbers) {
  const AdamNumbers a = *numbers;
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    ADAM_MOMENTS(i, n);                                                                                             \
    store_some(weights + i, fused(splat(a.weight_factor), w, -(a.step_size * (m / root))), n);                      \
  } while (0)
  FOR_VECTORS(count, PASS);
#undef PASS
}

// You et al. 2020, algorithm 2, up to the trust ratio.
static void lamb_direction(const float *weights, const float *gradient, float *first_moment, float *second_moment,
                           ptrdiff_t count, const AdamNumbers *numbers, float *direction) {
  const AdamNumbers a = *numbers;
#define PASS(i, n)                                                                                                  \
  do {                                                                                                              \
    ADAM_MOMENTS(i, n);                                                                                             \
    store_some(direction + i, fused(splat(a.weight_factor), w, a.step_size * (m / root)), n);                       \
  } while (0)
  FOR_VECTORS(count, PASS);
#undef PASS
}
#undef ADAM_MOMENTS

static void running_average(float *average, const float *x, ptrdiff_t count, float keep, float take) {
  const vf keeps = splat(keep), takes = splat(take);
#define PASS(i, n)                                                                                                  \
  store_some(average + i, fused(keeps, load_some(average + i, n), takes * load_some(x + i, n)), n)
  FOR_VECTORS(count, PASS);
#undef PASS
}

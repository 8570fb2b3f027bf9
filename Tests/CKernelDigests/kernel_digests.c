#include "kernel_digests.h"

#include <stdlib.h>
#include <string.h>

#include "kernel_table.h"
#include "pictures.h"
#include "elementary.h"

// MARK: Digests

static uint64_t digest;

static void take(const void *from, size_t bytes) {
  const uint8_t *p = from;
  for (size_t i = 0; i < bytes; i++) digest = (digest ^ p[i]) * 0x100000001b3u;
}

// The bits of NaNs are nobody's promise, so all count as one.
static void take_floats(const float *x, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    if (x[i] != x[i]) bits = 0x7fc00000;
    take(&bits, sizeof bits);
  }
}

static void take_double(double x) { take(&x, sizeof x); }
static void take_number(ptrdiff_t x) {
  const int64_t number = x;
  take(&number, sizeof number);
}

static KernelDigest *results;
static ptrdiff_t result_count;

static void begin(void) { digest = 0xcbf29ce484222325u; }
static void end(const char *name) { results[result_count++] = (KernelDigest){name, digest}; }

// MARK: Inputs

static uint32_t state;

static uint32_t next_word(void) {
  state = state * 1664525u + 1013904223u;
  uint32_t x = state;
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  return x ^ x >> 16;
}

// In (−1, 1), with exponents that vary.
static float next_number(void) {
  const uint32_t word = next_word();
  const float magnitude = (float)(word >> 8) * 0x1p-24f;
  const float scaled = word & 6 ? magnitude : magnitude * 0x1p-9f;
  return word & 1 ? -scaled : scaled;
}

static void *memory(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 4096 + 63) / 64 * 64);
  if (!p) abort();
  memset(p, 0, (bytes + 4096 + 63) / 64 * 64);
  return p;
}

static float *space(ptrdiff_t count) { return memory((size_t)count * sizeof(float)); }

static float *numbers(ptrdiff_t count) {
  float *x = space(count);
  for (ptrdiff_t i = 0; i < count; i++) x[i] = next_number();
  return x;
}

static float *positive_numbers(ptrdiff_t count) {
  float *x = numbers(count);
  for (ptrdiff_t i = 0; i < count; i++) x[i] = (x[i] < 0 ? -x[i] : x[i]) + 0x1p-10f;
  return x;
}

// As behind a ReLU: more than half of them are zero.
static float *sparse_numbers(ptrdiff_t count) {
  float *x = numbers(count);
  for (ptrdiff_t i = 0; i < count; i++) x[i] = next_word() % 8 < 6 ? 0 : x[i];
  return x;
}

static const ptrdiff_t counts[] = {1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 200, 1000, 1025, 4097};
static const ptrdiff_t widths[] = {1, 2, 3, 5, 8, 10, 15, 16, 17, 24, 32, 33, 40, 48, 64, 72, 100, 128, 129, 160, 200};
#define EACH(value, list)                                                                \
  for (size_t list##_index = 0; list##_index < sizeof list / sizeof *list; list##_index++) \
    for (ptrdiff_t value = list[list##_index], list##_once = 1; list##_once; list##_once = 0)

// MARK: Element-wise passes and losses

static void elementwise(const KernelTable *k) {
  begin();
  EACH(n, counts) {
    float *x = numbers(n), *y = numbers(n);
    k->relu(x, n), take_floats(x, n);
    k->relu_backward(y, x, n), take_floats(y, n);
    k->add(x, y, n, false), take_floats(x, n);
    k->add(x, y, n, true), take_floats(x, n);
    k->scale(x, 0.7f, n), take_floats(x, n);
    free(x), free(y);
  }
  end("relu, add, scale");
  begin();
  EACH(n, widths) {
    float *x = numbers(37 * n), *bias = numbers(n), *sums = numbers(n);
    k->add_bias(x, 37, n, bias, false), take_floats(x, 37 * n);
    k->column_sums(x, 37, n, sums, false), take_floats(sums, n);
    k->add_bias(x, 37, n, bias, true), take_floats(x, 37 * n);
    k->column_sums(x, 37, n, sums, true), take_floats(sums, n);
    free(x), free(bias), free(sums);
  }
  end("add_bias, column_sums");
  begin();
  EACH(n, widths) {
    float *x = numbers(19 * n), *scale = numbers(n), *shift = numbers(n), *y = space(19 * n);
    uint8_t *bytes = memory((size_t)(19 * n));
    for (ptrdiff_t i = 0; i < 19 * n; i++) bytes[i] = (uint8_t)next_word();
    k->normalize_bytes(bytes, 19 * n, n, scale, shift, y), take_floats(y, 19 * n);
    k->normalize_floats(x, 19 * n, n, scale, shift, y), take_floats(y, 19 * n);
    k->dropout(x, 19, n, 1, 2, 3, 4, 5, 0x40000000u, 1.25f), take_floats(x, 19 * n);
    free(x), free(scale), free(shift), free(y), free(bytes);
  }
  end("normalize, dropout");
  begin();
  EACH(n, counts) {
    float *x = numbers(n), *dy = numbers(n), *y = space(n);
    for (ptrdiff_t i = 0; i < n; i++) x[i] *= 8;
    for (int form = 0; form < 2; form++) {
      k->gelu(x, n, form, y), take_floats(y, n);
      k->gelu_backward(x, dy, n, form, y), take_floats(y, n);
    }
    free(x), free(dy), free(y);
  }
  end("gelu");
}

static void losses(const KernelTable *k) {
  enum { rows = 23 };
  begin();
  EACH(n, widths) {
    float *x = numbers(rows * n), *gradient = space(rows * n);
    int32_t labels[rows], classes[rows];
    for (int r = 0; r < rows; r++) labels[r] = (int32_t)(next_word() % (uint32_t)n);
    for (ptrdiff_t i = 0; i < rows * n; i++) x[i] *= 20;
    ptrdiff_t correct;
    take_double(k->cross_entropy(x, rows, n, labels, 0, gradient, &correct));
    take_floats(gradient, rows * n), take_number(correct);
    take_double(k->cross_entropy(x, rows, n, labels, 0.1f, gradient, &correct));
    take_floats(gradient, rows * n), take_number(correct);
    k->predictions(x, rows, n, classes), take(classes, sizeof classes);
    free(x), free(gradient);
  }
  end("cross_entropy, predictions");
  begin();
  EACH(n, widths) {
    float *x = numbers(rows * n), *t = numbers(rows * n), *gradient = space(rows * n);
    take_double(k->squared_error(x, t, rows, n, gradient));
    take_floats(gradient, rows * n);
    free(x), free(t), free(gradient);
  }
  end("squared_error");
}

// MARK: Normalisations

static void batch_normalization(const KernelTable *k) {
  static const ptrdiff_t heights[] = {1, 2, 5, 64, 67, 131};
  begin();
  EACH(rows, heights) EACH(n, widths) {
    float *x = numbers(rows * n), *dy = numbers(rows * n), *y = space(rows * n), *dx = space(rows * n);
    float *scale = numbers(n), *shift = numbers(n), *mean = space(n), *inverse = space(n), *m = numbers(n);
    float *v = positive_numbers(n), *ds = numbers(n), *db = numbers(n), *addend = numbers(rows * n);
    for (ptrdiff_t i = 0; i < rows * n; i++) x[i] += 3;
    k->batch_normalization_statistics(x, rows, n, 1e-5f, mean, inverse, m, v, 0.125, true);
    take_floats(mean, n), take_floats(inverse, n), take_floats(m, n), take_floats(v, n);
    k->batch_normalization_apply(x, rows, n, mean, inverse, scale, shift, 0, y, FollowingActivationReLU);
    take_floats(y, rows * n);
    k->batch_normalization_backward(x, dy, FollowingActivationReLU, 0, shift, rows, n, scale, mean, inverse, dx, ds, db,
                                    true);
    take_floats(dx, rows * n), take_floats(ds, n), take_floats(db, n);
    k->batch_normalization_apply(x, rows, n, mean, inverse, scale, shift, addend, y, FollowingActivationReLU);
    take_floats(y, rows * n);
    k->batch_normalization_backward(x, dy, FollowingActivationReLU, y, 0, rows, n, scale, mean, inverse, dx, ds, db, false);
    take_floats(dx, rows * n), take_floats(ds, n), take_floats(db, n), take_floats(dy, rows * n);
    k->batch_normalization_backward(x, dy, FollowingActivationNone, 0, 0, rows, n, scale, mean, inverse, dx, ds, db, false);
    take_floats(dx, rows * n), take_floats(ds, n), take_floats(db, n);
    k->batch_normalization_evaluate(x, rows, n, 1e-5f, m, v, scale, shift, addend, y, FollowingActivationNone);
    take_floats(y, rows * n);
    free(x), free(dy), free(y), free(dx), free(scale), free(shift), free(mean), free(inverse), free(m), free(v);
    free(ds), free(db), free(addend);
  }
  end("batch_normalization");
}

static void batch_normalization_with_gelu(const KernelTable *k) {
  static const ptrdiff_t heights[] = {1, 5, 67, 131};
  static const FollowingActivation forms[] = {FollowingActivationGELU, FollowingActivationGELUTanh};
  begin();
  EACH(form, forms) EACH(rows, heights) EACH(n, widths) {
    float *x = numbers(rows * n), *dy = numbers(rows * n), *y = space(rows * n), *dx = space(rows * n);
    float *scale = numbers(n), *shift = numbers(n), *mean = numbers(n), *inverse = positive_numbers(n);
    float *ds = numbers(n), *db = numbers(n);
    k->batch_normalization_apply(x, rows, n, mean, inverse, scale, shift, 0, y, form), take_floats(y, rows * n);
    k->batch_normalization_evaluate(x, rows, n, 1e-5f, mean, inverse, scale, shift, 0, y, form);
    take_floats(y, rows * n);
    k->batch_normalization_backward(x, dy, form, 0, shift, rows, n, scale, mean, inverse, dx, ds, db, true);
    take_floats(dx, rows * n), take_floats(ds, n), take_floats(db, n), take_floats(dy, rows * n);
    free(x), free(dy), free(y), free(dx), free(scale), free(shift), free(mean), free(inverse), free(ds), free(db);
  }
  end("batch_normalization, gelu");
}

static void group_normalization(const KernelTable *k) {
  static const ptrdiff_t channels[] = {4, 12, 20, 32, 72, 160, 300};
  static const ptrdiff_t pixels[] = {1, 3, 70};
  begin();
  EACH(n, channels) EACH(area, pixels) for (ptrdiff_t groups = 1; groups <= 4; groups += groups) {
    const GroupSizes s = {.batch = 3, .pixels = area, .channels = n, .groups = groups};
    const ptrdiff_t count = 3 * area * n;
    float *x = numbers(count), *dy = numbers(count), *y = space(count), *dx = space(count), *ds = numbers(n);
    float *scale = numbers(n), *shift = numbers(n), *mean = space(3 * groups), *inverse = space(3 * groups);
    float *db = numbers(n);
    k->group_normalization(x, &s, 1e-5f, scale, shift, y, mean, inverse);
    take_floats(y, count), take_floats(mean, 3 * groups), take_floats(inverse, 3 * groups);
    k->group_normalization_backward(x, dy, &s, scale, mean, inverse, dx, ds, db, true);
    take_floats(dx, count), take_floats(ds, n), take_floats(db, n);
    free(x), free(dy), free(y), free(dx), free(ds), free(scale), free(shift), free(mean), free(inverse), free(db);
  }
  end("group_normalization");
}

// MARK: Pooling and patches

static void pooling(const KernelTable *k) {
  static const PoolingSizes sizes[] = {
      {3, 8, 6, 5, 2, 2, 0, 4, 3}, {2, 9, 9, 19, 3, 2, 1, 5, 5}, {2, 7, 7, 16, 3, 1, 0, 5, 5},
      {1, 7, 9, 37, 2, 2, 0, 3, 4}};
  begin();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const PoolingSizes *s = sizes + i;
    const ptrdiff_t in = s->batch * s->height * s->width * s->channels;
    const ptrdiff_t out = s->batch * s->output_height * s->output_width * s->channels;
    float *x = numbers(in), *y = space(out), *dy = numbers(out), *dx = space(in);
    uint8_t *choices = memory((size_t)out);
    k->max_pool(x, s, y, choices), take_floats(y, out), take(choices, (size_t)out);
    k->max_pool_backward(dy, choices, s, dx), take_floats(dx, in);
    if (s->padding == 0) {
      k->average_pool(x, s, y), take_floats(y, out);
      k->average_pool_backward(dy, s, dx), take_floats(dx, in);
    }
    const ptrdiff_t pixels = s->height * s->width;
    k->global_average(x, s->batch, pixels, s->channels, y), take_floats(y, s->batch * s->channels);
    k->global_average_backward(dy, s->batch, pixels, s->channels, dx), take_floats(dx, in);
    free(x), free(y), free(dy), free(dx), free(choices);
  }
  end("pooling");
  begin();
  const PatchSizes s = {.height = 9, .width = 7, .channels = 5, .kernel = 3, .stride = 2, .padding = 1,
                        .output_height = 5, .output_width = 4};
  float *x = numbers(2 * 9 * 7 * 5), *patches = space(40 * 45);
  k->gather_patches(x, &s, 0, 40, patches), take_floats(patches, 40 * 45);
  k->scatter_patches(patches, &s, 0, 40, x), take_floats(x, 2 * 9 * 7 * 5);
  free(x), free(patches);
  end("patches");
}

// MARK: Reductions and updates

static void reductions(const KernelTable *k) {
  static const ptrdiff_t shards[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 31};
  begin();
  EACH(k_count, shards) EACH(n, counts) {
    float *buffers[31], *sum = space(n);
    double squares[31];
    for (ptrdiff_t j = 0; j < k_count; j++) buffers[j] = numbers(n + 5);
    const float *const *views = (const float *const *)buffers;
    take_double(k->tree_sum(views, k_count, 5, n, 3, sum, squares)), take_floats(sum, n);
    take(squares, sizeof(double) * (size_t)k_count);
    take_double(k->tree_sum(views, k_count, 5, n, 3, sum, 0)), take_floats(sum, n);
    take_double(k->squared_norm(sum, n));
    take_number(k->all_finite(sum, n));
    for (ptrdiff_t j = 0; j < k_count; j++) free(buffers[j]);
    free(sum);
  }
  float large[37];
  for (int i = 0; i < 37; i++) large[i] = next_number() * 0x1p100f;
  take_double(k->squared_norm(large, 37));
  end("tree_sum, squared_norm");
}

static void updates(const KernelTable *k) {
  begin();
  EACH(n, counts) {
    float *w = numbers(n), *g = numbers(n), *m = numbers(n), *v = positive_numbers(n), *u = space(n);
    k->sgd(w, g, 0, n, 0.1f, 0.9f, 1e-4f, 0.7f, false), take_floats(w, n);
    k->sgd(w, g, m, n, 0.1f, 0.9f, 1e-4f, 0.7f, false), take_floats(w, n), take_floats(m, n);
    k->sgd(w, g, m, n, 0.1f, 0.9f, 1e-4f, 0.7f, true), take_floats(w, n), take_floats(m, n);
    const AdamNumbers a = {.gradient_scale = 0.7f, .beta1 = 0.9f, .one_minus_beta1 = 0.1f, .beta2 = 0.999f,
                           .one_minus_beta2 = 0.001f, .epsilon = 1e-8f, .step_size = 0.01f, .inverse_root2 = 3.1f,
                           .coupled_decay = 1e-4f, .weight_factor = 0.999f};
    k->adam(w, g, m, v, n, &a), take_floats(w, n), take_floats(m, n), take_floats(v, n);
    k->lamb_direction(w, g, m, v, n, &a, u), take_floats(u, n), take_floats(m, n), take_floats(v, n);
    k->running_average(w, u, n, 0.99f, 0.01f), take_floats(w, n);
    free(w), free(g), free(m), free(v), free(u);
  }
  end("sgd, adam, lamb, running_average");
}

// keep · average + x just beside the middle of two numbers, nearer to it than double precision tells: (1 + 2⁻ᵏ)(1 − 2⁻ᵏ) is
// 1 − 2⁻²ᵏ, half a unit of the last place of x. Rounded twice, it would go to the even one of the two.
static void half_ways(const KernelTable *k) {
  enum { count = 37 };
  begin();
  for (int power = 15; power <= 22; power++) {
    float average[count], x[count];
    const float tiny = 1 / (float)(1 << power);
    for (int i = 0; i < count; i++) {
      x[i] = 1 + (float)(2 * i + 1) * 0x1p-23f;
      average[i] = (1 - tiny) * (i % 2 ? 0x1p-24f : -0x1p-24f);
    }
    k->running_average(average, x, count, 1 + tiny, 1);
    take_floats(average, count);
  }
  end("multiply-adds beside half ways");
}

// MARK: Dense layers

static ptrdiff_t padded(ptrdiff_t outputs) { return (outputs + 15) / 16 * 16; }

// Weights whose padding is zero.
static float *panels(ptrdiff_t inputs, ptrdiff_t outputs) {
  float *w = numbers(inputs * padded(outputs));
  for (ptrdiff_t o = 0; o < outputs; o += 32) {
    const ptrdiff_t left = outputs - o, width = left <= 16 ? 16 : 32;
    for (ptrdiff_t i = 0; i < inputs; i++)
      for (ptrdiff_t j = left; j < width; j++) w[o * inputs + i * width + j] = 0;
  }
  return w;
}

static void dense_layer(const KernelTable *k, ptrdiff_t n, ptrdiff_t in, ptrdiff_t out) {
  const ptrdiff_t weight_count = in * padded(out);
  float *x = sparse_numbers(n * in), *dy = sparse_numbers(n * out), *w = panels(in, out), *bias = numbers(out);
  float *y = space(n * out), *dx = space(n * in), *dw = panels(in, out), *db = numbers(out);
  const ptrdiff_t listed = out > 16 ? dense_listed_scratch_floats(n, in, out) : 0;
  const ptrdiff_t plain = dense_scratch_floats(n, in, out);
  float *scratch = space(plain > listed ? plain : listed), *lists = space(dense_list_floats(n, in));
  k->dense_forward(n, in, out, x, w, bias, false, y, scratch), take_floats(y, n * out);
  k->dense_forward(n, in, out, x, w, 0, true, y, scratch), take_floats(y, n * out);
  k->dense_input_gradient(n, in, out, dy, w, dx, scratch), take_floats(dx, n * in);
  k->dense_weight_gradient(n, in, out, x, dy, true, dw, db, scratch), take_floats(dw, weight_count);
  k->dense_weight_gradient(n, in, out, x, dy, false, dw, db, scratch), take_floats(dw, weight_count);
  take_floats(db, out), take_number(k->dense_count(x, n * in));
  k->dense_list(n, in, x, lists);
  k->dense_listed_forward(n, in, out, lists, w, bias, true, y), take_floats(y, n * out);
  float *transposed = space(padded(in) * out + 64);
  for (ptrdiff_t o = 0; o < out; o += 32) k->dense_transpose(in, out, o, w, transposed);
  take_floats(transposed, padded(in) * out);
  free(transposed);
  if (out > 16) {
    k->dense_listed_weight_gradient(n, in, out, x, dy, true, dw, db, scratch), take_floats(dw, weight_count);
    float *factors = space(dense_factor_floats(n, in, out, true));
    for (int form = 0; form < 2; form++) {
      k->dense_store_factors(n, 0, n, in, out, x, dy, form, db, factors);
      const ptrdiff_t blocks = (in + dense_piece_inputs() - 1) / dense_piece_inputs();
      for (ptrdiff_t o = 0; o < out; o += 32)
        for (ptrdiff_t block = 0; block < blocks; block++) {
          const ptrdiff_t first = in * block / blocks, rows = in * (block + 1) / blocks - first;
          const ptrdiff_t width = out - o <= 16 ? 16 : 32;
          k->dense_multiply_factors(n, in, out, o, block, factors, dw), take_floats(dw, rows * width);
        }
    }
    free(factors);
  }
  free(x), free(dy), free(w), free(bias), free(y), free(dx), free(dw), free(db), free(scratch), free(lists);
}

static void dense(const KernelTable *k) {
  static const ptrdiff_t shapes[][3] = {{1, 1, 1},      {5, 17, 10},   {33, 70, 16},  {7, 9, 17},
                                        {29, 100, 40},  {16, 300, 65}, {150, 40, 96}, {300, 33, 130},
                                        {20, 1100, 40}};
  begin();
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) dense_layer(k, shapes[i][0], shapes[i][1], shapes[i][2]);
  end("dense");
}

// MARK: Convolutions

static void convolution(const ConvolutionKernels *k, const ConvolutionSizes *s, bool winograd) {
  const ptrdiff_t in = s->batch * s->height * s->width * s->input_channels;
  const ptrdiff_t out = s->batch * convolution_output_height(s) * convolution_output_width(s) * s->output_channels;
  const ptrdiff_t weights = s->kernel * s->kernel * s->input_channels * s->output_channels;
  float *x = numbers(in), *w = numbers(weights), *bias = numbers(s->output_channels), *y = numbers(out);
  float *dy = numbers(out), *dx = numbers(in), *dw = numbers(weights);
  const ptrdiff_t packed_count = winograd ? convolution_winograd_packed_floats(s) : convolution_direct_packed_floats(s);
  const ptrdiff_t transposed_count =
      winograd ? convolution_winograd_transposed_floats(s) : convolution_direct_transposed_floats(s);
  float *packed = space(packed_count), *transposed = space(transposed_count);
  float *forward = space(winograd ? convolution_winograd_forward_scratch(s) : convolution_direct_forward_scratch(s));
  float *input = space(winograd ? convolution_winograd_input_gradient_scratch(s)
                                : convolution_direct_input_gradient_scratch(s));
  float *weight = space(winograd ? convolution_winograd_weight_gradient_scratch(s)
                                 : convolution_direct_weight_gradient_scratch(s));
  k->pack(s, w, packed), take_floats(packed, packed_count);
  k->pack_transposed(s, w, transposed), take_floats(transposed, transposed_count);
  k->forward(s, x, packed, bias, true, false, y, forward), take_floats(y, out);
  k->forward(s, x, packed, 0, false, true, y, forward), take_floats(y, out);
  k->input_gradient(s, dy, transposed, false, dx, input), take_floats(dx, in);
  k->input_gradient(s, dy, transposed, true, dx, input), take_floats(dx, in);
  k->weight_gradient(s, x, dy, false, dw, weight), take_floats(dw, weights);
  k->weight_gradient(s, x, dy, true, dw, weight), take_floats(dw, weights);
  free(x), free(w), free(bias), free(y), free(dy), free(dx), free(dw), free(packed), free(transposed);
  free(forward), free(input), free(weight);
}

static void convolutions(const KernelTable *k) {
  static const ConvolutionSizes sizes[] = {
      {3, 9, 7, 5, 17, 3, 1, 1},  {2, 8, 8, 16, 16, 3, 1, 1},   {2, 12, 12, 3, 6, 5, 1, 0}, {1, 14, 9, 20, 40, 5, 1, 2},
      {7, 6, 6, 33, 32, 3, 1, 0}, {2, 16, 16, 32, 48, 3, 1, 1}, {5, 5, 5, 8, 70, 3, 1, 2},
      {1, 5, 5, 180, 180, 3, 1, 1}};
  static const ConvolutionSizes others[] = {
      {2, 9, 9, 16, 32, 1, 1, 0}, {3, 8, 8, 24, 20, 1, 2, 0}, {1, 21, 21, 3, 16, 7, 2, 3}, {2, 10, 11, 7, 33, 3, 2, 1}};
  begin();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) convolution(&k->direct_convolution, sizes + i, false);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) convolution(&k->direct_convolution, others + i, false);
  end("direct_convolution");
  begin();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) convolution(&k->winograd_convolution, sizes + i, true);
  end("winograd_convolution");
}

// MARK: What every family shares

static void pictures(void) {
  enum { width = 11, channels = 3 };
  begin();
  float *x = positive_numbers(width * channels * 2), *out = space(64 * channels);
  resample_row_floats(x, x + width * channels, 0.3f, 0, width - 1, -0.4f, 0.21f, 50, channels, out);
  take_floats(out, 50 * channels);
  const float scale[channels] = {1.5f, 0.7f, 1.1f}, shift[channels] = {0.2f, -0.3f, 0.1f};
  for (int32_t order = 0; order < 24; order++) {
    color_jitter(x, width * 2, channels, scale, shift, 1, 1.1f, 0.8f, 1.3f, 0.05f, order);
    take_floats(x, width * channels * 2);
  }
  free(x), free(out);
  end("pictures");
}

static void elementary(void) {
  begin();
  for (int i = 0; i < 1000; i++) {
    const double x = (double)next_number() * 30, y = (double)next_word() * 0x1p-32;
    double cosine, sine;
    cosine_and_sine(y, &cosine, &sine);
    take_double(cosine), take_double(sine), take_double(natural_exponential(x));
    take_double(natural_logarithm(y + 0x1p-60)), take_double(power_of(y, x)), take_double(power_of(y, 3));
  }
  end("elementary functions");
}

ptrdiff_t kernel_digests(const char *family, KernelDigest *into) {
  static const struct {
    const char *name;
    KernelFamily family;
  } families[] = {{"portable", KernelFamilyPortable},
                  {"fused", KernelFamilyFused},
                  {"avx2", KernelFamilyAVX2},
                  {"avx512", KernelFamilyAVX512}};
  for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
    if (strcmp(family, families[i].name) != 0 || !kernel_family_supported(families[i].family)) continue;
    const KernelTable *k = kernel_table(families[i].family);
    state = 1;
    results = into;
    result_count = 0;
    elementwise(k), losses(k), batch_normalization(k), group_normalization(k), pooling(k), reductions(k), updates(k);
    half_ways(k);
    dense(k), convolutions(k), pictures(), elementary();
    // Behind all others, which keep their numbers.
    batch_normalization_with_gelu(k);
    return result_count;
  }
  return 0;
}

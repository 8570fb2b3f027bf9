// All kernels as a table of functions, one table for each family of CPU instructions.
//
// Matrices are row-major; images are [batch, height, width, channels]. Nothing here starts a thread, allocates, keeps
// state or checks a shape: the Swift room `Kernels` does the checks. Every sum has an order that depends on the sizes
// alone. Memory may start at any float; 64-byte boundaries are fastest. All families write the same bits, but for the portable
// one of x86, which has no fused multiply-adds (multiply_add.h).
#ifndef KERNEL_TABLE_H
#define KERNEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "convolution_sizes.h"
#include "dense_sizes.h"

#pragma clang assume_nonnull begin

/// The families, worst first.
typedef enum __attribute__((enum_extensibility(closed))) KernelFamily {
  KernelFamilyPortable = 0,
  // As portable, with the bits of the families after it: x86 alone needs it.
  KernelFamilyFused = 1,
  KernelFamilyAVX2 = 2,
  KernelFamilyAVX512 = 3,
} KernelFamily;

/// What follows a normalisation in the same pass.
typedef enum __attribute__((enum_extensibility(closed))) FollowingActivation {
  FollowingActivationNone = 0,
  FollowingActivationReLU = 1,
  FollowingActivationGELU = 2,
  FollowingActivationGELUTanh = 3,
} FollowingActivation;

/// A pooling of windows of size × size, `stride` apart; `padding` (max pooling only) is at most size/2.
typedef struct PoolingSizes {
  ptrdiff_t batch, height, width, channels, size, stride, padding, output_height, output_width;
} PoolingSizes;

/// What a convolution needs to know to gather patches.
typedef struct PatchSizes {
  ptrdiff_t height, width, channels, kernel, stride, padding, output_height, output_width;
} PatchSizes;

/// Images [batch, pixels, channels] whose channels form `groups` groups of neighbours.
typedef struct GroupSizes {
  ptrdiff_t batch, pixels, channels, groups;
} GroupSizes;

/// What Adam and LAMB need besides their vectors.
typedef struct AdamNumbers {
  float gradient_scale;     // the gradient is multiplied by it first
  float beta1, one_minus_beta1, beta2, one_minus_beta2, epsilon;
  float step_size;          // learning rate ÷ (1 − β1^t); LAMB: 1 ÷ (1 − β1^t)
  float inverse_root2;      // 1 ÷ √(1 − β2^t)
  float coupled_decay;      // λ of Adam: joins the gradient; LAMB: 0
  float weight_factor;      // 1 − ηλ of AdamW, else 1; LAMB: λ
} AdamNumbers;

// Dense layers; dense_sizes.h has the letters and the layout of weights.

/// y ← x·Wᵀ + bias, then max(0, ·) if `relu`; a NaN stays one. y is overwritten.
typedef void DenseForward(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *weights,
                          const float *_Nullable bias, bool relu, float *y, float *scratch);
/// dx ← dy·W. dx is overwritten.
typedef void DenseInputGradient(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *dy,
                                const float *weights, float *dx, float *scratch);
/// dW ← dyᵀ·x, or dW ← dW + dyᵀ·x if `accumulating`; the same for `bias_gradient` [O], the column sums of dy. dW has
/// the weights' layout.
typedef void DenseWeightGradient(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *dy,
                                 bool accumulating, float *weight_gradient, float *_Nullable bias_gradient,
                                 float *scratch);
// A weight gradient in two steps: samples leave their factors, x and dy in the order in which the product reads them,
// and whoever wants a piece of dyᵀ·x multiplies it from the factors, with the bits of the whole weight gradient.

/// Stores samples at ..< at + rows of `depth`; O is more than 16. The first ones, at = 0, begin the bias gradient,
/// others add to it. `listed`: whether dy leaves what is not zero alone; the first samples decide for all, and the return
/// value is their choice. Depth is then at most 65,535.
typedef bool DenseStoreFactors(ptrdiff_t rows, ptrdiff_t at, ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs,
                               const float *x, const float *dy, bool listed, float *_Nullable bias_gradient,
                               float *factors);
/// dW of the panel that begins with `output` and of a block of inputs: contiguous in the weights' layout. All `depth`
/// samples have left their factors.
typedef void DenseMultiplyFactors(ptrdiff_t depth, ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output,
                                  ptrdiff_t block, const float *factors, float *weight_gradient);

// The same products from what is not zero in one factor. They have the bits of the dense ones where the other factor is
// finite; a zero times infinity is nothing to them.

/// How many numbers are not zero; NaN is not.
typedef ptrdiff_t DenseCount(const float *x, ptrdiff_t count);
/// Lists what is not zero in x [rows, columns]; fewer than 2^31.
typedef void DenseList(ptrdiff_t rows, ptrdiff_t columns, const float *x, float *lists);
/// As DenseForward, from the lists of x.
typedef void DenseListedForward(ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *lists,
                                const float *weights, const float *_Nullable bias, bool relu, float *y);
/// The weights of the outputs of a panel, as those of a layer with I outputs and O inputs: with them DenseListedForward,
/// from the lists of dy, gives dx.
typedef void DenseTranspose(ptrdiff_t inputs, ptrdiff_t outputs, ptrdiff_t output, const float *weights,
                            float *transposed);

// Convolutions; convolution_sizes.h has the layouts.

/// Packs weights [kernel, kernel, input_channels, output_channels] for the forward pass, or, flipped and transposed,
/// for the input gradient.
typedef void ConvolutionPack(const ConvolutionSizes *sizes, const float *weights, float *packed);
/// outputs = [outputs +] inputs ∗ weights [+ bias], then max(0, ·) if `relu`.
typedef void ConvolutionForward(const ConvolutionSizes *sizes, const float *inputs, const float *packed,
                                const float *_Nullable bias, bool relu, bool accumulating, float *outputs,
                                float *scratch);
/// The gradient of the inputs from that of the outputs, or added to what is there.
typedef void ConvolutionInputGradient(const ConvolutionSizes *sizes, const float *output_gradient,
                                      const float *transposed, bool accumulating, float *input_gradient,
                                      float *scratch);
/// The gradient of the weights, [kernel, kernel, input_channels, output_channels], summed over the batch in one order, or
/// added to what is there.
typedef void ConvolutionWeightGradient(const ConvolutionSizes *sizes, const float *inputs,
                                       const float *output_gradient, bool accumulating, float *weight_gradient,
                                       float *scratch);

/// The kernels of one way to convolve.
typedef struct ConvolutionKernels {
  ConvolutionPack *pack;
  ConvolutionPack *pack_transposed;
  ConvolutionForward *forward;
  ConvolutionInputGradient *input_gradient;
  ConvolutionWeightGradient *weight_gradient;
} ConvolutionKernels;

typedef struct KernelTable {
  // Element-wise passes.
  void (*relu)(float *x, ptrdiff_t count);
  void (*relu_backward)(float *gradient, const float *output, ptrdiff_t count);
  void (*add)(float *into, const float *x, ptrdiff_t count, bool relu);
  void (*scale)(float *x, float factor, ptrdiff_t count);
  void (*add_bias)(float *x, ptrdiff_t rows, ptrdiff_t columns, const float *bias, bool relu);
  void (*column_sums)(const float *x, ptrdiff_t rows, ptrdiff_t columns, float *sums, bool accumulating);
  void (*normalize_bytes)(const uint8_t *x, ptrdiff_t count, ptrdiff_t channels, const float *scale,
                          const float *shift, float *y);
  void (*normalize_floats)(const float *x, ptrdiff_t count, ptrdiff_t channels, const float *scale,
                           const float *shift, float *y);
  /// Keeps an element where its random word is at least `threshold`, and multiplies it by `factor`. Element e of row
  /// r takes word (e/16) mod 4 of the Philox block at counter (16·(e/64) + e mod 16, first_row + r, c, d).
  void (*dropout)(float *x, ptrdiff_t rows, ptrdiff_t columns, uint32_t key0, uint32_t key1, uint32_t first_row,
                  uint32_t c, uint32_t d, uint32_t threshold, float factor);

  // y = x·Φ(x), exactly or by a tanh; y may be x. The backward pass wants x; dx may be dy.
  void (*gelu)(const float *x, ptrdiff_t count, bool tanh_form, float *y);
  void (*gelu_backward)(const float *x, const float *dy, ptrdiff_t count, bool tanh_form, float *dx);

  // Losses: the return value is the sum over rows. `gradient` may be null or the logits themselves.
  double (*cross_entropy)(const float *logits, ptrdiff_t rows, ptrdiff_t columns, const int32_t *labels,
                          float smoothing, float *_Nullable gradient, ptrdiff_t *correct);
  double (*squared_error)(const float *outputs, const float *targets, ptrdiff_t rows, ptrdiff_t columns,
                          float *_Nullable gradient);
  /// The index of each row's largest element, the lowest of equals; −1 for a row with a NaN.
  void (*predictions)(const float *logits, ptrdiff_t rows, ptrdiff_t columns, int32_t *classes);

  // Batch normalisation of the columns of x. A GELU follows only where nothing is added.
  void (*batch_normalization_statistics)(const float *x, ptrdiff_t rows, ptrdiff_t columns, float epsilon, float *mean,
                                   float *inverse_deviation, float *statistics_mean, float *statistics_variance,
                                   double weight, bool accumulating);
  void (*batch_normalization_apply)(const float *x, ptrdiff_t rows, ptrdiff_t columns, const float *mean,
                              const float *inverse_deviation, const float *scale, const float *shift,
                              const float *_Nullable addend, float *y, FollowingActivation activation);
  void (*batch_normalization_evaluate)(const float *x, ptrdiff_t rows, ptrdiff_t columns, float epsilon, const float *mean,
                                 const float *variance, const float *scale, const float *shift,
                                 const float *_Nullable addend, float *y, FollowingActivation activation);
  // What lies behind the normalisation wants its shift; a ReLU behind its sum with another value wants that one's output
  // instead, and then dy becomes zero where that is. With a GELU dy becomes the gradient in front of it.
  void (*batch_normalization_backward)(const float *x, float *dy, FollowingActivation activation,
                                 const float *_Nullable output, const float *_Nullable shift, ptrdiff_t rows,
                                 ptrdiff_t columns, const float *scale, const float *mean,
                                 const float *inverse_deviation, float *dx, float *scale_gradient,
                                 float *shift_gradient, bool accumulating);

  // Group normalisation: mean and inverse deviation are [batch, groups], scale and shift [channels]. y may be x; dx may
  // be dy.
  void (*group_normalization)(const float *x, const GroupSizes *sizes, float epsilon, const float *scale,
                              const float *shift, float *y, float *mean, float *inverse_deviation);
  void (*group_normalization_backward)(const float *x, const float *dy, const GroupSizes *sizes, const float *scale,
                                       const float *mean, const float *inverse_deviation, float *dx,
                                       float *scale_gradient, float *shift_gradient, bool accumulating);

  // Pooling.
  void (*max_pool)(const float *x, const PoolingSizes *sizes, float *y, uint8_t *_Nullable choices);
  void (*max_pool_backward)(const float *dy, const uint8_t *choices, const PoolingSizes *sizes, float *dx);
  void (*average_pool)(const float *x, const PoolingSizes *sizes, float *y);
  void (*average_pool_backward)(const float *dy, const PoolingSizes *sizes, float *dx);
  void (*global_average)(const float *x, ptrdiff_t batch, ptrdiff_t pixels, ptrdiff_t channels, float *y);
  void (*global_average_backward)(const float *dy, ptrdiff_t batch, ptrdiff_t pixels, ptrdiff_t channels, float *dx);

  // Patches of the output pixels first ..< first + count, counted over the whole microbatch: rows of
  // kernel × kernel × channels numbers.
  void (*gather_patches)(const float *x, const PatchSizes *sizes, ptrdiff_t first, ptrdiff_t count, float *patches);
  void (*scatter_patches)(const float *patches, const PatchSizes *sizes, ptrdiff_t first, ptrdiff_t count, float *dx);

  // Reductions.
  /// into[i] = (sum over the buffers of buffers[j][offset + i]) ÷ divisor, in the fixed tree; `into` may be the same
  /// range of a buffer. At most 2^20 buffers. Returns Σ into[i]²; `squares`, where given, receives Σ x² over the range of
  /// each buffer, or infinity where that leaves the range of floats.
  double (*tree_sum)(const float *_Nonnull const *_Nonnull buffers, ptrdiff_t buffer_count, ptrdiff_t offset,
                     ptrdiff_t count, float divisor, float *into, double *_Nullable squares);
  double (*squared_norm)(const float *x, ptrdiff_t count);
  bool (*all_finite)(const float *x, ptrdiff_t count);

  // Updates.
  void (*sgd)(float *weights, const float *gradient, float *_Nullable momentum_buffer, ptrdiff_t count, float rate,
              float momentum, float decay, float gradient_scale, bool nesterov);
  void (*adam)(float *weights, const float *gradient, float *first_moment, float *second_moment, ptrdiff_t count,
               const AdamNumbers *numbers);
  /// Updates the moments as Adam does, and writes u = m̂ ÷ (√v̂ + ε) + λw; the weights stay.
  void (*lamb_direction)(const float *weights, const float *gradient, float *first_moment, float *second_moment,
                         ptrdiff_t count, const AdamNumbers *numbers, float *direction);
  /// average = keep · average + take · x.
  void (*running_average)(float *average, const float *x, ptrdiff_t count, float keep, float take);

  // Dense layers.
  DenseForward *dense_forward;
  DenseInputGradient *dense_input_gradient;
  DenseWeightGradient *dense_weight_gradient;
  DenseStoreFactors *dense_store_factors;
  DenseMultiplyFactors *dense_multiply_factors;
  DenseCount *dense_count;
  DenseList *dense_list;
  DenseListedForward *dense_listed_forward;
  DenseTranspose *dense_transpose;
  /// As dense_weight_gradient, from what is not zero in dy; O is more than 16, and at most 65,535 rows.
  DenseWeightGradient *dense_listed_weight_gradient;

  // Convolutions.
  ConvolutionKernels direct_convolution;
  ConvolutionKernels winograd_convolution;
} KernelTable;

/// Whether this CPU and this build can run the family.
bool kernel_family_supported(KernelFamily family);
/// The family's functions; the portable ones where it is not supported.
const KernelTable *kernel_table(KernelFamily family);

/// The table in use, or null before one was chosen. Any thread may read it.
const KernelTable *_Nullable kernel_table_in_use(void);
/// Chooses the table in use.
void kernel_table_use(const KernelTable *table);
/// Makes the calling thread, and no other, use this table instead; null ends it. For tests.
void kernel_table_force(const KernelTable *_Nullable table);

#pragma clang assume_nonnull end

#endif

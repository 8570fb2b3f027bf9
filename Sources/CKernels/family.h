// The bodies of the vector kernels, and the family's table.
#include "vector.h"
// In this order: later bodies use earlier ones.
#include "elementwise.h"
#include "losses.h"
#include "gelu.h"
#include "batch_normalization.h"
#include "pooling.h"
#include "patches.h"
#include "group_normalization.h"
#include "reductions.h"
#include "updates.h"

const KernelTable NAME(kernels) = {
    .relu = relu,
    .relu_backward = relu_backward,
    .add = add,
    .scale = scale_by,
    .add_bias = add_bias,
    .column_sums = column_sums,
    .normalize_bytes = normalize_bytes,
    .normalize_floats = normalize_floats,
    .dropout = dropout,
    .gelu = gelu,
    .gelu_backward = gelu_backward,
    .cross_entropy = cross_entropy,
    .squared_error = squared_error,
    .predictions = predictions,
    .batch_normalization_statistics = batch_normalization_statistics,
    .batch_normalization_apply = batch_normalization_apply,
    .batch_normalization_evaluate = batch_normalization_evaluate,
    .batch_normalization_backward = batch_normalization_backward,
    .group_normalization = group_normalization,
    .group_normalization_backward = group_normalization_backward,
    .max_pool = max_pool,
    .max_pool_backward = max_pool_backward,
    .average_pool = average_pool,
    .average_pool_backward = average_pool_backward,
    .global_average = global_average,
    .global_average_backward = global_average_backward,
    .gather_patches = gather_patches,
    .scatter_patches = scatter_patches,
    .tree_sum = tree_sum,
    .squared_norm = squared_norm,
    .all_finite = all_finite,
    .sgd = sgd,
    .adam = adam,
    .lamb_direction = lamb_direction,
    .running_average = running_average,
    .dense_forward = NAME(dense_forward),
    .dense_input_gradient = NAME(dense_input_gradient),
    .dense_weight_gradient = NAME(dense_weight_gradient),
    .dense_store_factors = NAME(dense_store_factors),
    .dense_multiply_factors = NAME(dense_multiply_factors),
    .dense_count = NAME(dense_count),
    .dense_list = NAME(dense_list),
    .dense_listed_forward = NAME(dense_listed_forward),
    .dense_transpose = NAME(dense_transpose),
    .dense_listed_weight_gradient = NAME(dense_listed_weight_gradient),
    .direct_convolution =
        {
            .pack = convolution_direct_pack,
            .pack_transposed = convolution_direct_pack_transposed,
            .forward = NAME(convolution_direct_forward),
            .input_gradient = NAME(convolution_direct_input_gradient),
            .weight_gradient = NAME(convolution_direct_weight_gradient),
        },
    .winograd_convolution =
        {
            .pack = NAME(convolution_winograd_pack),
            .pack_transposed = NAME(convolution_winograd_pack_transposed),
            .forward = NAME(convolution_winograd_forward),
            .input_gradient = NAME(convolution_winograd_input_gradient),
            .weight_gradient = NAME(convolution_winograd_weight_gradient),
        },
};

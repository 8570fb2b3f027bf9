// The bodies of every kernel and their table; KERNELS is the table's name.
#include "vector.h"
// In this order: later bodies use earlier ones.
#include "elementwise.h"
#include "losses.h"
#include "normalization.h"
#include "pooling.h"
#include "patches.h"
#include "reductions.h"
#include "updates.h"

const KernelTable KERNELS = {
    .relu = relu,
    .relu_backward = relu_backward,
    .add = add,
    .scale = scale_by,
    .add_bias = add_bias,
    .column_sums = column_sums,
    .normalize_bytes = normalize_bytes,
    .normalize_floats = normalize_floats,
    .dropout = dropout,
    .cross_entropy = cross_entropy,
    .squared_error = squared_error,
    .predictions = predictions,
    .normalization_statistics = normalization_statistics,
    .normalization_apply = normalization_apply,
    .normalization_evaluate = normalization_evaluate,
    .normalization_backward = normalization_backward,
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
    .sgd = sgd,
    .adam = adam,
    .running_average = running_average,
};

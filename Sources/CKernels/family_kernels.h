// The kernels of a family that have files of their own, for its table. NAME gives a function the family's suffix.
#include "kernel_table.h"

DenseForward NAME(dense_forward);
DenseInputGradient NAME(dense_input_gradient);
DenseWeightGradient NAME(dense_weight_gradient);
DenseStoreFactors NAME(dense_store_factors);
DenseMultiplyFactors NAME(dense_multiply_factors);
DenseCount NAME(dense_count);
DenseList NAME(dense_list);
DenseListedForward NAME(dense_listed_forward);
DenseTranspose NAME(dense_transpose);
DenseWeightGradient NAME(dense_listed_weight_gradient);

// Copies, and so the same for every family.
ConvolutionPack convolution_direct_pack, convolution_direct_pack_transposed;
ConvolutionForward NAME(convolution_direct_forward);
ConvolutionInputGradient NAME(convolution_direct_input_gradient);
ConvolutionWeightGradient NAME(convolution_direct_weight_gradient);
ConvolutionPack NAME(convolution_winograd_pack), NAME(convolution_winograd_pack_transposed);
ConvolutionForward NAME(convolution_winograd_forward);
ConvolutionInputGradient NAME(convolution_winograd_input_gradient);
ConvolutionWeightGradient NAME(convolution_winograd_weight_gradient);

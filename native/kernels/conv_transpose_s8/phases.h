/* phases.h: transposed convolution as gemm_s8 over the gathered windows of one phase after the other. */
#ifndef SG_KERNELS_CONV_TRANSPOSE_S8_PHASES_H
#define SG_KERNELS_CONV_TRANSPOSE_S8_PHASES_H

#include "conv_transpose_s8.h"

/* `gemm` is a variant of gemm_s8 whose results have `size` bytes. */
void sg_conv_transpose_s8_by_gemm(const struct sg_conv_transpose_s8_args *a, sg_gemm_s8_kernel gemm, size_t size);

#endif

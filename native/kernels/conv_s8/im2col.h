/* im2col.h: convolution as gemm_s8 over a few output positions at a time, laid out as rows in scratch. */
#ifndef SG_KERNELS_CONV_S8_IM2COL_H
#define SG_KERNELS_CONV_S8_IM2COL_H

#include "conv_s8.h"

/* `gemm` is a variant of gemm_s8 whose results have `size` bytes. */
void sg_conv_s8_by_gemm(const struct sg_conv_s8_args *a, sg_gemm_s8_kernel gemm, size_t size);

#endif

/* im2col.h: convolution as gemm_s8 over a few output positions at a time, laid out as rows in scratch. */
#ifndef SG_KERNELS_CONV_S8_IM2COL_H
#define SG_KERNELS_CONV_S8_IM2COL_H

#include "conv_s8.h"

/* Lays out positions [begin, end) of the output, counted through the batch, for one group: a->scratch + i * depth is
 * the window of position begin + i. Up to 64 bytes behind the last are written as well. */
void sg_conv_s8_gather(const struct sg_conv_s8_args *a, size_t group, size_t depth, size_t begin, size_t end);

/* `gemm` is a variant of gemm_s8 whose results have `size` bytes. */
void sg_conv_s8_by_gemm(const struct sg_conv_s8_args *a, sg_gemm_s8_kernel gemm, size_t size);

#endif

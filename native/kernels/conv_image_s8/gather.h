/* gather.h: brings the windows of a first layer together: one or two vectors for each row of taps, all rows unrolled.
 */
#ifndef SG_KERNELS_CONV_IMAGE_S8_GATHER_H
#define SG_KERNELS_CONV_IMAGE_S8_GATHER_H

#include "../conv_s8/im2col.h"
#include "conv_image_s8.h"

/* `gemm` is a variant of gemm_s8 with int8 results. */
void sg_conv_image_s8_by_gemm(const struct sg_conv_image_s8_args *a, sg_gemm_s8_kernel gemm);

#endif

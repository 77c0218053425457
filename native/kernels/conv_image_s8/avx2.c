/* avx2.c: conv_image_s8 by the AVX2 kernel of gemm_s8. */
#if defined(__x86_64__)
#include "gather.h"

void sg_gemm_s8_s8_6x8c4__avx2(const struct sg_gemm_s8_args *);

void sg_conv_image_s8_s8_6x8c4__avx2(const struct sg_conv_image_s8_args *a) {
  sg_conv_image_s8_by_gemm(a, sg_gemm_s8_s8_6x8c4__avx2);
}
#endif

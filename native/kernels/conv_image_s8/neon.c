/* neon.c: conv_image_s8 by the armv8.0 kernel of gemm_s8. */
#if defined(__aarch64__)
#include "gather.h"

void sg_gemm_s8_s8_4x8c8__neon(const struct sg_gemm_s8_args *);

void sg_conv_image_s8_s8_4x8c8__neon(const struct sg_conv_image_s8_args *a) {
  sg_conv_image_s8_by_gemm(a, sg_gemm_s8_s8_4x8c8__neon);
}
#endif

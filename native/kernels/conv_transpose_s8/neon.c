/* neon.c: conv_transpose_s8 by the armv8.0 kernels of gemm_s8. */
#if defined(__aarch64__)
#include "phases.h"

void sg_gemm_s8_s8_4x8c8__neon(const struct sg_gemm_s8_args *);
void sg_gemm_s8_f32_4x8c8__neon(const struct sg_gemm_s8_args *);

void sg_conv_transpose_s8_s8_4x8c8__neon(const struct sg_conv_transpose_s8_args *a) {
  sg_conv_transpose_s8_by_gemm(a, sg_gemm_s8_s8_4x8c8__neon, sizeof(int8_t));
}

void sg_conv_transpose_s8_f32_4x8c8__neon(const struct sg_conv_transpose_s8_args *a) {
  sg_conv_transpose_s8_by_gemm(a, sg_gemm_s8_f32_4x8c8__neon, sizeof(float));
}
#endif

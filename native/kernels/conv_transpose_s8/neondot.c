/* neondot.c: conv_transpose_s8 by the SDOT kernels of gemm_s8. */
#if defined(__aarch64__)
#include "phases.h"

void sg_gemm_s8_s8_4x16c4__neondot(const struct sg_gemm_s8_args *);
void sg_gemm_s8_f32_4x16c4__neondot(const struct sg_gemm_s8_args *);

void sg_conv_transpose_s8_s8_4x16c4__neondot(const struct sg_conv_transpose_s8_args *a) {
  sg_conv_transpose_s8_by_gemm(a, sg_gemm_s8_s8_4x16c4__neondot, sizeof(int8_t));
}

void sg_conv_transpose_s8_f32_4x16c4__neondot(const struct sg_conv_transpose_s8_args *a) {
  sg_conv_transpose_s8_by_gemm(a, sg_gemm_s8_f32_4x16c4__neondot, sizeof(float));
}
#endif
